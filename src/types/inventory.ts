import type { ActionRight } from './action.ts';
import type { GuestAddress } from './addresses.ts';
import type { AuditVerb, Outcome, RecordSource } from './audit-record.ts';
import type { EndpointHealth } from './endpoint.ts';
import type { Guest, GuestKind, GuestTelemetry } from './guest.ts';
import type { InnerOs, LastBackup } from './inner-facts.ts';
import type { MachineLink } from './machine-link.ts';
import type { Node, NodeTelemetry } from './node.ts';
import type { ClusterIdentity, Issue } from './observation.ts';
import type { RunRecord } from './plan.ts';
import type { Presence } from './presence.ts';
import type { ProviderConfig } from './provider.ts';
import type { Selector } from './selector.ts';
import type { Storage } from './storage.ts';

/** One pattern or any of several. `*` and `?` are wildcards; names and tags are compared without case. */
export type Filter = string | readonly string[];

/** `all`, or the presences to list. Without one: present and unobservable. */
export type PresenceFilter = 'all' | readonly Presence[];

/** Since when a guest could not be observed, and why. */
export interface UnobservableSpan {
  since: Date;
  reason: string;
}

/** One that may be over. */
export interface EndedSpan extends UnobservableSpan {
  /** null: it lasts. */
  until: Date | null;
}

/** What is known of a guest besides its changes. */
export interface GuestLife {
  unobservable: readonly EndedSpan[];
  /** Guests that had its vmid or native id before it, oldest first. */
  previous: readonly GuestRow[];
}

export interface GuestRow extends Guest {
  providerName: string;
  /** Configured ones first, then those that the system inside told when it was last asked. */
  addresses: readonly GuestAddress[];
  /** When it told them; null: never, and for a past time. */
  addressesAt: Date | null;
  /** Why it told none when it was last asked. */
  addressesIssue: string | null;
  /** What the system inside called itself; null: never told. */
  os: InnerOs | null;
  /** null: none is known. */
  lastBackup: LastBackup | null;
  /** Ids of the enabled backup jobs that include it; null: not known, and for a past time. */
  backupJobs: readonly string[] | null;
  /** null while the guest is off or out of sight, when never told, and for a past time: figures have no history. */
  telemetry: GuestTelemetry | null;
  /** When an agent on it reported last; absent where none does, and for a past time. */
  lastReportAt?: Date;
  /** Only where it was asked for: the computer of another provider that is this machine, by what an agent on it reports. */
  managedBy?: MachineLink;
  /** The same of such a computer: the guest that it is. */
  manages?: MachineLink;
  /** The last run could not see it: everything here is as of `lastSeenAt`. */
  isStale: boolean;
}

export interface NodeRow extends Node {
  providerName: string;
  /** null while the node is down or out of sight, when never told, and for a past time. */
  telemetry: NodeTelemetry | null;
  isStale: boolean;
  /** Guests on it that are not gone; `total` includes the templates. */
  guests: { total: number; running: number; templates: number };
}

export interface StorageRow extends Storage {
  providerName: string;
  isStale: boolean;
}

/** A resource that is no guest. */
export type Resource = { kind: 'node'; row: NodeRow } | { kind: 'storage'; row: StorageRow };

/** A task or an event, as `list-tasks` prints it. */
export interface TaskRow {
  /** Id of the task, or `event/4711`. */
  upid: string;
  /** Empty where none is recorded. */
  node: string;
  pid: number | null;
  startedAt: Date;
  /** The platform's own name for what was done. */
  type: string;
  /** A vmid, a storage, or what events call a guest; empty for none. */
  id: string;
  /** null: the platform itself. */
  user: string | null;
  token: string | null;
  endedAt: Date | null;
  state: Outcome;
  exitStatus: string | null;
  providerId: string;
  providerName: string;
  /** null for a task that is about no guest that has one. */
  vmid: number | null;
  /** Name of the guest that had the id last; null when unknown. */
  guestName: string | null;
  source: RecordSource;
  verb: AuditVerb;
}

/** When `watch` syncs a provider; with neither an interval nor an expression as `watch` was told. */
export interface ProviderSchedule {
  autoDiscover: boolean;
  /** Minutes. */
  discoverInterval: number | null;
  /** A cron expression. */
  discoverCron: string | null;
}

