import type { Document } from './document.ts';
import type { GuestKind } from './guest.ts';
import { LIST_SEPARATORS } from './nul-sign.ts';
import { sectionOf } from './section.ts';

const MIB = 1024 * 1024;
/** The server's default for either kind of guest. */
const DEFAULT_MEMORY_MIB = 512;

/** What a guest is configured to have; null where its document does not say (an unlimited container, a disk without size). */
export interface ConfiguredSize {
  cpus: number | null;
  memoryBytes: number | null;
  /** The first disk of the boot order that is no CD-ROM and no cloud-init drive; of a container its root disk. */
  bootDiskBytes: number | null;
  /** All disks and mount points together, without removable media, EFI variables, TPM state and unused volumes. */
  diskBytes: number | null;
}

const UNKNOWN: ConfiguredSize = { cpus: null, memoryBytes: null, bootDiskBytes: null, diskBytes: null };

/**
 * Sizes as the server computes them from a configuration. Source: qemu-server src/PVE/QemuServer.pm vmstatus,
 * QemuServer/Drive.pm bootdisk_size; pve-container src/PVE/LXC.pm vmstatus.
 */
export function configuredSize(kind: GuestKind, document: Document): ConfiguredSize {
  if (!hasConfiguration(document)) return UNKNOWN;
  if (kind === 'vm') return hostSize(document);
  return kind === 'qemu' ? vmSize(document) : containerSize(document);
}

/** Without it there are no defaults: the guest's configuration was never read. */
function hasConfiguration(document: Document): boolean {
  return Object.keys(document).some((path) => sectionOf(path) === 'config' && !LISTED.has(path));
}

/** What the lists of a node tell as well. */
const LISTED: ReadonlySet<string> = new Set(['name', 'tags', 'template']);

function vmSize(document: Document): ConfiguredSize {
  const cores = positive(document, 'cores') ?? 1;
  const sockets = positive(document, 'sockets') ?? 1;
  const disks = Object.keys(document).filter((path) => /^(?:ide|sata|scsi|virtio)\d+\.size$/.test(path));
  return {
    cpus: positive(document, 'vcpus') ?? cores * sockets,
    memoryBytes: (positive(document, 'memory') ?? DEFAULT_MEMORY_MIB) * MIB,
    bootDiskBytes: bootDiskBytes(document),
    diskBytes: sum(
      document,
      disks.filter((path) => isDisk(document, path.slice(0, -'.size'.length))),
    ),
  };
}

/** Other platforms have neither defaults nor a boot order: what the document does not say is unknown. */
function hostSize(document: Document): ConfiguredSize {
  const [cores, memoryMib] = [positive(document, 'cores'), positive(document, 'memory')];
  return {
    cpus: cores === null ? null : cores * (positive(document, 'sockets') ?? 1),
    memoryBytes: memoryMib === null ? null : memoryMib * MIB,
    bootDiskBytes: null,
    diskBytes: sum(
      document,
      Object.keys(document).filter((path) => /^disk-[^.]+\.sizeBytes$/.test(path)),
    ),
  };
}

function containerSize(document: Document): ConfiguredSize {
  const disks = Object.keys(document).filter((path) => /^(?:rootfs|mp\d+)\.size$/.test(path));
  const isUnlimited = document['memory'] === 0;
  return {
    cpus: positive(document, 'cores') ?? positive(document, 'cpulimit'),
    memoryBytes: isUnlimited ? null : (positive(document, 'memory') ?? DEFAULT_MEMORY_MIB) * MIB,
    // `size=0T` is a directory without a limit.
    bootDiskBytes: positive(document, 'rootfs.size'),
    diskBytes: sum(document, disks),
  };
}

/** The boot order has two forms; without either the server knows no boot disk. */
function bootDiskBytes(document: Document): number | null {
  const order = document['boot.order'] ?? document['bootdisk'];
  if (typeof order !== 'string') return null;
  const disk = order.split(LIST_SEPARATORS).find((name) => isDisk(document, name));
  return disk === undefined ? null : positive(document, `${disk}.size`);
}

function isDisk(document: Document, name: string): boolean {
  const file = document[`${name}.file`];
  if (typeof file !== 'string' || !/^(?:ide|sata|scsi|virtio)\d+$/.test(name)) return false;
  return !isRemovable(document, name);
}

/** Whether a drive is a CD-ROM or a cloud-init drive. */
export function isRemovable(document: Document, name: string): boolean {
  const file = document[`${name}.file`];
  return document[`${name}.media`] === 'cdrom' || (typeof file === 'string' && NO_DISK.test(file));
}

function sum(document: Document, paths: readonly string[]): number | null {
  const sizes = paths.map((path) => positive(document, path)).filter((size) => size !== null);
  return sizes.length === 0 ? null : sizes.reduce((total, size) => total + size);
}

/** Source: qemu-server src/PVE/QemuServer/Drive.pm drive_is_cloudinit. */
const NO_DISK = /^(?:none|cdrom)$|[:/](?:vm-\d+-)?cloudinit(?:\.\w+)?$/;

/** Where the server takes 0 for not set. */
function positive(document: Document, path: string): number | null {
  const value = document[path];
  return typeof value === 'number' && value > 0 ? value : null;
}
