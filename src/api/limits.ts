/**
 * What a server may send before it is taken for broken or hostile. All far above what Proxmox VE sends; they bound time and
 * memory, so that one server cannot stop a program that watches many.
 */

/** Of one answer, of all that one client receives at a time, and of all of one run. */
export const MAX_ANSWER_BYTES = 32 * 2 ** 20;
export const MAX_BYTES_UNDER_WAY = 96 * 2 ** 20;
export const MAX_RUN_CHARACTERS = 512 * 2 ** 20;

/** Most rows of one answer, and what they are. */
export interface RowLimit {
  rows: number;
  of: string;
}

export const MAX_NODES: RowLimit = { rows: 1_000, of: 'nodes' };
/** One for each storage on each node. */
export const MAX_STORAGES: RowLimit = { rows: 50_000, of: 'storages' };
/** Of one node, virtual networks included. */
export const MAX_BRIDGES: RowLimit = { rows: 10_000, of: 'bridges' };
export const MAX_POOLS: RowLimit = { rows: 50_000, of: 'pools' };
/** Asked for by 500, and 25 of each node. */
export const MAX_TASKS: RowLimit = { rows: 25_000, of: 'tasks' };
/** The ring of a node holds 128 KiB (pve-cluster src/pmxcfs/logger.h). */
export const MAX_LOG_LINES: RowLimit = { rows: 20_000, of: 'lines' };
/** A token may have a path for each guest. */
export const MAX_PERMISSION_PATHS: RowLimit = { rows: 200_000, of: 'paths' };
/** Of any other list, or members of an object. */
export const MAX_ROWS = 250_000;

/** Everything in one answer, and in one of its rows. */
export const MAX_VALUES = 4_000_000;
export const MAX_VALUES_IN_ROW = 5_000;
export const MAX_DEPTH = 64;

/** Of a guest's configuration, whose file has at most 1 MiB (pve-cluster src/pmxcfs/memdb.h, MEMDB_MAX_FILE_SIZE). */
export const MAX_CONFIG_KEYS = 5_000;
export const MAX_CONFIG_CHARACTERS = 5 * 2 ** 20;

/** An answer exceeds a limit; the message says which: `it has more than 250000 rows`. Stays inside src/api. */
export class Oversize extends Error {
  override readonly name = 'Oversize';
  /** How the limit is raised, where a user can do so. */
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

/** Gives the rows back, or throws Oversize. */
export function atMost<T>(limit: RowLimit, rows: readonly T[]): readonly T[] {
  if (rows.length > limit.rows) throw new Oversize(`it has more than ${limit.rows} ${limit.of}`);
  return rows;
}

export function tooManyGuests(count: number, limit: number): Oversize {
  return new Oversize(
    `it has ${count} guests, and at most ${limit} are read`,
    `If the cluster has as many, allow them with --max-guests ${count}`,
  );
}
