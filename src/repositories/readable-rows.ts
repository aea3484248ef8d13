import { isNativeError } from 'node:util/types';

/** Three ways to the same rows: all at once, their keys only, and one by its key. */
export interface RowReader<K, R> {
  all: () => Promise<R[]>;
  /** Without the columns that may be damaged. */
  keys: () => Promise<K[]>;
  one: (key: K) => Promise<R | null>;
}

export type ReadableRow<K, R> = { row: R } | { key: K; damage: string };

/**
 * Reads rows. Should one of them hold something that is not even text or JSON where it should be, Prisma refuses them all:
 * then one after the other, with what is wrong in the place of those that cannot be read.
 */
export async function readableRows<K, R>(reader: RowReader<K, R>): Promise<ReadableRow<K, R>[]> {
  try {
    return (await reader.all()).map((row) => ({ row }));
  } catch (error) {
    unreadable(error);
  }
  const rows: ReadableRow<K, R>[] = [];
  for (const key of await reader.keys()) {
    try {
      const row = await reader.one(key);
      if (row !== null) rows.push({ row });
    } catch (error) {
      rows.push({ key, damage: unreadable(error) });
    }
  }
  return rows;
}

/** What is wrong with a row; throws everything that is no fault of a row. P2023: a value of another type than its column. */
function unreadable(error: unknown): string {
  const isMistyped = isNativeError(error) && 'code' in error && error.code === 'P2023';
  if (!isMistyped && !(error instanceof SyntaxError)) throw error;
  return `it cannot be read: ${error.message.trim().split('\n').at(-1) ?? ''}`;
}
