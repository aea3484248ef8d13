import { postgresNames, sqliteNames } from '../repositories/inventory/live-names.ts';
import type { LiveName, LiveQuery } from '../types/live-names.ts';
import { databaseUrl } from './config/database-location.ts';
import type { Machine } from './machine.ts';

/** The newest migration that the program knows, of each kind of database. */
export type NewestMigrations = Readonly<Record<'sqlite' | 'postgresql', string>>;

/** Names from the inventory as it is. Throws whatever keeps it from being read. */
export async function liveNames(
  { env, cwd }: Pick<Machine, 'env' | 'cwd'>,
  { db, queries, newest }: { db: string | undefined; queries: readonly LiveQuery[]; newest: NewestMigrations },
): Promise<LiveName[]> {
  const url = databaseUrl(db, env, cwd);
  if (!url.startsWith('file:')) return postgresNames(url, queries, newest.postgresql);
  return sqliteNames(url.slice('file:'.length).replace(/\?.*$/, ''), queries, newest.sqlite);
}
