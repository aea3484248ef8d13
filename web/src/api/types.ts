import type { Host, Operation, Run } from '../../../src/protocol/resources.ts';
import type { ChangeEvent, ChangeKind, Confidence, ResourceType } from '../../../src/types/history.ts';

export type Value = string | number | boolean | readonly string[];
export type Facts = Readonly<Record<string, Value>>;

/** As `show-changes -o json` prints it; times in ISO 8601. */
export interface ChangeRecord {
  rev: number;
  seq: number;
  runId: string;
  provider: string;
  resourceType: ResourceType;
  resourceKind: string;
  resourceId: string;
  vmid: number | null;
  name: string | null;
  kind: ChangeKind;
  event: ChangeEvent | null;
  path: string | null;
  before: Value | Facts | null;
  after: Value | Facts | null;
  actor: string | null;
  token: string | null;
  via: string | null;
  ref: string | null;
  confidence: Confidence;
  observedAt: string;
  effectiveAt: string | null;
  notBefore: string | null;
  isPruned: boolean;
}

export interface GuestDisk {
  name: string;
  storage: string | null;
  bytes: number | null;
  format: string | null;
}

export interface GuestNetwork {
  name: string;
  bridge: string | null;
  vlan: number | null;
  mac: string | null;
}

export interface GuestSnapshot {
  name: string;
  at: string | null;
}

/** As `show -o json` prints it. */
export interface HostDetails {
  id: string;
  providerId: string;
  providerName: string;
  kind: Host['kind'];
  vmid: number | null;
  nativeId: string;
  name: string | null;
  node: string;
  status: string;
  presence: 'present' | 'unobservable' | 'gone';
  presenceReason: string | null;
  isTemplate: boolean;
  tags: readonly string[];
  pool: string | null;
  lock: string | null;
  cpus: number | null;
  memoryBytes: number | null;
  diskBytes: number | null;
  osType: string | null;
  os: { name: string; version: string | null } | null;
  addresses: readonly { address: string; interface: string | null; source: string; mac: string | null }[];
  addressesAt: string | null;
  addressesIssue: string | null;
  lastBackup: { at: string; bytes: number | null } | null;
  backupJobs: readonly string[] | null;
  telemetry: { cpu: number | null; memoryUsedBytes: number | null; uptimeSeconds: number | null } | null;
  firstSeenAt: string;
  lastSeenAt: string;
  unobservableSince: string | null;
  goneAt: string | null;
  document: Facts;
  disks: readonly GuestDisk[];
  networks: readonly GuestNetwork[];
  snapshots: readonly GuestSnapshot[];
}

export interface HostPage {
  hosts: readonly Host[];
  /** null: that was all. */
  nextCursor: string | null;
}

export type ProviderRun = Run & { providerId: string; providerName: string };

export interface Session {
  /** null: nobody has logged in. */
  name: string | null;
  displayName: string | null;
  role: 'viewer' | 'operator' | 'admin';
  csrfToken: string | null;
  /** Without users: read-only access for the local user. */
  isLocal: boolean;
  oidc: { label: string; url: string } | null;
}

export type { Operation };
