import { setImmediate as nextTurn } from 'node:timers/promises';
import * as z from 'zod';
import { atMost, MAX_ROWS, type RowLimit } from '../limits.ts';
import { isRecord } from './primitives.ts';

export interface Rows<T> {
  rows: T[];
  /** Rows whose identity could not be read. */
  unreadable: number;
  /** As many as the server sent. */
  received: number;
}

/** Rows that are decoded in one turn of the event loop; longer lists take several, so their schema is asynchronous. */
export const ROWS_AT_ONCE = 2_000;

/**
 * A list whose unreadable rows are counted instead of failing it. A row that decodes to null is not meant for this list.
 * Throws Oversize for more rows than the limit.
 */
export function rowsOf<T>(
  row: z.ZodType<T | null>,
  limit: RowLimit = { rows: MAX_ROWS, of: 'rows' },
): z.ZodType<Rows<T>> {
  return z.array(z.unknown()).transform((items) => decodeRows(row, atMost(limit, items)));
}

/** A promise only where there are more rows than are decoded at once. */
export function decodeRows<T>(row: z.ZodType<T | null>, items: readonly unknown[]): Rows<T> | Promise<Rows<T>> {
  const read: Rows<T> = { rows: [], unreadable: 0, received: items.length };
  if (items.length > ROWS_AT_ONCE) return decodeInTurns(row, items, read);
  decodeInto(read, row, items);
  return read;
}

async function decodeInTurns<T>(row: z.ZodType<T | null>, items: readonly unknown[], read: Rows<T>): Promise<Rows<T>> {
  for (let start = 0; start < items.length; start += ROWS_AT_ONCE) {
    if (start > 0) await nextTurn();
    decodeInto(read, row, items.slice(start, start + ROWS_AT_ONCE));
  }
  return read;
}

function decodeInto<T>(read: Rows<T>, row: z.ZodType<T | null>, items: readonly unknown[]): void {
  for (const item of items) {
    const decoded = row.safeParse(item);
    if (!decoded.success) read.unreadable += 1;
    else if (decoded.data !== null) read.rows.push(decoded.data);
  }
}

/** A row whose fields its transform reads itself. */
export const rowRecord = z.custom<Readonly<Record<string, unknown>>>(isRecord);

/** Fails a row within a transform. */
export function unreadable(context: z.RefinementCtx, field: string): never {
  context.addIssue(`no ${field}`);
  return z.NEVER;
}
