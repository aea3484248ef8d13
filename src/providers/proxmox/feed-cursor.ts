import type { PveGuestResource, PveLogLine } from '../../api/pve-types.ts';
import type { AppError } from '../../types/errors.ts';
import type { GuestKind } from '../../types/guest.ts';
import type { FeedCursor } from '../provider.ts';

/** The fields of a guest's row in /cluster/resources that one poll compares with the next. */
export interface FeedRow {
  kind: GuestKind;
  vmid: number;
  node: string;
  /** `unknown` means that the node is silent. It never replaces a known status. */
  status: string;
  name: string | undefined;
  tags: string;
  template: boolean;
  pool: string;
  lock: string;
  ha: string;
  maxcpu: number | undefined;
  maxmem: number | undefined;
  maxdisk: number | undefined;
}

/** Which parts of a guest have to be read. */
export interface Needs {
  config: boolean;
  power: boolean;
  /** The token's rights, which tell a removed field or guest from a hidden one. */
  rights: boolean;
}

/** A guest that changed according to the feeds and has to be read. */
export interface GuestToRead extends Needs {
  kind: GuestKind;
  vmid: number;
  /** null if the guest is no longer listed. */
  row: PveGuestResource | null;
  /** Whether the previous poll did not list it. */
  isNew: boolean;
  reasons: readonly string[];
  /** Nodes whose tasks may explain the change. */
  nodes: readonly string[];
}

/**
 * Locks of guests that are being created or overwritten. Until the lock is released, the configuration is a stub.
 * Source: qemu-server src/PVE/API2/Qemu.pm create_vm and clone_vm, create_and_lock_config.
 */
export const FLUX_LOCKS = ['create', 'clone', 'rollback'] as const;

export function isInFlux({ row }: Pick<GuestToRead, 'row'>): boolean {
  return FLUX_LOCKS.some((lock) => lock === row?.lock);
}

/**
 * Values that were read from the guest itself. Rows lag by up to 10 s: a row that shows these values later is not a change, and
 * a row that still differs after that time is one.
 */
export interface Learned {
  at: Date;
  fields: Partial<Pick<FeedRow, 'status' | 'name' | 'tags' | 'template' | 'maxcpu' | 'maxmem' | 'maxdisk'>>;
}

/** How far the activity feed has been read: the cluster log, or the list of tasks if the token may not read the log. */
export interface ActivityCursor {
  source: 'log' | 'tasks';
  /** Log lines as `node/time/uid`, or UPIDs of ended tasks, each with its time in epoch seconds. */
  seen: ReadonlyMap<string, number>;
}

export interface FeedState {
  takenAt: Date;
  rows: ReadonlyMap<string, FeedRow>;
  /** Status by name. */
  nodes: ReadonlyMap<string, string>;
  storages: string;
  activity: ActivityCursor;
  /** Guests that have not been read since they changed. */
  toRead: ReadonlyMap<string, GuestToRead>;
  learned: ReadonlyMap<string, Learned>;
  /** The log lines of the last poll, used to find who made a change. */
  lines: readonly PveLogLine[];
  /** Whether every row of the listing could be read. */
  isWhole: boolean;
  /** Why the log could not be read for it; absent: it was, or is asked again by the next poll. */
  logError?: AppError;
  /** Whether guests are listed that are not known and not to be read; absent: none are. */
  hasUnreadNew?: boolean;
}

/** Immutable: if a change could not be stored, the next poll from the same cursor finds it again. */
export class ProxmoxCursor implements FeedCursor {
  readonly takenAt: Date;
  readonly state: FeedState;

  constructor(state: FeedState) {
    this.takenAt = state.takenAt;
    this.state = state;
  }
}
