import { serverError } from './api-error.ts';
import type { Cluster } from './cluster.ts';
import type { Config, ConfigValue, GuestKind } from './model.ts';

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  K: 1024,
  M: 1_048_576,
  G: 1_073_741_824,
  T: 1_099_511_627_776,
};

const VM_DISK = /^(?:scsi|virtio|ide|sata)\d+$|^efidisk0$|^tpmstate0$/;
const CT_DISK = /^rootfs$|^mp\d+$/;

export function isDiskKey(kind: GuestKind, key: string): boolean {
  return (kind === 'qemu' ? VM_DISK : CT_DISK).test(key);
}

/** `32G` → bytes; 0 when it is none. */
export function sizeBytes(text: string): number {
  const match = /^(\d+(?:\.\d+)?)([KMGT]?)$/.exec(text);
  return match ? Math.round(Number(match[1]) * (UNITS[match[2] ?? ''] ?? 1)) : 0;
}

/** Bytes → the largest unit that has no remainder, as PVE::JSONSchema::format_size does. */
export function sizeText(bytes: number): string {
  for (const unit of ['T', 'G', 'M', 'K']) {
    const factor = UNITS[unit] ?? 1;
    if (bytes >= factor && bytes % factor === 0) return `${bytes / factor}${unit}`;
  }
  return String(bytes);
}

export function diskSizeBytes(disk: ConfigValue | undefined): number {
  const size = /(?:^|,)size=([^,]+)/.exec(String(disk ?? ''))?.[1];
  return size === undefined ? 0 : sizeBytes(size);
}

export function withDiskSize(disk: ConfigValue, bytes: number): string {
  const text = String(disk);
  return /(^|,)size=/.test(text)
    ? text.replace(/(^|,)size=[^,]+/, `$1size=${sizeText(bytes)}`)
    : `${text},size=${sizeText(bytes)}`;
}

export function volumeOf(disk: ConfigValue): string {
  return (String(disk).split(',')[0] ?? '').replace(/^(?:file|volume)=/, '');
}

export interface DiskOwner {
  kind: GuestKind;
  vmid: number;
}

/** The next free volume name of a guest on a storage: a file below its vmid, or a logical volume. */
export function newVolume(cluster: Cluster, owner: DiskOwner, storageId: string, taken: ReadonlySet<string>): string {
  const storage = cluster.storages.get(storageId);
  if (!storage) throw serverError(`storage '${storageId}' does not exist`);
  const extension = owner.kind === 'qemu' ? 'qcow2' : 'raw';
  for (let index = 0; ; index += 1) {
    const disk = `vm-${owner.vmid}-disk-${index}`;
    const volid =
      storage.type === 'lvmthin' ? `${storageId}:${disk}` : `${storageId}:${owner.vmid}/${disk}.${extension}`;
    if (!taken.has(volid)) return volid;
  }
}

export function volumesIn(kind: GuestKind, config: Config): Set<string> {
  return new Set(
    Object.entries(config)
      .filter(([key]) => isDiskKey(kind, key) || /^unused\d+$/.test(key))
      .map(([, value]) => volumeOf(value)),
  );
}

/** Storages that the volumes of a configuration are on. */
export function storagesOf(kind: GuestKind, config: Config): Set<string> {
  const volumes = [...volumesIn(kind, config)].filter((volume) => volume.includes(':'));
  return new Set(volumes.map((volume) => volume.split(':')[0] ?? ''));
}

/** Allocates `local-lvm:32` (GiB) as a volume with its size; an existing volume stays as it is. */
export function allocateDisk(cluster: Cluster, owner: DiskOwner, value: ConfigValue, taken: Set<string>): string {
  const [first = '', ...rest] = String(value).split(',');
  const match = /^(?:file=|volume=)?([A-Za-z][\w.-]*):(\d+(?:\.\d+)?)$/.exec(first);
  if (!match) {
    const storageId = /^(?:file=|volume=)?([A-Za-z][\w.-]*):/.exec(first)?.[1];
    if (storageId !== undefined && !cluster.storages.has(storageId))
      throw serverError(`storage '${storageId}' does not exist`);
    return String(value);
  }
  const volid = newVolume(cluster, owner, match[1] ?? '', taken);
  taken.add(volid);
  const options = rest.filter((option) => !option.startsWith('size='));
  return [volid, ...options, `size=${sizeText(Number(match[2]) * 1_073_741_824)}`].join(',');
}
