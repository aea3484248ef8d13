import type { Host, Run } from '../../../src/protocol/resources.ts';
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
  status: Host['status'];
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
}

/** As `list-guests -o json` prints it. */
export type HostListRow = Omit<HostDetails, 'document'>;

export interface Page<T> {
  items: readonly T[];
  /** The cursor of the following page; null: that was all. */
  next: string | null;
}

export type ProviderRun = Run & { providerId: string };

/** Who asks, and how somebody can log in. */
export interface Session {
  /** null: nobody. */
  principal: {
    name: string;
    role: 'viewer' | 'operator' | 'admin';
    scope: { providers: string[]; pools: string[]; tags: string[] } | null;
    via: 'session' | 'token' | 'local';
  } | null;
  csrf: string | null;
  expiresAt: string | null;
  login: { hasUsers: boolean; password: boolean; oidc: { path: string; label: string } | null };
}

export type PatchEntry = readonly [path: string, before: Value | null, after: Value | null];

export interface HostDiff {
  from: string;
  to: string;
  patch: readonly PatchEntry[];
}