export interface ProviderRow extends ProviderConfig {
  id: string;
  /** Empty: it is only read. */
  allow: readonly ActionRight[];
  /** null before the first run that could tell. */
  clusterName: string | null;
  nodeNames: readonly string[];
  /** The revision that recorded its settings; null: none, for it follows the environment. */
  settingsRev: number | null;
  /** Whether commands talk to it. */
  isEnabled: boolean;
  schedule: ProviderSchedule;
  createdAt: Date;
  /** Since when, and why, `watch` does not try it by itself: the credential was refused. */
  pausedAt: Date | null;
  pauseReason: string | null;
  /** Who it was at the last run; null before the first that could tell. */
  identity: ClusterIdentity | null;
  /** Set once it was removed: its history stays. */
  removedAt: Date | null;
  lastRunAt: Date | null;
  /** Start of the last run that listed all guests that the rights allow. */
  lastCompleteAt: Date | null;
}

/** A run as it is stored, with the revision it made; null when nothing changed. */
export interface StoredRun extends RunRecord {
  rev: number | null;
}

export interface IncompleteScope {
  scope: string;
  since: Date;
  /** The last run's words for it, when it read this scope. */
  issue: Issue | null;
  /** Privileges that would make it complete, with the path of each. */
  missing?: readonly string[];
}

/** Who does something since when; until when it holds unless it is renewed. */
export interface Hold {
  holder: string;
  since: Date;
  until: Date;
}

/** What `watch` knows of a provider, shared by all processes that watch. */
export interface WatchState {
  /** The process that looks after it; it is gone when `until` is past. */
  watcher: Hold | null;
  /** Runs that failed in a row, and when it is tried again. */
  failures: number;
  retryAt: Date | null;
  pausedAt: Date | null;
  pauseReason: string | null;
}

export interface HeldGuest {
  guestId: string;
  kind: GuestKind;
  nativeId: string;
  vmid: number | null;
  name: string | null;
  firstHeldAt: Date;
  runs: number;
  reason: string;
}

/** What `sync-status` tells of one provider. Ages follow from the times. */
export interface ProviderStatus {
  providerId: string;
  providerName: string;
  lastRun: StoredRun | null;
  /** End of the last run that read everything that was asked for and that the rights allow. */
  lastCompleteAt: Date | null;
  /** Start of the last run that listed the guests. */
  lastListedAt: Date | null;
  schedule: ProviderSchedule;
  /** When `watch` means to sync it; null while it is paused, and when only the watcher knows its interval. */
  nextRunAt: Date | null;
  watch: WatchState;
  /** Who is syncing it at this moment. */
  lease: Hold | null;
  guests: { present: number; unobservable: number; gone: number };
  /** Scopes that the last runs could not read completely, longest first. */
  incomplete: readonly IncompleteScope[];
  /** Guests that could not be observed, grouped by the reason, most first. */
  unobservable: readonly { reason: string; count: number; since: Date | null }[];
  /** Storages that some of their nodes cannot reach. */
  unavailableStorages: readonly { name: string; nodes: readonly string[] }[];
  /** Removals that the guard holds back. */
  held: readonly HeldGuest[];
  /** Its addresses, configured ones first. */
  endpoints: readonly EndpointHealth[];
}

export interface GuestQuery {
  ids?: readonly string[];
  kinds?: readonly GuestKind[];
  /** As a sync at that time stored them. */
  at?: Date;
  provider?: Filter;
  node?: Filter;
  status?: Filter;
  tag?: Filter;
  /** A guest needs a tag for every pattern, not for any. */
  allTags?: boolean;
  pool?: Filter;
  name?: Filter;
  template?: boolean;
  selector?: Selector;
  presence?: PresenceFilter;
}

export interface NodeQuery {
  at?: Date;
  provider?: Filter;
  status?: Filter;
  name?: Filter;
  presence?: PresenceFilter;
}

export interface StorageQuery {
  at?: Date;
  provider?: Filter;
  type?: Filter;
  name?: Filter;
  /** Storages that one of these nodes reports. */
  node?: Filter;
  presence?: PresenceFilter;
}

export interface TaskQuery {
  provider?: Filter;
  /** `root@pam`, `root@pam!token`, `root@*`. */
  user?: Filter;
  /** Patterns of native types. */
  type?: Filter;
  node?: Filter;
  /** A vmid, or a reference to a guest. */
  guest?: string;
  /** Ids of the guests that are wanted. */
  guests?: ReadonlySet<string>;
  since?: Date;
  until?: Date;
  failed?: boolean;
  running?: boolean;
  /** The newest ones. Default 100. */
  limit?: number;
}

export interface GuestLookup {
  kinds?: readonly GuestKind[];
  provider?: Filter;
  at?: Date;
  includeGone?: boolean;
}
