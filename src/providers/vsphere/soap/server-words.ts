import type { ServerWords } from '../../../net/wire-error.ts';

/** vSphere in hints. */
export const VSPHERE: ServerWords = {
  title: 'vCenter or ESXi',
  port: 443,
  fingerprint:
    '`openssl x509 -noout -fingerprint -sha256` of the certificate on the server (ESXi: /etc/vmware/ssl/rui.crt)',
  fingerprintView: '`openssl x509 -noout -fingerprint -sha256`',
  ca: 'of vCenter: https://VCENTER/certs/download.zip',
  caFile:
    'get the authority of vCenter from https://VCENTER/certs/download.zip; of an ESXi host, copy /etc/vmware/ssl/rui.crt',
  renewal: 'Certificate Management in the vSphere Client; on an ESXi host, `/sbin/generate-certificates`',
  renewedDays: null,
  variables: { fingerprint: 'VSPHERE_FINGERPRINT', caFile: 'VSPHERE_CA_FILE', insecure: 'VSPHERE_INSECURE' },
};
