import type { Manifest } from '../../../../src/providers/manifest.ts';

/** Guests that are JSON files in a folder. */
export const files: Manifest = {
  kind: 'files',
  server: {
    title: 'the folder',
    port: 0,
    fingerprint: 'none: a folder has no certificate',
    fingerprintView: 'nothing',
    ca: 'none: a folder has no certificate',
    caFile: 'none: a folder has no certificate',
    renewal: 'none: a folder has no certificate',
    renewedDays: null,
    variables: { fingerprint: 'FILES_FINGERPRINT', caFile: 'FILES_CA_FILE', insecure: 'FILES_INSECURE' },
  },
  address: {
    example: 'file:///srv/guests',
    question: 'Folder (file:///srv/guests)',
    variables: ['FILES_FOLDER'],
    pages: [],
    isMany: false,
  },
  variables: ['FILES_USER'],
  logins: [],
};
