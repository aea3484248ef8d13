import { statSync } from 'node:fs';
import path from 'node:path';
import { postgresql, sqlite } from '../../generated/migrations.ts';
import { TABLES } from '../../generated/tables.ts';
import type { DatabaseHead, DatabaseStatus, TableCount } from '../../types/database.ts';
import { AppError } from '../../types/errors.ts';
import type { DatabaseProvider } from '../../types/migration.ts';
import { APPLIED_SQL, pendingMigrations } from '../db/migration-state.ts';
import { isWritable } from '../db/open-sqlite.ts';
import type { Snapshot } from '../db/snapshot.ts';

/** Throws AppError `database-newer` for a database that a later version made. */
export async function readStatus(snapshot: Snapshot): Promise<DatabaseStatus> {
  const { provider: kind, label: location } = snapshot;
  const { there, applied, pending } = await readSchema(snapshot);
  const head = there.has('meta') ? await findHead(snapshot) : null;
  return {
    kind,
    location,
    serverVersion: await serverVersion(snapshot),
    schema: applied.at(-1) ?? null,
    pendingMigrations: pending,
    ...(kind === 'sqlite' ? sqliteServer(location) : await postgresServer(snapshot)),
    epoch: head?.epoch ?? null,
    rev: head?.rev ?? null,
    head: head?.head ?? null,
    tables: await countRows(snapshot, there),
  };
}

/** Throws AppError when the database is of an older version, or has no tables yet. */
export async function readHead(snapshot: Snapshot): Promise<DatabaseHead> {
  const { pending } = await readSchema(snapshot);
  const head = pending.length > 0 ? null : await findHead(snapshot);
  if (head !== null) return head;
  throw new AppError('configuration', `The database ${snapshot.label} is not up to date`, {
    hint: 'Bring it up to date with `rollcall db migrate`.',
  });
}

interface Schema {
  there: ReadonlySet<string>;
  applied: readonly string[];
  pending: readonly string[];
}

async function readSchema(snapshot: Snapshot): Promise<Schema> {
  const there = await tableNames(snapshot);
  const rows = there.has('_prisma_migrations') ? await snapshot.query(`${APPLIED_SQL} ORDER BY 1`) : [];
  const applied = rows.map(({ name, finished }) => ({ name: String(name), isFinished: Number(finished) === 1 }));
  const known = snapshot.provider === 'sqlite' ? sqlite : postgresql;
  const pending = pendingMigrations(known, applied).map(({ name }) => name);
  return { there, applied: applied.map(({ name }) => name), pending };
}

async function findHead(snapshot: Snapshot): Promise<DatabaseHead | null> {
  const [meta] = await snapshot.query('SELECT "epoch", "rev", "lastHash" FROM "meta" WHERE "id" = 1');
  return meta === undefined
    ? null
    : { epoch: String(meta['epoch']), rev: Number(meta['rev']), head: String(meta['lastHash']) };
}

/** Counts the rows of the existing tables. */
export async function countRows(snapshot: Snapshot, there?: ReadonlySet<string>): Promise<TableCount[]> {
  const counts: TableCount[] = [];
  for (const { table } of TABLES) {
    if (there && !there.has(table)) continue;
    const [row] = await snapshot.query(`SELECT count(*) AS "rows" FROM "${table}"`);
    counts.push({ table, rows: Number(row?.['rows']) });
  }
  return counts;
}

async function tableNames(snapshot: Snapshot): Promise<ReadonlySet<string>> {
  const rows = await snapshot.query(
    snapshot.provider === 'sqlite'
      ? `SELECT "name" FROM sqlite_schema WHERE "type" = 'table'`
      : 'SELECT tablename AS "name" FROM pg_tables WHERE schemaname = ANY (current_schemas(false))',
  );
  return new Set(rows.map(({ name }) => String(name)));
}

async function serverVersion(snapshot: Snapshot): Promise<string> {
  const [row] = await snapshot.query(
    snapshot.provider === 'sqlite'
      ? 'SELECT sqlite_version() AS "version"'
      : `SELECT current_setting('server_version') AS "version"`,
  );
  return String(row?.['version']);
}

interface Server {
  isWritable: boolean;
  sizeBytes: number;
}

function sqliteServer(file: string): Server {
  const sizes = [file, `${file}-wal`].map((name) => statSync(name, { throwIfNoEntry: false })?.size ?? 0);
  return {
    isWritable: isWritable(file) && isWritable(path.dirname(file)),
    sizeBytes: sizes.reduce((a, b) => a + b, 0),
  };
}

/** `isWritable`: the server is no standby, and this user may write. */
async function postgresServer(snapshot: Snapshot): Promise<Server> {
  const [row] = await snapshot.query(
    `SELECT pg_database_size(current_database()) AS "size",
      NOT pg_is_in_recovery() AND current_setting('default_transaction_read_only') = 'off' AND
      COALESCE(has_table_privilege(to_regclass('meta'), 'UPDATE'), has_schema_privilege(current_schema(), 'CREATE'))
      AS "writable"`,
  );
  return { isWritable: row?.['writable'] === 't', sizeBytes: Number(row?.['size']) };
}

/** Names of all migrations that this version knows. */
export function allMigrations(provider: DatabaseProvider): readonly string[] {
  return (provider === 'sqlite' ? sqlite : postgresql).map(({ name }) => name);
}
