import type { AuditRecord } from './audit-record.ts';
import type { RolledBack } from './details.ts';
import type { Document } from './document.ts';
import type { GuestIdentity, GuestKind, GuestTelemetry } from './guest.ts';
import type { NodeTelemetry } from './node.ts';
import type { Coverage, ResourceScope } from './presence.ts';
import type { Section } from './section.ts';

/** Anything that was seen and should be told: which scope, what was wrong, what to do. */
export interface Issue {
  code: string;
  message: string;
  hint?: string;
  scope?: string;
}

/**
 * What a run saw of one scope. Names: `nodes`, `guests` (the cluster-wide listing), `guests/pve2` (power state as its node
 * tells it), `config/pve2` (configurations of that node's guests), `storage`, `tasks/pve2`, `log`, `permissions`.
 */
export interface ScopeReport {
  scope: string;
  coverage: Coverage;
  /** How many things were read. */
  count: number;
  /** Why the coverage is not complete, in one line. */
  message?: string;
  hint?: string;
  /** Privileges that would make it complete, with the path of each. */
  missing?: readonly string[];
  /** ISO 8601: since when it has not been complete. Set by the comparison with the stored state. */
  since?: string;
}

/** Who answers: compared with the stored one before anything is written. */
export interface ClusterIdentity {
  /** null for a host that is in no cluster. */
  clusterName: string | null;
  /** Sorted. */
  nodeNames: readonly string[];
  /** SHA-256 of pve-root-ca.pem, `AA:BB:…`, which no two clusters share; null when it could not be read. */
  rootCa: string | null;
  /** SHA-256 of server certificates that are known to be this cluster's. */
  certificates: readonly string[];
  /** The system's own id, which no two systems share; absent where it has none. */
  systemId?: string;
}

export interface GuestObservation {
  kind: GuestKind;
  nativeId: string;
  vmid: number | null;
  node: string;
  /** Present fields only. */
  document: Document;
  complete: ReadonlySet<Section>;
  identity: GuestIdentity;
  lock: string | null;
  /** As configured; as the lists tell where the configuration was not read or does not say. */
  cpus: number | null;
  memoryBytes: number | null;
  diskBytes: number | null;
  bootDiskBytes: number | null;
  telemetry: GuestTelemetry | null;
  /** Set when nothing of this guest can be trusted in this run, though it is listed: its node is down. */
  unobservable: string | null;
  /**
   * Where the power state comes from: `live` the guest's own node, `broadcast` /cluster/resources, which lags by up to
   * 10 s, so a change may have happened that long before the previous observation.
   */
  powerSource: 'live' | 'broadcast' | 'none';
  /** Values as an earlier version stored the same texts: no change when they are stored. */
  former?: Document;
  /** Set when the power state in the document may be another one; a new guest takes it all the same. */
  powerDoubt?: PowerDoubt;
}

/**
 * `pause`: a list without QEMU's own state cannot tell a paused machine from a running one. `all`: an operation holds the guest
 * (a backup, a migration), so the state of before it is the guest's.
 */
export type PowerDoubt = 'pause' | 'all';

export interface NodeObservation {
  name: string;
  status: 'online' | 'offline' | 'unknown';
  document: Document;
  /** Whether the document is whole (rights, quorum, node online). */
  isComplete: boolean;
  /** Whether HA has it in maintenance; null or absent: not told. */
  isInMaintenance?: boolean | null;
  telemetry: NodeTelemetry | null;
  unobservable: string | null;
}

export interface StorageObservation {
  name: string;
  /** With `disabled` of one that is switched off. */
  document: Document;
  /** Set when the document is only what the definition says: other fields stay as they were. */
  isPartial?: boolean;
  onNodes: readonly ObservedOnNode[];
}

export interface ObservedOnNode {
  node: string;
  /** `available`, `unknown`. */
  status: string;
  totalBytes: number | null;
  usedBytes: number | null;
  /** Set when the node tells nothing of its storages: it is off, or has just started. */
  isUntold?: boolean;
}

/** The token's effective rights: path → privilege → whether it propagates. From `/access/permissions`. */
export type Permissions = Readonly<Record<string, Readonly<Record<string, boolean>>>>;

/** The extent of a partial read. */
export interface PartialRead {
  /** The guests that were read, as `qemu/100`, including vanished ones. The observation says nothing about others. */
  guests: ReadonlySet<string>;
  /** Number of guests in the cluster's listing. */
  listedCount: number;
  /** Whether every new guest of the listing was read, so that guests which appear later were created later. */
  isSettled: boolean;
}

/** Everything one run saw of one provider. Nothing in it is a secret. */
export interface Observation {
  /** Our clock, when the listing was asked for. */
  startedAt: Date;
  observedAt: Date;
  /** Server's clock minus ours, from the Date header; null when not measured. */
  clockSkewMs: number | null;
  requested: readonly ResourceScope[];
  identity: ClusterIdentity;
  /** pve-manager's version at the endpoint. */
  version: string | null;
  /** null: a single host without cluster, or not told. */
  quorate: boolean | null;
  /** Why a node that is not in `identity` may be a member all the same; absent: the cluster told all of them. */
  membersDoubt?: string;
  /** null when `/access/permissions` could not be read. */
  permissions: Permissions | null;
  scopes: readonly ScopeReport[];
  nodes: readonly NodeObservation[];
  guests: readonly GuestObservation[];
  storages: readonly StorageObservation[];
  /** Names of all storages that are defined, listed or not; absent when the definitions could not be read. */
  definedStorages?: readonly string[];
  /** What the platform recorded of actions and was not stored before. */
  records: readonly AuditRecord[];
  /** What is known of them stays as it is. */
  unidentified?: readonly UnidentifiedGuest[];
  warnings: readonly Issue[];
  /** What rollbacks brought back, where it was read, by `qemu/100`. */
  rollbacks?: ReadonlyMap<string, RolledBack>;
  /** Set if only some guests were read. */
  partialRead?: PartialRead;
}

/** A listed guest whose id could not be read, or is that of several. */
export interface UnidentifiedGuest {
  /** As {@link GuestIdentity.handle}. */
  handle: string;
  /** The id that several have; absent: it could not be read. */
  nativeId?: string;
  /** null: it could not be read either. */
  name?: string | null;
  /** In a sentence after "it is listed, but". */
  reason: string;
}

/** What asking for one absent guest said. `exists`: the listing was short; `gone`: its id is free; `unknown`: no answer. */
export type AbsenceProbe = 'exists' | 'gone' | 'unknown';
