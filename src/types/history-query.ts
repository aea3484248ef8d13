import type { Document, Patch } from './document.ts';
import type { Change, ResourceType } from './history.ts';
import type { Filter, GuestRow } from './inventory.ts';

export interface ChangeQuery {
  since?: Date;
  until?: Date;
  provider?: Filter;
  /** A reference or an id; of a vmid every guest that ever had it, of a name all whose last name it is. */
  guest?: string;
  /** Ids of the guests that are wanted. */
  guests?: ReadonlySet<string>;
  /**
   * A change kind or event (`created`, `migrated`, …), or a resource (`qemu`, `vm`, `lxc`, `container`, `node`, `storage`).
   * Any of several; of words of both sorts, one of each.
   */
  kind?: string | readonly string[];
  /** `admin@pve`, `admin@pve!token`, `*@pve`, `unknown`. */
  by?: Filter;
  /** `memory`, `net*.bridge`. Changes that touch one of them. */
  path?: Filter;
  /** The id of a node or storage. */
  resource?: string;
  run?: string;
  /** Changes of later revisions only. */
  afterRev?: number;
  /** The newest ones. */
  limit?: number;
  /** Newest first; otherwise newest last. */
  reverse?: boolean;
}

/** How many resources of each kind (`node`, `qemu`, `lxc`, `storage`) a first run found. */
export type FirstSights = Readonly<Record<string, number>>;

/** What `show-vm` tells: the guest, and its last changes, newest last. */
export interface GuestHistory {
  guest: GuestRow;
  document: Document;
  history: Change[];
}

export interface GuestDiff {
  guest: GuestRow;
  from: Date;
  to: Date;
  patch: Patch;
}

export interface Problem {
  /** `revision 12`, `change 12/0`, `snapshot of qemu/100 (id) at revision 12`, `guest qemu/100 (id)`, `head`. */
  where: string;
  message: string;
}

export interface VerifyReport {
  ok: boolean;
  /** How many were checked. */
  revisions: number;
  changes: number;
  snapshots: number;
  resources: number;
  /** `12:` and the hash of revision 12, the last one: kept elsewhere, it proves later that nothing up to here was rewritten. */
  head: string;
  /** Of the kept heads that were given, those that are in the chain. */
  proved: string[];
  problems: Problem[];
}

/** The columns of the database by table: what `verify` compares with the chain. */
export interface AuditCoverage {
  covered: Readonly<Record<string, readonly string[]>>;
  /** Each with the rows, or the part of what it says, that is compared. */
  partlyCovered: Readonly<Record<string, Readonly<Record<string, string>>>>;
  notCovered: Readonly<Record<string, readonly string[]>>;
}

export type AuditReport = VerifyReport & AuditCoverage;

export interface PruneOptions {
  /** Details of changes observed before this are dropped. */
  before: Date;
  now: Date;
  dryRun?: boolean;
}

/** What a prune dropped, or would drop. */
export interface PruneReport {
  dryRun: boolean;
  before: Date;
  /** Last revision before the cut-off; 0 when there is none. */
  upToRev: number;
  /** Changes that lose their patch. */
  changes: number;
  snapshots: number;
  runs: number;
  tasks: number;
  logEntries: number;
  records: number;
  addresses: number;
  backups: number;
  /** The revision that records it; null when there was nothing to drop, and of a dry run. */
  rev: number | null;
}

/** One resource at one time: its document, null while it did not exist. */
export interface DocumentQuery {
  resourceType: ResourceType;
  id: string;
  at: Date;
}
