import type { PveGuestConfig } from '../../../api/pve-types.ts';
import type { ActionSubject } from '../../../types/action.ts';
import { disksOf } from './disk.ts';

/** Volume ids of its disks, sorted; without CD-ROMs. */
export function volumesOf(kind: ActionSubject['kind'], config: PveGuestConfig): readonly string[] {
  const volumes = disksOf(kind, config).flatMap(({ volid, isCdrom }) => (volid === null || isCdrom ? [] : volid));
  return [...new Set(volumes)].sort();
}

export function storagesOf(kind: ActionSubject['kind'], config: PveGuestConfig): readonly string[] {
  return [...new Set(volumesOf(kind, config).map(storageOf))].sort();
}

/** `ceph` of `ceph:vm-100-disk-0`. */
export function storageOf(volid: string): string {
  return volid.slice(0, Math.max(0, volid.indexOf(':')));
}

/** Of all its disks, as the configuration has it. */
export function diskBytes(kind: ActionSubject['kind'], config: PveGuestConfig): number {
  return disksOf(kind, config).reduce((sum, { sizeBytes, isCdrom }) => sum + (isCdrom ? 0 : (sizeBytes ?? 0)), 0);
}
