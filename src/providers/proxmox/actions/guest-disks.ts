import type { PveGuestConfig } from '../../../api/pve-types.ts';
import type { ActionSubject } from '../../../types/action.ts';

const VM_DISK = /^(?:ide|sata|scsi|virtio|unused)\d{1,3}$|^(?:efidisk|tpmstate)0$/;
const CT_DISK = /^(?:rootfs|(?:mp|unused)\d{1,3})$/;
/** `ceph:vm-100-disk-0`; of a bind mount and a device there is no storage. */
const VOLUME = /^(?:(?:file|volume)=)?([A-Za-z][\w.-]*:[^,]+)/;

/** Volume ids of its disks, sorted; without CD-ROMs. */
export function volumesOf(kind: ActionSubject['kind'], config: PveGuestConfig): readonly string[] {
  const pattern = kind === 'qemu' ? VM_DISK : CT_DISK;
  const volumes = Object.entries(config).flatMap(([key, value]) => {
    const text = String(value);
    if (!pattern.test(key) || text.includes('media=cdrom')) return [];
    return VOLUME.exec(text)?.[1] ?? [];
  });
  return [...new Set(volumes)].sort();
}

export function storagesOf(kind: ActionSubject['kind'], config: PveGuestConfig): readonly string[] {
  return [...new Set(volumesOf(kind, config).map(storageOf))].sort();
}

/** `ceph` of `ceph:vm-100-disk-0`. */
export function storageOf(volid: string): string {
  return volid.slice(0, Math.max(0, volid.indexOf(':')));
}

const SIZE = /(?:^|,)size=(\d{1,12})([KMGT]?)(?:,|$)/;
const UNITS: Readonly<Record<string, number>> = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 };

/** Of all its disks, as the configuration has it. */
export function diskBytes(kind: ActionSubject['kind'], config: PveGuestConfig): number {
  const pattern = kind === 'qemu' ? VM_DISK : CT_DISK;
  let bytes = 0;
  for (const [key, value] of Object.entries(config)) {
    const text = String(value);
    if (!pattern.test(key) || text.includes('media=cdrom')) continue;
    const [, digits, unit = ''] = SIZE.exec(text) ?? [];
    bytes += digits === undefined ? 0 : Number(digits) * (UNITS[unit] ?? 1);
  }
  return bytes;
}
