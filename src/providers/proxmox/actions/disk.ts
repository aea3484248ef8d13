import type { PveGuestConfig } from '../../../api/pve-types.ts';
import type { GuestKind } from '../../../types/guest.ts';
import { parseSizeBytes, splitPropertyString } from '../property-string.ts';
import { textAt } from './config-changes.ts';

/** A disk of a VM, or the root disk or a mount point of a container. */
export interface Disk {
  key: string;
  /** As the configuration has it. */
  value: string;
  /** `local-lvm:vm-100-disk-0`; null: none, as of a bind mount. */
  volid: string | null;
  storage: string | null;
  /** By its file; null: the storage knows no files. */
  format: string | null;
  /** null: the configuration does not say. */
  sizeBytes: number | null;
  isCdrom: boolean;
}

const VM_DISK = /^(?:ide|sata|scsi|virtio|unused)\d{1,3}$|^(?:efidisk|tpmstate)0$/;
const CT_DISK = /^(?:rootfs|(?:mp|unused)\d{1,3})$/;
const VOLID = /^([A-Za-z][\w.-]*):\S+$/;
const FILE = /\.(raw|qcow2|vmdk|subvol)$/;

export function isDiskKey(kind: GuestKind, key: string): boolean {
  return (kind === 'qemu' ? VM_DISK : CT_DISK).test(key);
}

/** null: it has no such disk. */
export function diskAt(kind: GuestKind, config: PveGuestConfig, key: string): Disk | null {
  const value = isDiskKey(kind, key) ? textAt(config, key) : null;
  if (value === null) return null;
  const parts = splitPropertyString(value, 'file');
  const volume = parts?.get('file') ?? parts?.get('volume') ?? '';
  const storage = VOLID.exec(volume)?.[1] ?? null;
  return {
    key,
    value,
    volid: storage === null ? null : volume,
    storage,
    format: FILE.exec(volume)?.[1] ?? null,
    sizeBytes: parseSizeBytes(parts?.get('size') ?? ''),
    isCdrom: parts?.get('media') === 'cdrom',
  };
}

/** In the order of their keys. */
export function disksOf(kind: GuestKind, config: PveGuestConfig): Disk[] {
  return Object.keys(config)
    .sort(byNumber)
    .flatMap((key) => diskAt(kind, config, key) ?? []);
}

export type VolumeDisk = Disk & { storage: string };

/** Those with a volume of a storage that the guest uses: neither CD-ROMs nor cloud-init drives nor what was taken away. */
export function usedDisks(kind: GuestKind, config: PveGuestConfig): VolumeDisk[] {
  return disksOf(kind, config).flatMap((disk) => {
    const { key, storage, isCdrom } = disk;
    return storage === null || isCdrom || key.startsWith('unused') ? [] : [{ ...disk, storage }];
  });
}

/** Keys of mount points of a container that are no volume of a storage: folders and devices of the node. */
export function boundPaths(config: PveGuestConfig): string[] {
  return disksOf('lxc', config).flatMap(({ key, storage }) => (storage === null ? key : []));
}

/** The disk that the guest boots from: the first of its boot order, or of its disks; null: it has none. */
export function firstDisk(kind: GuestKind, config: PveGuestConfig): VolumeDisk | null {
  const disks = usedDisks(kind, config).filter(({ key }) => key !== 'efidisk0' && key !== 'tpmstate0');
  const order =
    splitPropertyString(String(config['boot'] ?? ''), 'legacy')
      ?.get('order')
      ?.split(';') ?? [];
  const keys = kind === 'qemu' ? [...order, String(config['bootdisk'] ?? '')] : ['rootfs'];
  return keys.flatMap((key) => disks.find((disk) => disk.key === key) ?? [])[0] ?? disks[0] ?? null;
}

/** `scsi2` before `scsi10`. */
export function byNumber(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

export function diskKeys(kind: GuestKind, config: PveGuestConfig): string {
  const keys = disksOf(kind, config).flatMap(({ key, isCdrom }) => (isCdrom ? [] : key));
  return keys.length === 0 ? 'it has no disks' : `its disks: ${keys.join(', ')}`;
}

const NEW_DISK = /^(?:(?:file|volume)=)?([A-Za-z][\w.-]*):(\d{1,9}(?:\.\d{1,9})?)(?:,|$)/;

/** The disk that a value has the server make: `local-lvm:32` has 32 GiB. */
export function newDisk(key: string, value: string | null): { storage: string; bytes: number } | null {
  if (!/^(?:efidisk|ide|mp|rootfs|sata|scsi|tpmstate|virtio)\d*$/.test(key)) return null;
  const [, storage, size] = NEW_DISK.exec(value ?? '') ?? [];
  return storage === undefined ? null : { storage, bytes: Number(size) * 1024 ** 3 };
}

/** The key under which a disk that is taken away stays. */
export function nextUnused(config: PveGuestConfig): string {
  for (let index = 0; ; index += 1) if (textAt(config, `unused${index}`) === null) return `unused${index}`;
}

const UNITS = ['T', 'G', 'M', 'K'] as const;

/** `32G`: the largest unit without a remainder. Source: pve-common src/PVE/JSONSchema.pm format_size. */
export function sizeText(bytes: number): string {
  for (const [index, unit] of UNITS.entries()) {
    const factor = 1024 ** (UNITS.length - index);
    if (bytes >= factor && bytes % factor === 0) return `${bytes / factor}${unit}`;
  }
  return String(bytes);
}

/** `64 GiB`, as people read it. */
export function bytesText(bytes: number): string {
  const gib = bytes / 1024 ** 3;
  if (gib >= 1) return `${Number(gib.toFixed(1))} GiB`;
  return `${Number((bytes / 1024 ** 2).toFixed(1))} MiB`;
}
