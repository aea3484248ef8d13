import type { Manifest } from '../manifest.ts';
import { VSPHERE } from './soap/server-words.ts';

/** VMware vCenter, or a single ESXi host. */
export const vsphere: Manifest = { kind: 'vsphere', server: VSPHERE };
