import type { ServerWords } from '../../net/wire-error.ts';
import type { Manifest } from '../manifest.ts';

/** BigFix in hints. */
export const BIGFIX: ServerWords = {
  title: 'BigFix',
  port: 52_311,
  fingerprint: '`openssl x509 -noout -fingerprint -sha256` of the certificate of the BigFix server',
  fingerprintView: '`openssl x509 -noout -fingerprint -sha256`',
  ca: 'of whoever issued the certificate of the BigFix server',
  caFile: 'get the CA of whoever issued the certificate of the BigFix server',
  renewal: 'the certificate of the BigFix server (BESAdmin, Set Advanced Options)',
  renewedDays: null,
  variables: { fingerprint: 'BIGFIX_FINGERPRINT', caFile: 'BIGFIX_CA_FILE', insecure: 'BIGFIX_INSECURE' },
};

/** A BigFix server (root server), with the computers that an operator sees. */
export const bigfix: Manifest = {
  kind: 'bigfix',
  server: BIGFIX,
  isReporting: true,
  address: {
    example: 'https://bigfix.example.com:52311',
    question: 'Address of the BigFix server (bigfix.example.com)',
    variables: ['BIGFIX_SERVER'],
    pages: ['/api', '/api/help', '/api/login'],
    isMany: false,
  },
  variables: ['BIGFIX_USER', 'BIGFIX_PASSWORD'],
  logins: [
    {
      kind: 'password',
      id: {
        flag: '--user',
        help: 'an operator, as the console lists it',
        variable: 'BIGFIX_USER',
        question: 'Operator (All Content, Operators)',
        pattern: /^[^\s\p{Cc}:][^\p{Cc}:]{0,254}$/u,
        refusal: {
          what: '--user is not the name of an operator',
          fix: 'write it as the console lists it, without a colon',
        },
        asked: { message: 'that is not the name of an operator', hint: 'write it as the console lists it' },
      },
      secrets: [{ flag: '--password', help: 'reference to the password', variable: 'BIGFIX_PASSWORD' }],
    },
  ],
};
