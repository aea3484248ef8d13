import type { DbTransaction } from './connection.ts';
import type { ReadQuery } from './reader.ts';
import { type Row, rowsOf } from './row.ts';

/** Sends a statement, within a transaction or not. */
export type ListRows = <T>(query: ReadQuery, toValue: (row: Row) => T) => Promise<T[]>;

/** SQL in an open transaction of {@link Writer.transaction} or of Prisma's client. */
export interface SqlTransaction {
  /** Returns the number of written rows. Pass dates by `dateParameter`, JSON by `bulkJson`. */
  execute(sql: string, ...values: readonly unknown[]): Promise<number>;
  /** Rows of a SELECT, or of a statement `… RETURNING …`. */
  list: ListRows;
}

/** SQL in a transaction of the client, or outside of a transaction. */
export function sqlOf(client: Pick<DbTransaction, '$executeRawUnsafe' | '$queryRawUnsafe'>): SqlTransaction {
  return {
    execute: (sql, ...values) => client.$executeRawUnsafe(sql, ...values),
    list: async ({ sql, values = [], noun, key = ['id'] }, toValue) =>
      rowsOf(await client.$queryRawUnsafe<object[]>(sql, ...values), { noun, key }).map(toValue),
  };
}
