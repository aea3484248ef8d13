import type { Manifest } from '../manifest.ts';
import { parseAddress } from './scope-address.ts';
import { AWS } from './server-words.ts';

const WAYS = 'default, profile:NAME, environment, web-identity, instance, or keys:AKIA… with --secret';

/** Instances of EC2: of one account, of several, or of all those of an organization. */
export const aws: Manifest = {
  kind: 'aws',
  server: AWS,
  address: {
    example: 'self, organization[:ROLE] or ACCOUNT[:ROLE], each with /REGION for one region',
    question: 'Accounts to read (self, organization, or the 12 digits of one)',
    variables: ['ROLLCALL_AWS_SCOPE'],
    pages: [],
    isMany: true,
    parse: parseAddress,
  },
  variables: ['ROLLCALL_AWS_LOGIN'],
  logins: [
    {
      kind: 'login',
      id: {
        flag: '--login',
        help: `of AWS: ${WAYS}`,
        variable: 'ROLLCALL_AWS_LOGIN',
        question: 'Way to log in to AWS',
        usual: 'default',
        pattern:
          /^(?:default|environment|web-identity|instance|profile:[^\s\p{Cc}:][^\p{Cc}]{0,127}|keys:A[A-Z0-9]{15,31})$/u,
        refusal: { what: '--login is no way to log in to AWS', fix: `write it as ${WAYS}` },
        asked: { message: 'that is no way to log in to AWS', hint: `write it as ${WAYS}` },
      },
      withoutSecret: /^(?!keys:)/,
      secrets: [
        {
          flag: '--secret',
          help: 'reference to the secret access key: env:NAME, file:/path, keyring:…, command:…',
          variable: 'ROLLCALL_AWS_SECRET',
        },
      ],
    },
  ],
};
