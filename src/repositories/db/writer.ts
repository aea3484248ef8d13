import type { SqlDriverAdapter, Transaction } from '@prisma/driver-adapter-utils';
import type { DatabaseProvider } from '../../types/migration.ts';
import { type ReadQuery, toRows, toSqlQuery } from './reader.ts';
import type { Row } from './row.ts';
import type { SqlTransaction } from './sql-transaction.ts';
import { uncarried } from './watched-adapter.ts';

/** Writes by SQL over the driver's adapter, without the client of Prisma: loading that costs more than most runs write. */
export class Writer {
  readonly provider: DatabaseProvider;
  readonly #adapter: Pick<SqlDriverAdapter, 'startTransaction'>;

  constructor(provider: DatabaseProvider, adapter: Pick<SqlDriverAdapter, 'startTransaction'>) {
    this.provider = provider;
    this.#adapter = adapter;
  }

  /** One statement `… RETURNING …` in a transaction of its own: what it gives for each row. Throws AppError `database`. */
  async write<T>(query: ReadQuery, toValue: (row: Row) => T): Promise<T[]> {
    return this.transaction((tx) => tx.list(query, toValue));
  }

  /** Commits what `work` did, or nothing of it where it throws. Throws AppError `database`, and what `work` throws. */
  async transaction<T>(work: (tx: SqlTransaction) => Promise<T>): Promise<T> {
    try {
      return await committed(await this.#adapter.startTransaction(), work);
    } catch (error) {
      throw uncarried(error);
    }
  }
}

/** As the client of Prisma does it: COMMIT and ROLLBACK are statements, and then the adapter is told. */
async function committed<T>(transaction: Transaction, work: (tx: SqlTransaction) => Promise<T>): Promise<T> {
  try {
    const done = await work(sqlOver(transaction));
    await transaction.executeRaw(toSqlQuery({ sql: 'COMMIT' }));
    await transaction.commit();
    return done;
  } catch (error) {
    // What failed counts, not that a connection which broke cannot be rolled back either.
    await transaction.executeRaw(toSqlQuery({ sql: 'ROLLBACK' })).catch(() => undefined);
    await transaction.rollback();
    throw error;
  }
}

function sqlOver(transaction: Transaction): SqlTransaction {
  return {
    execute: (sql, ...values) => transaction.executeRaw(toSqlQuery({ sql, values })),
    list: async (query, toValue) => toRows(await transaction.queryRaw(toSqlQuery(query)), query, toValue),
  };
}
