import type { ServerWords } from '../net/wire-error.ts';

/** Proxmox VE in hints. `pvenode cert info` prints the fingerprints of all certificates of a node. */
export const PROXMOX: ServerWords = {
  title: 'Proxmox VE',
  port: 8006,
  fingerprint: '`pvenode cert info` on the server',
  fingerprintView: '`pvenode cert info` or the web interface (Node, Certificates)',
  ca: '/etc/pve/pve-root-ca.pem',
  caFile: 'copy /etc/pve/pve-root-ca.pem from a node of the cluster',
  renewal: '`pvecm updatecerts --force` on the node, or `pvenode acme cert renew`',
  // Its own certificates are renewed 14 days before their end, those by ACME 30 days before.
  renewedDays: 10,
  variables: { fingerprint: 'PROXMOX_VE_FINGERPRINT', caFile: 'PROXMOX_VE_CA_FILE', insecure: 'PROXMOX_VE_INSECURE' },
};
