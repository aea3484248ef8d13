import type { AuditRecord } from './audit-record.ts';
import type { RolledBack } from './details.ts';
import type { Document } from './document.ts';
import type { GuestIdentity, GuestKind } from './guest.ts';
import type { PlannedChange } from './history.ts';

/** A change of which it is not yet known who made it. */
export interface UnattributedChange extends Omit<PlannedChange, 'attribution'> {
  /** The guest it is about; null for nodes and storages. */
  guest: {
    kind: GuestKind;
    nativeId: string;
    vmid: number | null;
    node: string;
    identity: GuestIdentity;
    /** Whether HA manages it: then root@pam's own tasks are HA's. */
    isHaManaged: boolean;
    /** Whether its generation stayed or is new, as after a rollback or a restore; absent where that cannot be told. */
    generation?: 'same' | 'new';
    /** What a rollback brought back, where that was read. */
    rolledBack?: RolledBack;
    /** As it is after the change: a line that can be read in several ways is read as the one that fits. */
    document?: Document;
  } | null;
  /** Name of the node that came to the cluster or left it. */
  node?: string;
  /** It happened after the previous observation of the fields in question, and before this one. */
  notBefore: Date | null;
  notAfter: Date;
}

/**
 * What earlier runs have read. A record that none of them has read is younger than the last of them, whatever the clocks
 * say; one that was read may still be younger than what that run saw of a guest before it read the log.
 */
export interface EarlierReads {
  /** Tasks and events that had ended, by their `ref`. */
  refs: ReadonlySet<string>;
  /** Log lines by {@link lineKey}. */
  lines: ReadonlySet<string>;
  /** Log lines from before this time are not among them. */
  linesSince: Date;
  /** Whether the last run has read the log whole. */
  isLogWhole: boolean;
  /** When the last run of the whole cluster began; null: none has. Runs about some guests leave tasks unread. */
  wholeAt: Date | null;
  /** Nodes whose tasks that run could not read. */
  nodesWithoutTasks: ReadonlySet<string>;
}

export interface EvidenceGaps {
  log: boolean;
  /** Nodes whose tasks are not all known. */
  nodes: ReadonlySet<string>;
}

/** A call that an action has sent to a guest, or was about to. Times are those of the machine that sent it. */
export interface OperationCall {
  /** `OPERATION/STEP`. */
  ref: string;
  kind: GuestKind;
  nativeId: string;
  /** The action: `set`. */
  via: string;
  actor: string | null;
  credential: string | null;
  /** Its record at the provider; null: it has none, or none is known. */
  record: string | null;
  /** By paths of the guest's document; null: removed. */
  sets: Readonly<Record<string, string | null>>;
  sentAt: Date;
  endedAt: Date | null;
  /** null: nobody knows yet whether it was done. */
  isDone: boolean | null;
}

/** What the server says about who did what. Times are the server's. */
export interface Evidence {
  records: readonly AuditRecord[];
  /** What actions have done to guests, as this program knows it; absent: nothing. */
  calls?: readonly OperationCall[];
  /** Server's clock minus ours; windows are shifted by it. */
  clockSkewMs: number;
  /** How far the skew may be off, both ways; absent: not at all. */
  clockErrorMs?: number;
  /** When this run began to read, by our clock; absent: it took no time. */
  startedAt?: Date;
  /** Absent: records are placed by their time alone. */
  earlier?: EarlierReads;
  /** What this run could not read whole: another record may be there that it does not know. Absent: nothing. */
  gaps?: EvidenceGaps;
  /** Guests by vmid as they were before this run, for finding the source of a clone. */
  sources: readonly { kind: GuestKind; vmid: number | null; identity: GuestIdentity; name: string | null }[];
}
