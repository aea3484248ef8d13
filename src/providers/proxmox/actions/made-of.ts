import type { PveGuestConfig } from '../../../api/pve-types.ts';
import type { ActionSubject } from '../../../types/action.ts';
import { parseSizeBytes, splitPropertyString } from '../property-string.ts';

type Kind = ActionSubject['kind'];

export interface ConfiguredDisk {
  /** `scsi0`, `rootfs`. */
  key: string;
  /** `local-lvm:vm-100-disk-0`. */
  volid: string;
  storage: string;
  /** null: the configuration does not say. */
  bytes: number | null;
}

export interface ConfiguredCard {
  key: string;
  bridge: string;
  /** VLAN; null: untagged. */
  tag: string | null;
}

const VM_DISK = /^(?:(?:ide|sata|scsi|virtio)\d{1,2}|efidisk0|tpmstate0)$/;
const CT_DISK = /^(?:rootfs|mp\d{1,3})$/;

/** Disks with a volume of a storage, in the order of their keys; without CD-ROMs and cloud-init drives. */
export function disksOf(kind: Kind, config: PveGuestConfig): ConfiguredDisk[] {
  return Object.keys(config)
    .filter((key) => (kind === 'qemu' ? VM_DISK : CT_DISK).test(key))
    .sort(byNumber)
    .flatMap((key) => diskAt(kind, key, config));
}

function diskAt(kind: Kind, key: string, config: PveGuestConfig): ConfiguredDisk[] {
  const parts = splitPropertyString(String(config[key]), kind === 'qemu' ? 'file' : 'volume');
  const volid = parts?.get(kind === 'qemu' ? 'file' : 'volume') ?? '';
  const colon = volid.indexOf(':');
  if (colon < 1 || volid.startsWith('/') || parts?.get('media') === 'cdrom') return [];
  return [{ key, volid, storage: volid.slice(0, colon), bytes: parseSizeBytes(parts?.get('size') ?? '') }];
}

/** Mount points of a container that are no volume of a storage: folders and devices of the node. */
export function boundPaths(config: PveGuestConfig): string[] {
  return Object.keys(config)
    .filter((key) => CT_DISK.test(key) && /^(?:volume=)?\//.test(String(config[key])))
    .sort(byNumber);
}

/** The disk that the guest boots from: the first of its boot order, or of its disks; null: it has none. */
export function firstDiskOf(kind: Kind, config: PveGuestConfig): ConfiguredDisk | null {
  const disks = disksOf(kind, config).filter(({ key }) => key !== 'efidisk0' && key !== 'tpmstate0');
  const order =
    splitPropertyString(String(config['boot'] ?? ''), 'legacy')
      ?.get('order')
      ?.split(';') ?? [];
  const keys = kind === 'qemu' ? [...order, String(config['bootdisk'] ?? '')] : ['rootfs'];
  return keys.flatMap((key) => disks.find((disk) => disk.key === key) ?? [])[0] ?? disks[0] ?? null;
}

/** Network cards that are on a bridge. */
export function cardsOf(config: Readonly<Record<string, unknown>>): ConfiguredCard[] {
  return Object.keys(config)
    .filter((key) => /^net\d{1,2}$/.test(key))
    .sort(byNumber)
    .flatMap((key) => {
      const parts = splitPropertyString(String(config[key]), 'model');
      const bridge = parts?.get('bridge');
      return bridge === undefined ? [] : [{ key, bridge, tag: parts?.get('tag') ?? null }];
    });
}

function byNumber(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
