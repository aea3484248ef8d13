import type { IsolationLevel, SqlDriverAdapter, SqlQueryable, Transaction } from '@prisma/driver-adapter-utils';
import { AppError } from '../../types/errors.ts';
import type { RunForEach } from './row-statements.ts';

/**
 * Carries an AppError through Prisma, which takes every error with a `code` for one of its own and replaces it. This
 * affects only errors of requests, not those of BEGIN and COMMIT.
 */
export class CarriedError extends Error {
  readonly carried: AppError;

  constructor(carried: AppError) {
    super(carried.message);
    this.carried = carried;
  }
}

/** The AppError inside a {@link CarriedError}; any other error unchanged. */
export function uncarried(error: unknown): unknown {
  return error instanceof CarriedError ? error.carried : error;
}

/** A hook for every statement, and the wording of its errors. */
export interface Watch {
  onStatement: (sql: string) => void;
  toError: (error: unknown) => unknown;
}

/**
 * Writers take the lock of one row first, and then read the commit of the previous writer. With a stricter default
 * isolation level of the server or role, they would fail with 40001 instead.
 */
const ISOLATION: Partial<Record<SqlDriverAdapter['provider'], IsolationLevel>> = { postgres: 'READ COMMITTED' };

/**
 * Delegates to `adapter`, and counts statements. May be disposed twice: by the client, if there is one, and by its creator.
 */
export function watchedAdapter(
  adapter: SqlDriverAdapter,
  { onStatement, toError }: Watch,
  runForEach?: RunForEach,
): { adapter: SqlDriverAdapter; statementCount: () => number; runForEach?: RunForEach } {
  let statements = 0;
  let disposal: Promise<void> | undefined;
  const watch: Watch = {
    toError,
    onStatement: (sql) => {
      statements += 1;
      onStatement(sql);
    },
  };
  const watchedOne: SqlDriverAdapter = {
    ...watchedQueryable(adapter, watch),
    executeScript: (script) => watched(watch, script, () => adapter.executeScript(script)),
    startTransaction: async (isolationLevel = ISOLATION[adapter.provider]) =>
      watchedTransaction(await watched(watch, 'BEGIN', () => adapter.startTransaction(isolationLevel)), watch),
    ...(adapter.getConnectionInfo && { getConnectionInfo: adapter.getConnectionInfo.bind(adapter) }),
    dispose: () => {
      disposal ??= adapter.dispose();
      return disposal;
    },
  };
  const each = runForEach && watchedRunForEach(runForEach, watch);
  return { adapter: watchedOne, statementCount: () => statements, ...(each && { runForEach: each }) };
}

/** Counts as one statement, regardless of the number of rows. */
function watchedRunForEach(runForEach: RunForEach, { onStatement, toError }: Watch): RunForEach {
  return (sql, rows) => {
    onStatement(sql);
    try {
      return runForEach(sql, rows);
    } catch (error) {
      throw toError(error);
    }
  };
}

function watchedQueryable(queryable: SqlQueryable, watch: Watch): SqlQueryable {
  return {
    provider: queryable.provider,
    adapterName: queryable.adapterName,
    queryRaw: (query) => watched(watch, query.sql, () => queryable.queryRaw(query)),
    executeRaw: (query) => watched(watch, query.sql, () => queryable.executeRaw(query)),
  };
}

function watchedTransaction(transaction: Transaction, watch: Watch): Transaction {
  return {
    ...watchedQueryable(transaction, watch),
    options: transaction.options,
    commit: () => watched(watch, undefined, () => transaction.commit()),
    rollback: () => watched(watch, undefined, () => transaction.rollback()),
    ...(transaction.createSavepoint && { createSavepoint: transaction.createSavepoint.bind(transaction) }),
    ...(transaction.rollbackToSavepoint && { rollbackToSavepoint: transaction.rollbackToSavepoint.bind(transaction) }),
    ...(transaction.releaseSavepoint && { releaseSavepoint: transaction.releaseSavepoint.bind(transaction) }),
  };
}

async function watched<T>(watch: Watch, sql: string | undefined, send: () => Promise<T>): Promise<T> {
  if (sql !== undefined) watch.onStatement(sql);
  try {
    return await send();
  } catch (error) {
    const reworded = watch.toError(error);
    const isOwnRequest = sql !== undefined && !/^(BEGIN|COMMIT|ROLLBACK)/.test(sql);
    throw isOwnRequest && reworded instanceof AppError ? new CarriedError(reworded) : reworded;
  }
}
