import {
  DriverAdapterError,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
  type SqlQuery,
  type Transaction,
} from '@prisma/driver-adapter-utils';
import type Database from 'better-sqlite3';
import { Mutex } from './mutex.ts';
import type { RunForEach } from './row-statements.ts';
import { openDriver } from './sqlite-driver.ts';
import { toDriverError } from './sqlite-errors.ts';
import { declaredType, fromSqlite, inferredType, toSqlite } from './sqlite-values.ts';

export const BUSY_TIMEOUT_MS = 15_000;

/**
 * Prisma driver adapter for better-sqlite3 (see sqlite-driver.ts for its releases).
 *
 * Not @prisma/adapter-better-sqlite3, because that one
 * - depends on better-sqlite3 12 only, which aborts the process on Node 24.19 and later;
 * - opens transactions with a deferred BEGIN, so one that reads and then writes fails at once with
 *   SQLITE_BUSY(_SNAPSHOT) when another process is writing: busy_timeout does not apply there;
 * - never gives its mutex back when BEGIN fails.
 */
export class SqliteFactory implements SqlMigrationAwareDriverAdapterFactory {
  readonly provider = 'sqlite';
  readonly adapterName = 'better-sqlite3';
  readonly #file: string;
  readonly #busyTimeoutMs: number;

  constructor(file: string, busyTimeoutMs = BUSY_TIMEOUT_MS) {
    this.#file = file;
    this.#busyTimeoutMs = busyTimeoutMs;
  }

  async connect(): Promise<SqlDriverAdapter> {
    return sqliteAdapter(openSqliteFile(this.#file, { timeout: this.#busyTimeoutMs }));
  }

  async connectToShadowDb(): Promise<SqlDriverAdapter> {
    return sqliteAdapter(openSqliteFile(':memory:'));
  }
}

/** Opens a file. SQLite itself opens a write-protected one read-only. Throws DriverAdapterError. */
export function openSqliteFile(file: string | Buffer, options: Database.Options = {}): Database.Database {
  return guarded(() => {
    const db = openDriver(file, { timeout: BUSY_TIMEOUT_MS, ...options });
    // SQLite's own default, 2 MB. better-sqlite3 uses 16, which a run fills; the system caches the file's pages anyway.
    db.pragma('cache_size = -2000');
    return db;
  });
}

/** {@link RunForEach} on a connection. Throws DriverAdapterError. */
export function runForEachOn(db: Database.Database): RunForEach {
  return (sql, rows) =>
    guarded(() => {
      const statement = db.prepare(sql);
      let changes = 0;
      for (const row of rows) changes += statement.run(row).changes;
      return changes;
    });
}

/** Takes ownership of the connection, and closes it on disposal. */
export function sqliteAdapter(db: Database.Database): SqlDriverAdapter {
  db.defaultSafeIntegers(true);
  const mutex = new Mutex();
  const queryable = {
    provider: 'sqlite' as const,
    adapterName: 'better-sqlite3',
    queryRaw: async (query: SqlQuery) => guarded(() => queryRows(db, query)),
    executeRaw: async (query: SqlQuery) => guarded(() => db.prepare(query.sql).run(...boundValues(query)).changes),
  };
  const run = async (sql: string): Promise<void> => guarded(() => void db.exec(sql));
  return {
    ...queryable,
    executeScript: run,
    startTransaction: async (isolationLevel): Promise<Transaction> => {
      if (isolationLevel !== undefined && isolationLevel !== 'SERIALIZABLE') {
        throw new DriverAdapterError({ kind: 'InvalidIsolationLevel', level: isolationLevel });
      }
      const release = await mutex.acquire();
      try {
        await run('BEGIN IMMEDIATE');
      } catch (error) {
        release();
        throw error;
      }
      return {
        ...queryable,
        options: { usePhantomQuery: false },
        // Prisma itself sends COMMIT and ROLLBACK through executeRaw; these only release the lock. If the disk is full or
        // broken, SQLite rolls back by itself and Prisma's own ROLLBACK fails: the lock is released anyway.
        commit: async () => release(),
        rollback: async () => release(),
        createSavepoint: (name) => run(`SAVEPOINT ${name}`),
        rollbackToSavepoint: (name) => run(`ROLLBACK TO ${name}`),
        releaseSavepoint: (name) => run(`RELEASE SAVEPOINT ${name}`),
      };
    },
    dispose: async () => void db.close(),
  };
}

function queryRows(db: Database.Database, query: SqlQuery) {
  const statement = db.prepare<unknown[], unknown[]>(query.sql);
  if (!statement.reader) {
    statement.run(...boundValues(query));
    return { columnNames: [], columnTypes: [], rows: [] };
  }
  const columns = statement.columns();
  const values = statement.raw().all(...boundValues(query));
  const columnTypes = columns.map(({ type }, i) => declaredType(type) ?? inferredType(values, i));
  return {
    columnNames: columns.map(({ name }) => name),
    columnTypes,
    rows: values.map((row) => row.map((value, i) => fromSqlite(value, columnTypes[i]))),
  };
}

function boundValues(query: SqlQuery): unknown[] {
  return query.args.map((arg, i) => toSqlite(arg, query.argTypes[i]));
}

function guarded<T>(use: () => T): T {
  try {
    return use();
  } catch (error) {
    throw toDriverError(error);
  }
}
