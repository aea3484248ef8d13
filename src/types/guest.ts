import type { Document } from './document.ts';
import type { Sighting } from './presence.ts';

/** `qemu` and `lxc` are Proxmox VE's names for virtual machines and containers; `vm` is a virtual machine of another platform. */
export const GUEST_KINDS = ['qemu', 'lxc', 'vm'] as const;
export type GuestKind = (typeof GUEST_KINDS)[number];

export const VM_KINDS = ['qemu', 'vm'] as const satisfies readonly GuestKind[];
export const CONTAINER_KINDS = ['lxc'] as const satisfies readonly GuestKind[];

/** What people call a guest of each kind. */
export const KIND_WORDS: Readonly<Record<GuestKind, string>> = { qemu: 'vm', vm: 'vm', lxc: 'container' };

/** Power state. `unknown` is never stored in a document: the last known state stays. */
export const HOST_STATES = ['running', 'stopped', 'suspended', 'unknown'] as const;
export type HostState = (typeof HOST_STATES)[number];

/**
 * What tells one machine from another when vmids are reused. Absent fields are unknown.
 * Source: qemu-server src/PVE/QemuServer/MetaInfo.pm (meta), smbios1 and vmgenid of the configuration.
 */
export interface GuestIdentity {
  /** `smbios1: uuid=`: kept by migration and restore, new for a clone. QEMU only. */
  uuid?: string;
  /** `meta: ctime=`, epoch seconds: inherited by clones. QEMU guests created by PVE 6.4 and later. */
  ctime?: number;
  /** New after every rollback and restore. QEMU only. */
  vmgenid?: string;
  /** Upper-case MAC addresses, sorted. */
  macs?: readonly string[];
  /** Volume id of the root disk (`rootfs`) of a container. */
  rootfs?: string;
  hostname?: string;
  /** SHA-1 of its file, with pending values and snapshots: tells that the file has changed, not which machine it is. */
  digest?: string;
  /** What the platform's records call it, where that is not its id and changes when it is registered anew. */
  handle?: string;
  /** How that file was read: by which decoder, release and rights. While both are the same, so is the configuration. */
  reading?: string;
}

/** A virtual machine or container as the inventory holds it: one incarnation, which a reused vmid does not continue. */
export interface Guest extends Sighting {
  id: string;
  providerId: string;
  kind: GuestKind;
  /** The platform's own id, unique per provider: a vmid, a uuid. Platforms may reuse ids. */
  nativeId: string;
  /** {@link vmidOf}. */
  vmid: number | null;
  /** Where it runs: a node, a hypervisor, a zone. */
  node: string;
  /** null when the guest has no name or it was never seen. */
  name: string | null;
  status: HostState;
  /** Why a suspended machine that has a process does not run: QEMU's `paused`, `io-error`, `prelaunch`, … */
  qmpstatus: string | null;
  isTemplate: boolean;
  tags: readonly string[];
  pool: string | null;
  lock: string | null;
  /** Of a container a fraction, when that is its limit. */
  cpus: number | null;
  memoryBytes: number | null;
  /** All disks together; without removable media, EFI variables and TPM state. */
  diskBytes: number | null;
  /** The disk that it boots from, or the root disk of a container. */
  bootDiskBytes: number | null;
  osType: string | null;
  document: Document;
  identity: GuestIdentity;
}

/** Figures that change all the time: overwritten at every run, never part of the history. */
export interface GuestTelemetry {
  /** Share of the guest's CPUs in use, 0 to 1. */
  cpu: number | null;
  memoryUsedBytes: number | null;
  diskUsedBytes: number | null;
  uptimeSeconds: number | null;
  netInBytes: number | null;
  netOutBytes: number | null;
  /** Of a machine that is known by what an agent on it reports: when that was last. */
  lastReportAt?: Date;
}
