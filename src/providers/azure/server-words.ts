import type { ServerWords } from '../../net/wire-error.ts';

/** Azure in hints. Its certificates are those of public authorities. */
export const AZURE: ServerWords = {
  title: 'Azure',
  port: 443,
  fingerprint: 'nothing: its certificates are trusted by the authorities of the system',
  fingerprintView: 'nothing',
  ca: 'of a public authority',
  caFile: 'a proxy in between that opens connections has a CA of its own: ask whoever runs it',
  renewal: 'nothing: Microsoft renews it',
  renewedDays: null,
  variables: { fingerprint: 'AZURE_FINGERPRINT', caFile: 'AZURE_CA_FILE', insecure: 'AZURE_INSECURE' },
};
