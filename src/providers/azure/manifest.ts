import type { Manifest } from '../manifest.ts';
import { LOGIN_PATTERN, WITHOUT_SECRET } from './login/ways.ts';
import { AZURE } from './server-words.ts';
import { parseAddress } from './subscription-address.ts';

const WAYS = 'cli, managed-identity[:CLIENT], secret:TENANT/CLIENT or certificate:TENANT/CLIENT';

/** Subscriptions of Azure, by Azure Resource Manager. */
export const azure: Manifest = {
  kind: 'azure',
  server: AZURE,
  address: {
    example: 'all, or the id of a subscription',
    question: 'Ids of subscriptions, or all that the login sees (all)',
    variables: ['AZURE_SUBSCRIPTION_ID'],
    pages: [],
    isMany: true,
    parse: parseAddress,
  },
  variables: ['AZURE_LOGIN', 'AZURE_CLIENT_SECRET'],
  logins: [
    {
      kind: 'login',
      id: {
        flag: '--login',
        help: `how to log in to Azure: ${WAYS}; default cli`,
        variable: 'AZURE_LOGIN',
        question: `How to log in (${WAYS})`,
        usual: 'cli',
        pattern: LOGIN_PATTERN,
        refusal: { what: '--login is no way to log in to Azure', fix: `write ${WAYS}` },
        asked: { message: 'that is no way to log in to Azure', hint: `write ${WAYS}` },
      },
      withoutSecret: WITHOUT_SECRET,
      secrets: [
        {
          flag: '--secret',
          help: 'reference to the secret of the client, or file:/path of its certificate and key in PEM',
          variable: 'AZURE_CLIENT_SECRET',
        },
      ],
    },
  ],
};
