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
export const ROWS_AT_ONCE = 1_000;

/**
 * A list whose unreadable rows are counted instead of failing it. A row that decodes to null is not meant for this list.
 * Throws Oversize for more rows than the limit.
 */
export function rowsOf<T>(
  row: z.ZodType<T | null>,
  limit: RowLimit = { rows: MAX_ROWS, of: 'rows' },
): z.ZodType<Rows<T>> {
  return z.array(z.unknown()).transform((items): Rows<T> | Promise<Rows<T>> => {
    const rows = atMost(limit, items);
    return rows.length > ROWS_AT_ONCE ? decodeInTurns(row, rows) : decodeNow(row, rows);
  });
}

export function decodeNow<T>(row: z.ZodType<T | null>, items: readonly unknown[]): Rows<T> {
  const read: Rows<T> = { rows: [], unreadable: 0, received: items.length };
  for (const item of items) {
    const decoded = row.safeParse(item);
    if (!decoded.success) read.unreadable += 1;
    else if (decoded.data !== null) read.rows.push(decoded.data);
  }
  return read;
}

export async function decodeInTurns<T>(row: z.ZodType<T | null>, items: readonly unknown[]): Promise<Rows<T>> {
  const read: Rows<T> = { rows: [], unreadable: 0, received: items.length };
  for (let start = 0; start < items.length; start += ROWS_AT_ONCE) {
    if (start > 0) await nextTurn();
    const part = decodeNow(row, items.slice(start, start + ROWS_AT_ONCE));
    for (const one of part.rows) read.rows.push(one);
    read.unreadable += part.unreadable;
  }
  return read;
}

/** A row whose fields its transform reads itself. */
export const rowRecord = z.custom<Readonly<Record<string, unknown>>>(isRecord);

/** Fails a row within a transform. */
export function unreadable(context: z.RefinementCtx, field: string): never {
  context.addIssue(`no ${field}`);
  return z.NEVER;
}
