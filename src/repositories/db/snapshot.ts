import { statSync } from 'node:fs';
import { AppError } from '../../types/errors.ts';
import type { DatabaseProvider } from '../../types/migration.ts';
import { databaseError } from './database-errors.ts';
import { type DatabaseAddress, parseDatabaseUrl } from './database-url.ts';
import { hasWal, isWritable, openCopy } from './open-sqlite.ts';
import { openSqliteFile } from './sqlite-adapter.ts';

/** As the drivers give it: PostgreSQL's values all as text. */
export type Cell = string | number | bigint | null;
export type SnapshotRow = Readonly<Record<string, Cell>>;

/** A database as it is at one moment, for reading: what others write meanwhile is not seen, and nobody waits for it. */
export interface Snapshot {
  readonly provider: DatabaseProvider;
  /** Without the password. */
  readonly label: string;
  /** Throws AppError `database`. */
  query(sql: string, values?: readonly Cell[]): Promise<readonly SnapshotRow[]>;
  close(): Promise<void>;
}

/** Neither makes nor migrates anything. Throws AppError `configuration`, `not-found`, `database`. */
export async function openSnapshot(url: string): Promise<Snapshot> {
  const address = parseDatabaseUrl(url);
  return address.provider === 'sqlite' ? sqliteSnapshot(address.file) : postgresSnapshot(address);
}

function sqliteSnapshot(file: string): Snapshot {
  if (!statSync(file, { throwIfNoEntry: false })) {
    // No database can be made with a driver that does not load: `doctor` has to tell.
    openSqliteFile(':memory:').close();
    throw new AppError('not-found', `There is no database ${file}`, {
      hint: 'It is made by the first command that uses it, or by `rollcall db migrate`; or see --db and DATABASE_URL.',
    });
  }
  try {
    const database = isWritable(file) || hasWal(file) ? openSqliteFile(file, { readonly: true }) : openCopy(file);
    database.defaultSafeIntegers(true);
    database.exec('BEGIN');
    // The snapshot begins with the first thing that is read.
    database.prepare('SELECT count(*) FROM sqlite_schema').get();
    return {
      provider: 'sqlite',
      label: file,
      query: async (sql, values = []) => {
        try {
          return database.prepare<Cell[], SnapshotRow>(sql).all(...values);
        } catch (error) {
          throw databaseError(file, error);
        }
      },
      close: async () => void database.close(),
    };
  } catch (error) {
    throw databaseError(file, error);
  }
}

async function postgresSnapshot({
  url,
  label,
}: Extract<DatabaseAddress, { provider: 'postgresql' }>): Promise<Snapshot> {
  const { default: pg } = await import('pg');
  const { postgresConfig, useUtc } = await import('./postgres-config.ts');
  try {
    const client = new pg.Client({
      ...postgresConfig(url),
      types: { getTypeParser: () => (value: string | Buffer) => value },
    });
    // Of a connection that breaks, every query tells too.
    client.on('error', () => undefined);
    await client.connect();
    await useUtc(client);
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    return {
      provider: 'postgresql',
      label,
      query: async (sql, values = []) => {
        try {
          return (await client.query<Record<string, Cell>>(sql, [...values])).rows;
        } catch (error) {
          throw databaseError(label, error);
        }
      },
      close: () => client.end(),
    };
  } catch (error) {
    throw databaseError(label, error);
  }
}
