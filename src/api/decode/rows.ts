import * as z from 'zod';
import { isRecord } from './primitives.ts';

export interface Rows<T> {
  rows: T[];
  /** Rows whose identity could not be read. */
  unreadable: number;
  /** As many as the server sent. */
  received: number;
}

/** A list whose unreadable rows are counted instead of failing it. A row that decodes to null is not meant for this list. */
export function rowsOf<T>(row: z.ZodType<T | null>): z.ZodType<Rows<T>> {
  return z.array(z.unknown()).transform((items) => {
    const rows: T[] = [];
    let unreadable = 0;
    for (const item of items) {
      const decoded = row.safeParse(item);
      if (!decoded.success) unreadable += 1;
      else if (decoded.data !== null) rows.push(decoded.data);
    }
    return { rows, unreadable, received: items.length };
  });
}

/** A row whose fields its transform reads itself. */
export const rowRecord = z.custom<Readonly<Record<string, unknown>>>(isRecord);

/** Fails a row within a transform. */
export function unreadable(context: z.RefinementCtx, field: string): never {
  context.addIssue(`no ${field}`);
  return z.NEVER;
}
