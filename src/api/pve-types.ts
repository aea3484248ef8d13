/**
 * What the API answers, decoded: names and units as Proxmox VE has them, in camel case where it joins words. A field that
 * was absent, null, NaN or unreadable is `undefined`; zero, false and the empty string are values. Unknown keys are kept in
 * `extra` where something reads them, else dropped.
 */
export interface PveVersion {
  version: string;
  release?: string | undefined;
  repoid?: string | undefined;
}

/** Path → privilege → whether it propagates. */
export type PvePermissions = Readonly<Record<string, Readonly<Record<string, boolean>>>>;

export interface PveAclEntry {
  path: string;
  roleid: string;
  /** A user, a token or a group. */
  ugid: string;
  /** `user`, `token`, `group`. */
  type: string;
}

export interface PveClusterStatus {
  /** undefined: a host that is in no cluster. */
  cluster?:
    | { name: string; nodes?: number | undefined; quorate?: boolean | undefined; version?: number | undefined }
    | undefined;
  nodes: readonly {
    name: string;
    nodeid?: number | undefined;
    online?: boolean | undefined;
    local?: boolean | undefined;
    ip?: string | undefined;
    level?: string | undefined;
  }[];
}

export interface PveGuestResource {
  kind: 'qemu' | 'lxc';
  vmid: number;
  node: string;
  name?: string | undefined;
  /** `running`, `stopped`, `unknown`, or a later word. */
  status?: string | undefined;
  template?: boolean | undefined;
  tags?: readonly string[] | undefined;
  pool?: string | undefined;
  lock?: string | undefined;
  hastate?: string | undefined;
  cpu?: number | undefined;
  maxcpu?: number | undefined;
  mem?: number | undefined;
  maxmem?: number | undefined;
  disk?: number | undefined;
  maxdisk?: number | undefined;
  uptime?: number | undefined;
  netin?: number | undefined;
  netout?: number | undefined;
}

export interface PveNodeResource {
  node: string;
  /** `online`, `offline`, `unknown`. */
  status?: string | undefined;
  level?: string | undefined;
  hastate?: string | undefined;
  cpu?: number | undefined;
  maxcpu?: number | undefined;
  mem?: number | undefined;
  maxmem?: number | undefined;
  disk?: number | undefined;
  maxdisk?: number | undefined;
  uptime?: number | undefined;
  sslFingerprint?: string | undefined;
}

export interface PveStorageResource {
  storage: string;
  node: string;
  status?: string | undefined;
  plugintype?: string | undefined;
  content?: readonly string[] | undefined;
  shared?: boolean | undefined;
  disk?: number | undefined;
  maxdisk?: number | undefined;
}

export interface PveResources {
  guests: readonly PveGuestResource[];
  nodes: readonly PveNodeResource[];
  storages: readonly PveStorageResource[];
  pools: readonly { pool: string }[];
  /** Rows of a known type that could not be read (no vmid, no node): a listing with such rows is not complete. */
  unreadable: number;
}

/** A row of `/nodes/{node}/qemu` or `/nodes/{node}/lxc`. */
export interface PveGuestListEntry {
  vmid: number;
  name?: string | undefined;
  /** `running` of a virtual machine: it has a process. */
  status?: string | undefined;
  /** QEMU's own state, `paused`, `io-error`, …; only with `full`. */
  qmpstatus?: string | undefined;
  template?: boolean | undefined;
  tags?: readonly string[] | undefined;
  lock?: string | undefined;
  cpus?: number | undefined;
  cpu?: number | undefined;
  mem?: number | undefined;
  maxmem?: number | undefined;
  disk?: number | undefined;
  maxdisk?: number | undefined;
  uptime?: number | undefined;
  netin?: number | undefined;
  netout?: number | undefined;
}

export interface PveGuestStatus extends PveGuestListEntry {
  ha?: { managed: boolean; state?: string | undefined; group?: string | undefined } | undefined;
}

/** A guest's configuration as it came: every key, values as strings and numbers. */
export type PveGuestConfig = Readonly<Record<string, string | number | boolean>>;

export interface PvePendingEntry {
  key: string;
  value?: string | number | undefined;
  pending?: string | number | undefined;
  delete?: boolean | undefined;
}

export interface PveSnapshot {
  name: string;
  description?: string | undefined;
  parent?: string | undefined;
  snaptime?: number | undefined;
  vmstate?: boolean | undefined;
  /** The pseudo entry `current`. */
  isCurrent: boolean;
}

