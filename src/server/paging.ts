import { ProblemError, problem } from './problem.ts';

export interface Page<T> {
  items: readonly T[];
  next: string | null;
}

/**
 * The rows after a cursor, which is the place and the id of the last row that was given: rows may come and go between two pages, and
 * none of those that stay is left out or given twice.
 */
export function pageOf<T extends { id: string }>(
  rows: readonly T[],
  cursor: string | undefined,
  limit: number,
): Page<T> {
  const start = cursor === undefined ? 0 : startAfter(rows, cursor);
  const items = rows.slice(start, start + limit);
  const last = items.at(-1);
  const isMore = start + limit < rows.length;
  return { items, next: isMore && last !== undefined ? toCursor(start + items.length - 1, last.id) : null };
}

function toCursor(place: number, id: string): string {
  return Buffer.from(`${place} ${id}`).toString('base64url');
}

function startAfter(rows: readonly { id: string }[], cursor: string): number {
  const [, digits, id] = /^(\d{1,9}) (\S{1,64})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (digits === undefined || id === undefined) {
    throw new ProblemError(problem(400, 'invalid', 'The request cannot be understood', 'the cursor is none of ours'));
  }
  const found = rows.findIndex((row) => row.id === id);
  // The row is gone: those after it have moved up by at most what went before them, so that a row may come twice, but none is missed.
  return found < 0 ? Math.min(Number(digits), rows.length) : found + 1;
}
