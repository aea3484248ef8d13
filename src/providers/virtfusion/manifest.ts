import type { Manifest } from '../manifest.ts';
import { VIRTFUSION } from './server-words.ts';

/** The control panel of VirtFusion, with all its hypervisors. */
export const virtfusion: Manifest = {
  kind: 'virtfusion',
  server: VIRTFUSION,
  address: {
    example: 'https://cp.example.com',
    question: 'Address of the control panel (cp.example.com)',
    variables: ['VIRTFUSION_URL'],
    pages: ['/api/v1', '/admin', '/login'],
    isMany: false,
  },
  variables: ['VIRTFUSION_TOKEN_NAME', 'VIRTFUSION_TOKEN'],
  logins: [
    {
      kind: 'token',
      id: {
        flag: '--token-id',
        help: 'name of the API token, as System, API lists it; only for people',
        variable: 'VIRTFUSION_TOKEN_NAME',
        question: 'Name of the API token (System, API)',
        pattern: /^[^\s\p{Cc}][^\p{Cc}]{0,254}$/u,
        refusal: { what: '--token-id is not the name of a token', fix: 'write it as System, API lists it' },
        asked: { message: 'that is not the name of a token', hint: 'write it as System, API lists it' },
      },
      secrets: [
        {
          flag: '--secret',
          help: 'reference to the token: env:NAME, file:/path, keyring:…, command:…',
          variable: 'VIRTFUSION_TOKEN',
        },
      ],
    },
  ],
};
