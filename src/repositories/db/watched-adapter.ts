import type { IsolationLevel, SqlDriverAdapter, SqlQueryable, Transaction } from '@prisma/driver-adapter-utils';
import { AppError } from '../../types/errors.ts';
import type { RunForEach } from './row-statements.ts';

/**
 * Brings an AppError through Prisma, which takes every error with a `code` for one of its own and makes another of it.
 * Only errors of requests come by there, not those of BEGIN and COMMIT.
 */
export class CarriedError extends Error {
  readonly carried: AppError;

  constructor(carried: AppError) {
    super(carried.message);
    this.carried = carried;
  }
}

/** What a {@link CarriedError} brings; any other error as it is. */
export function uncarried(error: unknown): unknown {
  return error instanceof CarriedError ? error.carried : error;
}

/** What to do with every statement, and how to word its errors. */
export interface Watch {
  onStatement: (sql: string) => void;
  toError: (error: unknown) => unknown;
}

/**
 * Writers take the lock of one row first, and then read what the one before has committed. A server or role whose default is
 * stricter would fail them with 40001 there instead.
 */
const ISOLATION: Partial<Record<SqlDriverAdapter['provider'], IsolationLevel>> = { postgres: 'READ COMMITTED' };

/** Passes everything on to `adapter`, and counts. May be disposed twice: by the client, where there is one, and by its maker. */
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

/** One statement, however many rows it is run for. */
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
