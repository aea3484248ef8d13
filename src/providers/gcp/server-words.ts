import type { ServerWords } from '../../net/wire-error.ts';

/** Google Cloud in hints. Its certificates are those of public authorities. */
export const GCP: ServerWords = {
  title: 'Google Cloud',
  port: 443,
  fingerprint: 'nothing: its certificates are trusted by the authorities of the system',
  fingerprintView: 'nothing',
  ca: 'of a public authority',
  caFile: 'a proxy in between that opens connections has a CA of its own: ask whoever runs it',
  renewal: 'nothing: Google renews it',
  renewedDays: null,
  variables: { fingerprint: 'GCP_FINGERPRINT', caFile: 'GCP_CA_FILE', insecure: 'GCP_INSECURE' },
};
