import type { SqlDriverAdapter, SqlQuery, SqlResultSet, Transaction } from '@prisma/driver-adapter-utils';
import type { DatabaseProvider } from '../types/migration.ts';
import { type ReadQuery, toRows, toSqlQuery } from './reader.ts';
import type { Row } from './row.ts';
import { uncarried } from './watched-adapter.ts';

/**
 * Writes by one statement in a transaction of its own, over the driver's adapter: what has to be written before a cluster is
 * asked, so that the client of Prisma can be loaded while it answers.
 */
export class Writer {
  readonly provider: DatabaseProvider;
  readonly #adapter: Pick<SqlDriverAdapter, 'startTransaction'>;

  constructor(provider: DatabaseProvider, adapter: Pick<SqlDriverAdapter, 'startTransaction'>) {
    this.provider = provider;
    this.#adapter = adapter;
  }

  /** What a statement `… RETURNING …` gives for each row that it wrote. Throws AppError `database`. */
  async write<T>(query: ReadQuery, toValue: (row: Row) => T): Promise<T[]> {
    try {
      const transaction = await this.#adapter.startTransaction();
      return toRows(await commit(transaction, toSqlQuery(query)), query, toValue);
    } catch (error) {
      throw uncarried(error);
    }
  }
}

/** As the client of Prisma does it: COMMIT and ROLLBACK are statements, and then the adapter is told. */
async function commit(transaction: Transaction, query: SqlQuery): Promise<SqlResultSet> {
  try {
    const answer = await transaction.queryRaw(query);
    await transaction.executeRaw(toSqlQuery({ sql: 'COMMIT' }));
    await transaction.commit();
    return answer;
  } catch (error) {
    // What failed counts, not that a connection which broke cannot be rolled back either.
    await transaction.executeRaw(toSqlQuery({ sql: 'ROLLBACK' })).catch(() => undefined);
    await transaction.rollback();
    throw error;
  }
}
