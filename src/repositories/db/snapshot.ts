import { statSync } from 'node:fs';
import { AppError } from '../../types/errors.ts';
import type { DatabaseProvider } from '../../types/migration.ts';
import { databaseError } from './database-errors.ts';
import { type DatabaseAddress, parseDatabaseUrl } from './database-url.ts';
import { hasWal, isWritable, openCopy } from './open-sqlite.ts';
import { openSqliteFile } from './sqlite-adapter.ts';

/** Values as the drivers return them: PostgreSQL's are all text. */
export type Cell = string | number | bigint | null;
export type SnapshotRow = Readonly<Record<string, Cell>>;

/** A read-only view of a database at one moment: it does not see later writes, and blocks nobody. */
export interface Snapshot {
  readonly provider: DatabaseProvider;
  /** Without the password. */
  readonly label: string;
  /** Throws AppError `database`. */
  query(sql: string, values?: readonly Cell[]): Promise<readonly SnapshotRow[]>;
  close(): Promise<void>;
}

/** Neither creates nor migrates a database. Throws AppError `configuration`, `not-found`, `database`. */
export async function openSnapshot(url: string): Promise<Snapshot> {
  const address = parseDatabaseUrl(url);
  return address.provider === 'sqlite' ? sqliteSnapshot(address.file) : postgresSnapshot(address);
}

function sqliteSnapshot(file: string): Snapshot {
  if (!statSync(file, { throwIfNoEntry: false })) {
    // Throws if the driver does not load: no database can be created with it, and `doctor` must report that.
    openSqliteFile(':memory:').close();
    throw new AppError('not-found', `There is no database ${file}`, {
      hint: 'It is made by the first command that uses it, or by `rollcall db migrate`; or see --db and DATABASE_URL.',
    });
  }
  try {
    const database = isWritable(file) || hasWal(file) ? openSqliteFile(file, { readonly: true }) : openCopy(file);
    database.defaultSafeIntegers(true);
    database.exec('BEGIN');
    // The snapshot begins with the first read.
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
    // If the connection breaks, every query reports it as well.
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