export interface PveTask {
  upid: string;
  node: string;
  pid?: number | undefined;
  pstart?: number | undefined;
  /** Epoch seconds. */
  starttime: number;
  endtime?: number | undefined;
  type: string;
  id: string;
  /** Without the token. */
  user: string;
  tokenid?: string | undefined;
  /** Exit text; `RUNNING` is decoded to undefined. */
  status?: string | undefined;
  isRunning: boolean;
}

export interface PveTaskStatus {
  upid: string;
  status: 'running' | 'stopped';
  exitstatus?: string | undefined;
  type: string;
  id: string;
  user: string;
  tokenid?: string | undefined;
  pid?: number | undefined;
  pstart?: number | undefined;
  node: string;
  starttime: number;
}

export interface PveTaskLogLine {
  /** Counted from 1. */
  n: number;
  t: string;
}

export interface PveLogLine {
  uid: string;
  node: string;
  /** Epoch seconds. */
  time: number;
  user: string;
  tag: string;
  pid?: number | undefined;
  pri?: number | undefined;
  msg: string;
}

export interface PveNodeStatus {
  pveversion?: string | undefined;
  kversion?: string | undefined;
  uptime?: number | undefined;
  cpu?: number | undefined;
  cpus?: number | undefined;
  cpuModel?: string | undefined;
  memoryTotal?: number | undefined;
  memoryUsed?: number | undefined;
  rootfsTotal?: number | undefined;
  rootfsUsed?: number | undefined;
}

export interface PveStoragePool {
  storage: string;
  type: string;
  content?: readonly string[] | undefined;
  shared?: boolean | undefined;
  disable?: boolean | undefined;
  nodes?: readonly string[] | undefined;
  path?: string | undefined;
  server?: string | undefined;
  export?: string | undefined;
}

export interface PveNodeStorage {
  storage: string;
  type: string;
  content?: readonly string[] | undefined;
  shared?: boolean | undefined;
  enabled?: boolean | undefined;
  active?: boolean | undefined;
  total?: number | undefined;
  used?: number | undefined;
  avail?: number | undefined;
}

export interface PveStorageContent {
  volid: string;
  content: string;
  format?: string | undefined;
  /** Bytes: `size`, or `approximate-size` where that is all there is. */
  size?: number | undefined;
  used?: number | undefined;
  vmid?: number | undefined;
  ctime?: number | undefined;
  notes?: string | undefined;
  protected?: boolean | undefined;
}

export interface PveNodeCertificate {
  /** `pve-root-ca.pem`, `pve-ssl.pem`, `pveproxy-ssl.pem`. */
  filename: string;
  /** SHA-256, `AA:BB:…`. */
  fingerprint: string;
  /** `/OU=PVE Cluster Node/O=Proxmox Virtual Environment/CN=pve1`. */
  subject?: string | undefined;
  issuer?: string | undefined;
  /** Epoch seconds. */
  notbefore?: number | undefined;
  notafter?: number | undefined;
  pem?: string | undefined;
}

export interface PvePool {
  poolid: string;
  comment?: string | undefined;
}

export interface PveHaResource {
  sid: string;
  /** `vm`, `ct`. */
  type: string;
  state?: string | undefined;
  group?: string | undefined;
  comment?: string | undefined;
}

/** A row of `/cluster/ha/status/current`: the quorum, the master, a node's lrm, or a service. */
export interface PveHaStatus {
  /** `quorum`, `master`, `lrm:pve1`, `service:vm:101`. */
  id: string;
  type: string;
  sid?: string | undefined;
  node?: string | undefined;
  status?: string | undefined;
  /** State of a service as the manager sees it. */
  state?: string | undefined;
  requestState?: string | undefined;
  crmState?: string | undefined;
  quorate?: boolean | undefined;
}

/**
 * The calls of ProxmoxClient. One method per endpoint; every one takes a signal, throws only AppError, and reads only.
 * Tests of layers above use the real client against the lab: this interface is for types, not for doubles.
 */
export interface CallOptions {
  signal?: AbortSignal | undefined;
}

export interface PveBackupJob {
  id: string;
  enabled: boolean;
  all: boolean;
  /** vmids. */
  vmids: readonly string[];
  exclude: readonly string[];
  pool?: string | undefined;
  node?: string | undefined;
}

/** Times in seconds since 1970; 0: it does not end. */
export interface PveUser {
  expire: number;
  /** By the name after the `!`. */
  tokens: Readonly<Record<string, { expire: number }>>;
}

/** Of the system inside a guest, in its own words. */
export interface PveInterface {
  name: string;
  mac?: string | undefined;
  addresses: readonly { address: string; prefix?: number | undefined }[];
}

export interface PveOsInfo {
  name?: string | undefined;
  /** `Debian GNU/Linux 12 (bookworm)` */
  prettyName?: string | undefined;
  versionId?: string | undefined;
}
