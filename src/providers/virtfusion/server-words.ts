import type { ServerWords } from '../../net/wire-error.ts';

/** VirtFusion in hints. */
export const VIRTFUSION: ServerWords = {
  title: 'VirtFusion',
  port: 443,
  fingerprint: '`openssl x509 -noout -fingerprint -sha256` of the certificate of the control panel',
  fingerprintView: '`openssl x509 -noout -fingerprint -sha256`',
  ca: 'of whoever issued the certificate of the control panel',
  caFile: 'get the CA of whoever issued the certificate of the control panel',
  renewal: 'the certificate of the control panel (System, SSL)',
  renewedDays: null,
  variables: { fingerprint: 'VIRTFUSION_FINGERPRINT', caFile: 'VIRTFUSION_CA_FILE', insecure: 'VIRTFUSION_INSECURE' },
};
