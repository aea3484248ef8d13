import type { ServerWords } from '../net/wire-error.ts';

/** Proxmox VE in hints. `pvenode cert info` prints the fingerprints of all certificates of a node. */
export const PROXMOX: ServerWords = {
  title: 'Proxmox VE',
  port: 8006,
  fingerprint: '`pvenode cert info` on the server',
  ca: '/etc/pve/pve-root-ca.pem',
  variables: { fingerprint: 'PROXMOX_VE_FINGERPRINT', caFile: 'PROXMOX_VE_CA_FILE', insecure: 'PROXMOX_VE_INSECURE' },
};
