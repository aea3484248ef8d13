import { accessSync, closeSync, constants, mkdirSync, openSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { DriverAdapterError } from '@prisma/driver-adapter-utils';
import type Database from 'better-sqlite3';
import type { OpenedAdapter, OpenOptions } from './connection.ts';
import { databaseError } from './database-errors.ts';
import { ensureMeta } from './meta.ts';
import { isUpToDate } from './migration-state.ts';
import { BUSY_TIMEOUT_MS, openSqliteFile, runForEachOn, sqliteAdapter } from './sqlite-adapter.ts';
import { watchedAdapter } from './watched-adapter.ts';

type SqliteOptions = Required<OpenOptions>;

export async function openSqlite(
  file: string,
  { busyTimeoutMs = BUSY_TIMEOUT_MS, onStatement = () => undefined }: OpenOptions,
): Promise<OpenedAdapter> {
  try {
    createPrivately(file);
    return await openAdapter(file, { busyTimeoutMs, onStatement });
  } catch (error) {
    throw databaseError(file, error);
  }
}

/** Folder 0700, file 0600; SQLite gives -wal and -shm the mode of the file. Existing files keep their mode. */
function createPrivately(file: string): void {
  // Closing a descriptor of a file that SQLite has open would drop SQLite's locks (POSIX), so this is done only for a new
  // file.
  if (statSync(file, { throwIfNoEntry: false })) return;
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  closeSync(openSync(file, 'a', 0o600));
}

async function openAdapter(file: string, options: SqliteOptions): Promise<OpenedAdapter> {
  if (!isWritable(file) && !hasWal(file)) return prepared(file, openCopy(file), options);
  try {
    return await prepared(file, openSqliteFile(file, { timeout: options.busyTimeoutMs }), options);
  } catch (error) {
    // In WAL mode even a reader creates files in the folder.
    const code = error instanceof DriverAdapterError ? error.cause.originalCode : undefined;
    if (code !== 'SQLITE_READONLY_DIRECTORY' && code !== 'SQLITE_CANTOPEN') throw error;
    if (hasWal(file)) throw error;
    return prepared(file, openCopy(file), options);
  }
}

/** Migrates the database, and creates its meta row. */
async function prepared(file: string, database: Database.Database, options: SqliteOptions): Promise<OpenedAdapter> {
  const inner = sqliteAdapter(database);
  try {
    const { sqlite: migrations } = await import('../../generated/migrations.ts');
    if (!(await isUpToDate(inner, migrations))) {
      const { migrateSqlite } = await import('./migrate-sqlite.ts');
      migrateSqlite(openSqliteFile(file, { timeout: options.busyTimeoutMs }), migrations);
    }
    const meta = await ensureMeta(inner);
    const watch = { onStatement: options.onStatement, toError: (error: unknown) => databaseError(file, error) };
    return { meta, ...watchedAdapter(inner, watch, runForEachOn(database)) };
  } catch (error) {
    await inner.dispose();
    throw error;
  }
}

/**
 * A copy in memory for reading. A reader of a write-protected file in WAL mode would leave write-protected -wal and -shm
 * files behind, and with them the database stays read-only after its protection is removed.
 */
export function openCopy(file: string): Database.Database {
  const bytes = readFileSync(file);
  // Bytes 18 and 19 of the header are 2 for WAL, which a database in memory cannot use. Source: sqlite.org/fileformat2.html
  if (bytes.length >= 100) bytes.fill(1, 18, 20);
  return openSqliteFile(bytes, { readonly: true });
}

export function isWritable(file: string): boolean {
  try {
    accessSync(file, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Whether another process has written data that is not in the file yet. */
export function hasWal(file: string): boolean {
  return (statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0;
}
