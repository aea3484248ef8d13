import type { ServerWords } from '../../net/wire-error.ts';

/** AWS in hints. Its certificates are those of public authorities. */
export const AWS: ServerWords = {
  title: 'AWS',
  port: 443,
  fingerprint: 'nothing: its certificates are trusted by the authorities of the system',
  fingerprintView: 'nothing',
  ca: 'of a public authority',
  caFile: 'a proxy in between that opens connections has a CA of its own: ask whoever runs it',
  renewal: 'nothing: AWS renews it',
  renewedDays: null,
  variables: { fingerprint: 'ROLLCALL_AWS_FINGERPRINT', caFile: 'AWS_CA_BUNDLE', insecure: 'ROLLCALL_AWS_INSECURE' },
};
