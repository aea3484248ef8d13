import type { Manifest } from '../manifest.ts';
import { BIGFIX } from './server-words.ts';

/** A BigFix server (root server), with the computers that an operator sees. */
export const bigfix: Manifest = {
  kind: 'bigfix',
  server: BIGFIX,
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
