import type { SqlDriverAdapter, Transaction } from '@prisma/driver-adapter-utils';
import type { DatabaseProvider } from '../../types/migration.ts';
import { type ReadQuery, toRows, toSqlQuery } from './reader.ts';
import type { Row } from './row.ts';
import type { SqlTransaction } from './sql-transaction.ts';
import { uncarried } from './watched-adapter.ts';

/** Writes by SQL over the driver adapter, without Prisma's client: loading it costs more than most runs write. */
export class Writer {
  readonly provider: DatabaseProvider;
  readonly #adapter: Pick<SqlDriverAdapter, 'startTransaction'>;

  constructor(provider: DatabaseProvider, adapter: Pick<SqlDriverAdapter, 'startTransaction'>) {
    this.provider = provider;
    this.#adapter = adapter;
  }

  /** Runs one statement `… RETURNING …` in its own transaction and returns its rows. Throws AppError `database`. */
  async write<T>(query: ReadQuery, toValue: (row: Row) => T): Promise<T[]> {
    return this.transaction((tx) => tx.list(query, toValue));
  }

  /** Commits the writes of `work`, or none if it throws. Throws AppError `database`, and the errors of `work`. */
  async transaction<T>(work: (tx: SqlTransaction) => Promise<T>): Promise<T> {
    try {
      return await committed(await this.#adapter.startTransaction(), work);
    } catch (error) {
      throw uncarried(error);
    }
  }
}

/** Like Prisma's client: COMMIT and ROLLBACK are statements, and then the adapter is notified. */
async function committed<T>(transaction: Transaction, work: (tx: SqlTransaction) => Promise<T>): Promise<T> {
  try {
    const done = await work(sqlOver(transaction));
    await transaction.executeRaw(toSqlQuery({ sql: 'COMMIT' }));
    await transaction.commit();
    return done;
  } catch (error) {
    // The first error counts, not that a broken connection cannot be rolled back.
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
