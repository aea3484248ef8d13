/**
 * What an answer may hold before it is taken for a mistake or an attack. Far above what Proxmox VE sends; they bound time and
 * memory, so that one server cannot stop a program that watches many.
 */

/** Of one answer: rows of its list or members of its object, and everything in them. */
export const MAX_ROWS = 250_000;
export const MAX_VALUES = 4_000_000;
export const MAX_VALUES_IN_ROW = 5_000;
export const MAX_DEPTH = 64;

/** An answer exceeds a limit; the message says which: `it has more than 250000 rows`. Stays inside src/api. */
export class Oversize extends Error {
  override readonly name = 'Oversize';
}
