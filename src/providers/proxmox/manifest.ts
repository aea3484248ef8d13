import { PROXMOX } from '../../api/server-words.ts';
import { TOKEN_ID, USER_ID } from '../../types/auth-id.ts';
import type { Manifest } from '../manifest.ts';

/** Proxmox VE: a cluster or a single host. */
export const proxmox: Manifest = {
  kind: 'proxmox',
  server: PROXMOX,
  actions: true,
  address: {
    example: 'https://pve.example.com:8006',
    question: 'Address of a server (pve.example.com, https://host:8006)',
    variables: ['PROXMOX_VE_ENDPOINT', 'PROXMOX_HOST'],
    pages: [],
    isMany: true,
  },
  variables: ['PROXMOX_VE_API_TOKEN', 'PROXMOX_TOKEN_ID', 'PROXMOX_USER', 'PROXMOX_PASSWORD'],
  logins: [
    {
      kind: 'token',
      id: {
        flag: '--token-id',
        help: 'API token id: user@realm!name',
        question: 'Id of the API token (user@realm!name)',
        pattern: TOKEN_ID,
        refusal: { what: '--token-id is not the id of a token', fix: 'write it as user@realm!name' },
        asked: {
          message: 'that is not the id of a token',
          hint: 'write it as user@realm!name, such as rollcall@pve!ro; the secret is asked for next',
        },
      },
      secrets: [
        { flag: '--secret', help: "reference to the token's secret: env:NAME, file:/path, keyring:…, command:…" },
      ],
    },
    {
      kind: 'password',
      id: {
        flag: '--user',
        help: 'user@realm, to log in with a password',
        question: 'User (user@realm)',
        pattern: USER_ID,
        refusal: { what: '--user has no realm', fix: 'write it as user@realm, such as root@pam' },
        asked: { message: 'that is not the name of a user', hint: 'write it as user@realm, such as root@pam' },
      },
      secrets: [
        { flag: '--password', help: 'reference to the password' },
        { flag: '--totp', help: "reference to the second factor's key (base32)" },
      ],
    },
  ],
};
