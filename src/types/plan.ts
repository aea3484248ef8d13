import type { AuditRecord } from './audit-record.ts';
import type { Document } from './document.ts';
import type { Guest, GuestIdentity, GuestKind, GuestTelemetry } from './guest.ts';
import type { Explanation, PlannedChange, ResourceType } from './history.ts';
import type { Node, NodeTelemetry } from './node.ts';
import type { ClusterIdentity, Issue, Permissions, ScopeReport } from './observation.ts';
import type { PARTIAL_TRIGGERS, ResourceScope, RunOutcome, Sighting } from './presence.ts';
import type { Section } from './section.ts';
import type { Storage } from './storage.ts';

/** A removal that the guard holds back until it is confirmed. */
export interface HeldRemoval {
  guestId: string;
  firstHeldAt: Date;
  /** Complete runs in which it stayed true, this one included. */
  runs: number;
  reason: string;
}

/** What a run needs to know of a guest; what the document tells as well is not said twice. */
export interface KnownGuest extends Omit<Guest, 'status' | 'qmpstatus' | 'isTemplate' | 'tags' | 'pool' | 'osType'> {
  /** Sections of the document that were read whole at some time; what appears in another one may have been there before. */
  readSections: readonly Section[];
  /** Change rows since its last state snapshot. */
  changesSince: number;
}

/** A guest as others are compared with it. */
export interface GuestElsewhere
  extends Pick<Guest, 'id' | 'providerId' | 'kind' | 'nativeId' | 'vmid' | 'identity' | 'goneAt' | 'presence'> {
  /** Whether its provider is of another type. */
  isOfOtherPlatform?: boolean;
  isRunning?: boolean;
}

/** What is stored of a provider when a run begins. */
export interface KnownState {
  providerId: string;
  providerName: string;
  identity: ClusterIdentity | null;
  /** Who the other stored providers of this kind are; not those that never told. */
  otherProviders: readonly { name: string; identity: ClusterIdentity }[];
  permissions: Permissions | null;
  /** Present and unobservable guests. */
  guests: readonly KnownGuest[];
  /** Guests of this and other providers that are gone, and present guests of other providers: for restores and moves. */
  elsewhere: readonly GuestElsewhere[];
  nodes: readonly Node[];
  storages: readonly Storage[];
  held: readonly HeldRemoval[];
  /** Per scope: since when it has not been complete. */
  incompleteSince: Readonly<Record<string, string>>;
  /** Time of the last run that listed all guests that the rights allow. */
  lastCompleteAt: Date | null;
  /** Those that had not ended when they were last seen, and those that ended since a day before the last run; oldest first. No log lines. */
  recentRecords: readonly AuditRecord[];
  /** Which lines of the server's log are stored, from a time on; absent: not known. */
  recentLines?: RecentLines;
}

/** By {@link lineKey}. */
export interface RecentLines {
  since: Date;
  keys: ReadonlySet<string>;
}

/** What a run writes of a resource, whatever its kind. */
interface ResourceWrite extends Sighting {
  id: string;
  document: Document;
}

export interface GuestWrite extends ResourceWrite {
  kind: GuestKind;
  nativeId: string;
  vmid: number | null;
  identity: GuestIdentity;
  readSections: readonly Section[];
  changesSince: number;
  lock: string | null;
  cpus: number | null;
  memoryBytes: number | null;
  diskBytes: number | null;
  bootDiskBytes: number | null;
  /** The incarnation that this one was restored or moved from. */
  previousId: string | null;
}

export interface NodeWrite extends ResourceWrite {
  name: string;
}

export interface StorageWrite extends ResourceWrite {
  name: string;
}

/** A stored change of a guest of which nobody knows who made it, though it happened between two runs. */
export interface UnexplainedChange extends Omit<PlannedChange, 'attribution'> {
  rev: number;
  seq: number;
  /** Time of its revision. */
  observedAt: Date;
  /** When its run began to read. */
  readFrom: Date;
  notBefore: Date;
}

/** What is stored of the time that late records tell of. */
export interface Unexplained {
  changes: readonly UnexplainedChange[];
  records: readonly AuditRecord[];
}

/** A whole document to keep beside a change, so that any past state is near. */
export interface PlannedSnapshot {
  resourceType: ResourceType;
  resourceId: string;
  reason: 'created' | 'removed' | 'keyframe';
  document: Document;
}

export type RunTrigger = 'manual' | 'auto' | (typeof PARTIAL_TRIGGERS)[number];

export interface RunCounts {
  total: number;
  new: number;
  removed: number;
  existing: number;
  changed: number;
  /** Requests to the provider, repeated ones and logins included; absent of a partial run, and where nobody counted. */
  requests?: number;
}

/** One run as it is stored, whether or not anything changed. */
export interface RunRecord {
  id: string;
  providerId: string;
  trigger: RunTrigger;
  requested: readonly ResourceScope[];
  startedAt: Date;
  finishedAt: Date;
  outcome: RunOutcome;
  scopes: readonly ScopeReport[];
  counts: RunCounts;
  warnings: readonly Issue[];
  error: { code: string; message: string; hint?: string } | null;
}

/** An hour in which a run saw the guests of a provider: all that are present once it is stored. */
export interface SightingsPlan {
  /** Since 1970. */
  hour: number;
  /** Ids of guests whose power state was not read: they are present, and it is not known whether they run. */
  powerUnread: readonly string[];
  /** Ids of guests that stay present though this run did not see them. */
  unseen: readonly string[];
}

/**
 * Everything a run writes, decided before anything is written. Only what differs from the stored state is listed, so the
 * plan of an unchanged cluster has no writes but its run, its telemetry and newly read records.
 */
export interface SyncPlan {
  run: RunRecord;
  /** New identity or permissions of the provider; null: unchanged. */
  identity: ClusterIdentity | null;
  permissions: Permissions | null;
  guests: readonly GuestWrite[];
  nodes: readonly NodeWrite[];
  storages: readonly StorageWrite[];
  /** Whole set after this run; null: unchanged. */
  held: readonly HeldRemoval[] | null;
  incompleteSince: Readonly<Record<string, string>>;
  /** Set when all guests were listed that the rights allow. */
  lastCompleteAt: Date | null;
  changes: readonly PlannedChange[];
  /** Who made changes of earlier runs, as records tell that came late. */
  explanations: readonly Explanation[];
  snapshots: readonly PlannedSnapshot[];
  records: readonly AuditRecord[];
  /** null: the run does not prove which guests there were. */
  sightings: SightingsPlan | null;
  guestTelemetry: readonly ({ guestId: string } & GuestTelemetry)[];
  nodeTelemetry: readonly ({ nodeId: string } & NodeTelemetry)[];
  storageOnNodes: readonly {
    storageId: string;
    node: string;
    status: string;
    totalBytes: number | null;
    usedBytes: number | null;
  }[];
}
