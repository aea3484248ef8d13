import type { ServerWords } from '../../net/wire-error.ts';

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
