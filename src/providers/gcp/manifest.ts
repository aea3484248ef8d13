import type { Manifest } from '../manifest.ts';
import { parseAddress } from './address.ts';
import { GCP } from './server-words.ts';

/** Compute Engine of Google Cloud: projects, and those below folders. */
export const gcp: Manifest = {
  kind: 'gcp',
  server: GCP,
  address: {
    example: 'my-project, or folders/123456789012 for all projects below it',
    question: 'Project (my-project), or folder of projects (folders/123456789012)',
    variables: ['GOOGLE_CLOUD_PROJECT'],
    pages: [],
    isMany: true,
    parse: (text) => parseAddress(text)?.url ?? null,
  },
  limits: 'of a project 1,500 reads a minute, and 60 of its log',
  variables: [],
  logins: [
    {
      kind: 'login',
      id: {
        flag: '--login',
        help: 'default (application default credentials), service-account or token with --secret, or impersonate:ACCOUNT',
        question: 'Login: default, service-account, token or impersonate:ACCOUNT',
        usual: 'default',
        pattern: /^(?:default|service-account|token|impersonate:[\w.+-]{1,100}@[\w.-]{1,100})$/,
        refusal: {
          what: '--login is none of Google Cloud',
          fix: 'write default, service-account, token, or impersonate:NAME@PROJECT.iam.gserviceaccount.com',
        },
        asked: { message: 'that is no login of Google Cloud', hint: 'default is that of gcloud on this machine' },
      },
      withoutSecret: /^(?:default$|impersonate:)/,
      secrets: [
        {
          flag: '--secret',
          help: 'reference to the key of a service account (the JSON file), or to an access token',
        },
      ],
    },
  ],
};
