import type { LiveKind, LiveName, LiveQuery } from '../../types/live-names.ts';
import { openDriver } from '../db/sqlite-driver.ts';

/** Names at most; a shell that lists more is of no use. */
export const MOST_NAMES = 500;
/** A shell waits no longer for a database that another program has locked. */
const BUSY_TIMEOUT_MS = 50;
const ANSWER_TIMEOUT_MS = 500;

type Dialect = 'sqlite' | 'postgresql';

const THERE = `FROM "guests" g JOIN "providers" p ON p."id" = g."providerId" WHERE g."presence" <> 'gone'`;
const KIND_WORD = `CASE g."kind" WHEN 'lxc' THEN 'container ' ELSE 'vm ' END`;

const named = `SELECT g."name" AS value, ${KIND_WORD} || g."nativeId" AS about ${THERE} AND g."name" IS NOT NULL`;
const numbered = `SELECT g."nativeId" AS value, COALESCE(g."name", '') AS about ${THERE}`;
const called = (part: string) =>
  `SELECT p."name" || '/' || ${part} AS value, ${KIND_WORD} || g."nativeId" AS about ${THERE} AND ${part} IS NOT NULL`;
const column = (name: string) => `SELECT g."${name}" AS value, '' AS about ${THERE} AND g."${name}" IS NOT NULL`;
const ofTable = (table: string, about: string) =>
  `SELECT "name" AS value, '${about}' AS about FROM "${table}" WHERE "presence" <> 'gone'`;

const TAGS: Readonly<Record<Dialect, string>> = {
  sqlite: `SELECT t.value AS value, '' AS about FROM "guests" g, json_each(g."tags") t WHERE g."presence" <> 'gone'`,
  postgresql: `SELECT t AS value, '' AS about FROM "guests" g, jsonb_array_elements_text(g."tags") t WHERE g."presence" <> 'gone'`,
};

/** The names of one kind; each part of a reference with its own statement. */
function selects(kind: LiveKind, prefix: string, dialect: Dialect): readonly string[] {
  switch (kind) {
    case 'guest':
      if (prefix.includes('/')) return [called('g."name"'), called('g."nativeId"')];
      return /^\d/.test(prefix) ? [named, numbered] : [named];
    case 'resource':
      return prefix.includes('/')
        ? selects('guest', prefix, dialect)
        : [...selects('guest', prefix, dialect), ofTable('nodes', 'node'), ofTable('storages', 'storage')];
    case 'name':
      return [named];
    case 'vmid':
      return [numbered];
    case 'provider':
      return [`SELECT "name" AS value, "type" AS about FROM "providers" WHERE "removedAt" IS NULL`];
    case 'tag':
      return [TAGS[dialect]];
    case 'node':
      return [ofTable('nodes', 'node')];
    case 'storage':
      return [ofTable('storages', 'storage')];
    case 'pool':
      return [column('pool')];
    case 'os':
      return [column('osType')];
  }
}

/** With one parameter, a pattern of LIKE. */
function statement({ kind, prefix }: LiveQuery, dialect: Dialect): string {
  const union = selects(kind, prefix, dialect).join(' UNION ALL ');
  const parameter = dialect === 'sqlite' ? '?' : '$1';
  return `SELECT value, MIN(about) AS about FROM (${union}) names WHERE LOWER(value) LIKE ${parameter} ESCAPE '!'
    GROUP BY value ORDER BY value LIMIT ${MOST_NAMES}`;
}

function pattern(prefix: string): string {
  return `${prefix.toLowerCase().replace(/[!%_]/g, '!$&')}%`;
}

const NEWEST = 'SELECT MAX("migration_name") AS name FROM "_prisma_migrations"';

/**
 * Names from a SQLite file, which is neither made, nor migrated, nor waited for. Throws the errors of SQLite; of a database that is newer
 * than the program there are none.
 */
export function sqliteNames(
  file: string,
  queries: readonly LiveQuery[],
  newestMigration: string | undefined,
): LiveName[] {
  const db = openDriver(file, { readonly: true, fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
  try {
    const newest = db.prepare<[], { name: string | null }>(NEWEST).get();
    if (isNewer(newest?.name, newestMigration)) return [];
    return queries.flatMap((query) =>
      db
        .prepare<[string], { value: unknown; about: unknown }>(statement(query, 'sqlite'))
        .all(pattern(query.prefix))
        .map(toName),
    );
  } finally {
    db.close();
  }
}

/** The same from PostgreSQL, within half a second. Throws its errors. */
export async function postgresNames(
  url: string,
  queries: readonly LiveQuery[],
  newestMigration: string | undefined,
): Promise<LiveName[]> {
  const [{ default: pg }, { postgresConfig }] = await Promise.all([import('pg'), import('../db/postgres-config.ts')]);
  const client = new pg.Client({
    ...postgresConfig(url),
    connectionTimeoutMillis: ANSWER_TIMEOUT_MS,
    query_timeout: ANSWER_TIMEOUT_MS,
  });
  // An error of an idle connection is told to nobody.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const newest = await client.query<{ name: string | null }>(NEWEST);
    if (isNewer(newest.rows[0]?.name, newestMigration)) return [];
    const names: LiveName[] = [];
    for (const query of queries) {
      const { rows } = await client.query<{ value: unknown; about: unknown }>(statement(query, 'postgresql'), [
        pattern(query.prefix),
      ]);
      names.push(...rows.map(toName));
    }
    return names;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Names of migrations begin with their time. */
function isNewer(name: string | null | undefined, known: string | undefined): boolean {
  return typeof name === 'string' && known !== undefined && name > known;
}

function toName({ value, about }: { value: unknown; about: unknown }): LiveName {
  return { value: String(value), about: String(about) };
}
