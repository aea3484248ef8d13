import { isRemovable } from './configured-size.ts';
import type { Document, Value } from './document.ts';

/** A disk or mount point; null where the document does not say. */
export interface GuestDisk {
  /** `scsi0`, `rootfs`, `disk-2000`. */
  name: string;
  storage: string | null;
  bytes: number | null;
  /** `qcow2`, `raw`, `thin`. */
  format: string | null;
}

export interface GuestNetwork {
  /** `net0`, `nic-4000`. */
  name: string;
  /** A bridge, or the network of another platform. */
  bridge: string | null;
  vlan: number | null;
  /** Upper case. */
  mac: string | null;
}

export interface GuestSnapshot {
  name: string;
  /** null: the platform does not tell. */
  at: Date | null;
}

const DISK = /^((?:ide|sata|scsi|virtio|mp)\d+|rootfs|disk-\d+)\.(?:size|sizeBytes|file|datastore)$/;
const NETWORK = /^(net\d+|nic-\d+)\.\w+$/;
const SNAPSHOT = /^snapshot\.(.+)\.time$/;
/** The names of Proxmox VE's volumes: `ceph:vm-100-disk-0`, `nas:100/vm-100-disk-0.qcow2`. A path has no storage. */
const VOLUME = /^([^/:]+):/;
const EXTENSION = /\.(raw|qcow2|vmdk|subvol)$/;

/** In the order of the document; without removable media. */
export function disksOf(document: Document): readonly GuestDisk[] {
  return namesOf(document, DISK)
    .filter((name) => !isRemovable(document, name))
    .map((name) => {
      const file = textAt(document, `${name}.file`);
      return {
        name,
        storage: textAt(document, `${name}.datastore`) ?? VOLUME.exec(file ?? '')?.[1] ?? null,
        bytes: numberOf(document[`${name}.size`] ?? document[`${name}.sizeBytes`]),
        format: formatOf(document, name, file),
      };
    });
}

function formatOf(document: Document, name: string, file: string | null): string | null {
  const told = textAt(document, `${name}.format`);
  if (told !== null) return told;
  if (document[`${name}.thin`] === true) return 'thin';
  return EXTENSION.exec(file ?? '')?.[1] ?? null;
}

export function networksOf(document: Document): readonly GuestNetwork[] {
  return namesOf(document, NETWORK).map((name) => {
    const tag = Number(document[`${name}.tag`]);
    const macs = [`${name}.macaddr`, `${name}.hwaddr`, `${name}.mac`].map((path) => textAt(document, path));
    return {
      name,
      bridge: textAt(document, `${name}.bridge`) ?? textAt(document, `${name}.network`),
      vlan: Number.isInteger(tag) ? tag : null,
      mac: macs.find((mac) => mac !== null)?.toUpperCase() ?? null,
    };
  });
}

export function snapshotsOf(document: Document): readonly GuestSnapshot[] {
  return namesOf(document, SNAPSHOT).map((name) => {
    const seconds = numberOf(document[`snapshot.${name}.time`]);
    return { name, at: seconds !== null && seconds > 0 ? new Date(seconds * 1000) : null };
  });
}

function namesOf(document: Document, pattern: RegExp): string[] {
  return [...new Set(Object.keys(document).flatMap((path) => pattern.exec(path)?.[1] ?? []))];
}

function numberOf(value: Value | undefined): number | null {
  return typeof value === 'number' ? value : null;
}

function textAt(document: Document, path: string): string | null {
  const value = document[path];
  return typeof value === 'string' ? value : null;
}
