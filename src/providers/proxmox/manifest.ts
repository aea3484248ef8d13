import { PROXMOX } from '../../api/server-words.ts';
import type { Manifest } from '../manifest.ts';

/** Proxmox VE: a cluster or a single host. */
export const proxmox: Manifest = { kind: 'proxmox', server: PROXMOX };
