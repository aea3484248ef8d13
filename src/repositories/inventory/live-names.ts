import type { LiveName, LiveQuery } from '../../types/live-names.ts';
import { openDriver } from '../db/sqlite-driver.ts';

/** Names at most; a shell that lists more is of no use. */
export const MOST_NAMES = 500;
/** A shell waits no longer for a database that another program has locked. */
const BUSY_TIMEOUT_MS = 50;
const ANSWER_TIMEOUT_MS = 500;
const MAPPED_BYTES = 256 * 1024 * 1024;

type Dialect = 'sqlite' | 'postgresql';

/** Names of one sort: an expression, what is said of each, and where they are. */
interface Source {
  value: string;
  about: string;
  from: string;
  isThere: string;
}

const IN_GUESTS = { from: '"guests" g', isThere: `g."presence" <> 'gone'` } as const;
const OF_PROVIDER = { ...IN_GUESTS, from: '"guests" g JOIN "providers" p ON p."id" = g."providerId"' } as const;
const KIND_WORD = `CASE g."kind" WHEN 'lxc' THEN 'container ' ELSE 'vm ' END || g."nativeId"`;

const NAMES: Source = { ...IN_GUESTS, value: 'g."name"', about: KIND_WORD };
const IDS: Source = { ...IN_GUESTS, value: 'g."nativeId"', about: `COALESCE(g."name", '')` };
const NODES: Source = { value: '"name"', about: `'node'`, from: '"nodes"', isThere: `"presence" <> 'gone'` };
const STORAGES: Source = { value: '"name"', about: `'storage'`, from: '"storages"', isThere: `"presence" <> 'gone'` };
const PROVIDERS: Source = { value: '"name"', about: '"type"', from: '"providers"', isThere: '"removedAt" IS NULL' };

const TAGS: Readonly<Record<Dialect, Source>> = {
  sqlite: { ...IN_GUESTS, value: 't.value', about: `''`, from: '"guests" g, json_each(g."tags") t' },
  postgresql: {
    ...IN_GUESTS,
    value: 't.value',
    about: `''`,
    from: '"guests" g, json_array_elements_text(g."tags") AS t(value)',
  },
};

function column(name: string): Source {
  return { ...IN_GUESTS, value: `g."${name}"`, about: `''` };
}

function called(part: string): Source {
  return { ...OF_PROVIDER, value: `p."name" || '/' || g."${part}"`, about: KIND_WORD };
}

function sourcesOf({ kind, prefix }: LiveQuery, dialect: Dialect): readonly Source[] {
  switch (kind) {
    case 'guest':
      if (prefix.includes('/')) return [called('name'), called('nativeId')];
      return /^\d/.test(prefix) ? [NAMES, IDS] : [NAMES];
    case 'resource':
      return prefix.includes('/')
        ? sourcesOf({ kind: 'guest', prefix }, dialect)
        : [...sourcesOf({ kind: 'guest', prefix }, dialect), NODES, STORAGES];
    case 'name':
      return [NAMES];
    case 'vmid':
      return [IDS];
    case 'provider':
      return [PROVIDERS];
    case 'tag':
      return [TAGS[dialect]];
    case 'node':
      return [NODES];
    case 'storage':
      return [STORAGES];
    case 'pool':
      return [column('pool')];
    case 'os':
      return [column('osType')];
  }
}

/** With one parameter, a pattern of LIKE: `prefix` on SQLite, whose driver counts each use of a numbered one. */
function statement(query: LiveQuery, dialect: Dialect): string {
  const parameter = dialect === 'sqlite' ? '@prefix' : '$1';
  // The name comes first: the presence lies behind the document, which is read only where the name fits.
  const selects = sourcesOf(query, dialect).map(
    ({ value, about, from, isThere }) =>
      `SELECT ${value} AS value, ${about} AS about FROM ${from} WHERE LOWER(${value}) LIKE LOWER(${parameter}) ESCAPE '!' AND ${isThere}`,
  );
  return `SELECT value, MIN(about) AS about FROM (${selects.join(' UNION ALL ')}) names
    GROUP BY value ORDER BY value LIMIT ${MOST_NAMES}`;
}

function pattern(prefix: string): string {
  return `${prefix.replace(/[!%_]/g, '!$&')}%`;
}

const NEWEST = 'SELECT MAX("migration_name") AS name FROM "_prisma_migrations"';

/**
 * Names from a SQLite file, which is neither made, nor migrated, nor waited for. Throws the errors of SQLite; of a database that is newer
 * than the program there are none.
 */
export function sqliteNames(file: string, queries: readonly LiveQuery[], newestMigration: string): LiveName[] {
  const db = openDriver(file, { readonly: true, fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
  try {
    // Reads of a large file cost half of what they do without.
    db.pragma(`mmap_size = ${MAPPED_BYTES}`);
    const newest = db.prepare<[], { name: string | null }>(NEWEST).get();
    if (isNewer(newest?.name, newestMigration)) return [];
    return queries.flatMap((query) =>
      db
        .prepare<[{ prefix: string }], { value: unknown; about: unknown }>(statement(query, 'sqlite'))
        .all({ prefix: pattern(query.prefix) })
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
  newestMigration: string,
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
function isNewer(name: string | null | undefined, known: string): boolean {
  return typeof name === 'string' && name > known;
}

function toName({ value, about }: { value: unknown; about: unknown }): LiveName {
  return { value: String(value), about: String(about) };
}
