import type { PveGuestResource, PveLogLine } from '../../api/pve-types.ts';
import type { GuestKind } from '../../types/guest.ts';
import type { FeedCursor } from '../provider.ts';

/** What is compared of a row of /cluster/resources from one look to the next. */
export interface Trace {
  kind: GuestKind;
  vmid: number;
  node: string;
  /** `unknown` never replaces a known one: it says that its node is silent. */
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

/** What has to be read of a guest. */
export interface Needs {
  config: boolean;
  power: boolean;
  /** The token's rights, without which a field that went may be hidden. */
  rights: boolean;
}

/** A guest that the feeds mention. */
export interface Mention extends Needs {
  kind: GuestKind;
  vmid: number;
  /** null: it is not listed any more. */
  row: PveGuestResource | null;
  /** Whether it was not listed before. */
  isNew: boolean;
  reasons: readonly string[];
  /** Nodes whose tasks may explain it. */
  nodes: readonly string[];
}

/**
 * Locks of guests that are being made or written over, whose configuration is a stub meanwhile.
 * Source: qemu-server src/PVE/API2/Qemu.pm create_vm and clone_vm, create_and_lock_config.
 */
export const FLUX_LOCKS = ['create', 'clone', 'rollback'] as const;

export function isInFlux({ row }: Pick<Mention, 'row'>): boolean {
  return FLUX_LOCKS.some((lock) => lock === row?.lock);
}

/**
 * What a guest was read to be. A row that comes to say the same later, as rows do by up to 10 s, is no news; one that says
 * something else for longer is.
 */
export interface Learned {
  at: Date;
  fields: Partial<Pick<Trace, 'status' | 'name' | 'tags' | 'template' | 'maxcpu' | 'maxmem' | 'maxdisk'>>;
}

/** How far the feed of what was done has been read: the cluster log, or without the right to it the list of tasks. */
export interface Trail {
  source: 'log' | 'tasks';
  /** Lines as `node/time/uid`, or UPIDs of tasks that have ended, with the time of each in epoch seconds. */
  seen: ReadonlyMap<string, number>;
}

export interface FeedState {
  takenAt: Date;
  traces: ReadonlyMap<string, Trace>;
  /** Status by name. */
  nodes: ReadonlyMap<string, string>;
  storages: string;
  trail: Trail;
  /** Guests still to be looked at. */
  mentions: ReadonlyMap<string, Mention>;
  learned: ReadonlyMap<string, Learned>;
  /** Lines of the log as they came last, for finding out who did what. */
  lines: readonly PveLogLine[];
  /** Whether the listing could be read whole. */
  isWhole: boolean;
}

/** Never changed: what could not be stored is found again from the cursor before. */
export class ProxmoxCursor implements FeedCursor {
  readonly takenAt: Date;
  readonly state: FeedState;

  constructor(state: FeedState) {
    this.takenAt = state.takenAt;
    this.state = state;
  }
}
