import * as z from 'zod';
import { ProblemError, problem } from './problem.ts';

export interface Page<T> {
  items: readonly T[];
  next: string | null;
}

/** By what a list is sorted, part after part; null comes last. The last part is an id, so that no two rows have the same key. */
export type SortKey = readonly (string | number | null)[];

export interface PageQuery<T> {
  cursor?: string | undefined;
  limit: number;
  keyOf: (row: T) => SortKey;
}

const cursorKey = z
  .array(z.union([z.string(), z.number(), z.null()]))
  .min(1)
  .max(8);

/**
 * The rows after a cursor, which is the key of the last row that was given: rows may come and go between two pages, and none of those
 * that stay is left out or given twice. Sorted here, because databases collate text each in their own way.
 */
export function pageOf<T>(rows: readonly T[], { cursor, limit, keyOf }: PageQuery<T>): Page<T> {
  const after = cursor === undefined ? null : fromCursor(cursor);
  const keyed = rows.map((row) => ({ row, key: keyOf(row) }));
  const left = after === null ? keyed : keyed.filter(({ key }) => compareKeys(key, after) > 0);
  const items = left.sort((a, b) => compareKeys(a.key, b.key)).slice(0, limit);
  const last = left.length > limit ? items.at(-1) : undefined;
  return { items: items.map(({ row }) => row), next: last ? toCursor(last.key) : null };
}

function toCursor(key: SortKey): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

function fromCursor(cursor: string): SortKey {
  try {
    return cursorKey.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
  } catch {
    throw new ProblemError(problem(400, 'invalid', 'The request cannot be understood', 'the cursor is none of ours'));
  }
}

/** A total order of all keys, also of one that comes from another list. */
function compareKeys(one: SortKey, other: SortKey): number {
  for (const [index, part] of one.entries()) {
    const order = compareParts(part, other[index]);
    if (order !== 0) return order;
  }
  return one.length - other.length;
}

function compareParts(one: SortKey[number], other: SortKey[number] | undefined): number {
  if (one === other) return 0;
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  if (typeof one === 'string' && typeof other === 'string') return one.localeCompare(other) || (one < other ? -1 : 1);
  return rankOf(one) - rankOf(other);
}

function rankOf(part: SortKey[number] | undefined): number {
  if (part === undefined) return 0;
  return typeof part === 'number' ? 1 : typeof part === 'string' ? 2 : 3;
}
