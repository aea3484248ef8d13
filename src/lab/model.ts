import type { LabCertificate } from './certificates.ts';

/** What Proxmox VE calls virtual machines and containers. */
export type GuestKind = 'qemu' | 'lxc';

/** A value as the API gives it: `cores` is a number, `memory` of a VM a string. */
export type ConfigValue = string | number;
export type Config = Record<string, ConfigValue>;

export interface Snapshot {
  name: string;
  config: Config;
  parent: string | null;
  /** Epoch seconds. */
  snaptime: number;
  description: string;
  hasRam: boolean;
}

/** What pvestatd broadcasts of a guest besides its figures; rows may lag behind the configuration. */
export interface BroadcastFields {
  name: string;
  status: 'running' | 'stopped';
  template: number;
  maxcpu: number;
  maxmem: number;
  maxdisk: number;
}

export interface LabGuest {
  kind: GuestKind;
  vmid: number;
  node: string;
  config: Config;
  pending: Config;
  pendingDelete: Set<string>;
  power: 'running' | 'paused' | 'stopped';
  startedAtMs: number;
  pid: number;
  /** A task has its file: see `held`. */
  isHeld: boolean;
  /** Its system does not go down when it is asked to. */
  ignoresShutdown: boolean;
  /** Options of its firewall. */
  firewall: Config;
  /** In the order in which they were taken. */
  snapshots: Map<string, Snapshot>;
  /** What rows said until some time; null: not broadcast yet. Kept only while broadcasts lag. */
  earlier: { untilMs: number; fields: BroadcastFields | null }[];
}

export interface LabNode {
  name: string;
  id: number;
  ip: string;
  /** The first one is that of every guest. */
  bridges: string[];
  cpus: number;
  memoryBytes: number;
  diskBytes: number;
  bootedAtMs: number;
  /** null only until the lab has made them. */
  certificates: { root: LabCertificate; server: LabCertificate } | null;
  /** When it went off; null while it runs. */
  downSinceMs: number | null;
  isFrozen: boolean;
  /** Its figures are as old as this, though the node may be on; null: they are fresh. */
  silentSinceMs: number | null;
  /** As the HA manager has it. */
  isInMaintenance: boolean;
  /** While its pmxcfs is stopped: how long the next answers take, the last one also after them. null: it runs. */
  withoutPmxcfsMs: number[] | null;
}

export interface LabStorage {
  id: string;
  type: 'dir' | 'lvmthin' | 'nfs';
  content: readonly string[];
  isShared: boolean;
  isEnabled: boolean;
  /** Nodes that cannot reach it. */
  offlineOn: Set<string>;
  /** Only these nodes may use it; null: all. */
  nodes: readonly string[] | null;
  totalBytes: number;
  /** Other lines of storage.cfg. */
  options: Config;
}

/** What a vzdump archive holds: enough to restore it. */
export interface Backup {
  kind: GuestKind;
  vmid: number;
  config: Config;
}

/** A file that no guest's configuration refers to: ISO images, templates, backups. */
export interface LabVolume {
  volid: string;
  storage: string;
  /** null on a shared storage. */
  node: string | null;
  content: string;
  format: string;
  sizeBytes: number;
  ctime: number;
  vmid: number | null;
  notes: string | null;
  isProtected: boolean;
  backup: Backup | null;
}

export interface LabPool {
  id: string;
  comment: string | null;
  storages: Set<string>;
}

export interface LabHaResource {
  sid: string;
  kind: GuestKind;
  vmid: number;
  state: string;
  comment: string | null;
  group: string | null;
}
