import type { DatabaseProvider } from '../../types/migration.ts';
import { dateParameter, placeholder } from '../db/dialect.ts';
import type { SqlTransaction } from '../db/sql-transaction.ts';

/** Versions that are kept: a client that is further behind gets the whole state. */
const KEPT_VERSIONS = 10_000;
/** The channel of PostgreSQL on which a new version is told. */
export const FEED_CHANNEL = 'rollcall_feed';
/** Old versions are dropped once in so many. */
const DROP_EVERY = 500;

/** The step of a provider; absent: operations changed. */
export interface FeedStep {
  providerId: string;
  seq: number;
}

/** On SQLite the transaction has the whole database from its BEGIN. */
const RAISE_SQLITE = `INSERT INTO "feed_versions" ("version", "providerId", "seq", "at")
  SELECT COALESCE(MAX("version"), 0) + 1, ?, ?, ? FROM "feed_versions" RETURNING "version"`;
/** The lock of the row comes first: a number that is read without it may be taken by then. Listeners are told at the commit. */
const RAISE_POSTGRES = `WITH head AS (
    INSERT INTO "feed_head" AS h ("id", "version") VALUES (1, COALESCE((SELECT MAX("version") FROM "feed_versions"), 0) + 1)
    ON CONFLICT ("id") DO UPDATE SET "version" = h."version" + 1 RETURNING "version")
  INSERT INTO "feed_versions" ("version", "providerId", "seq", "at")
  SELECT "version", $1::text, $2::integer, $3::timestamptz FROM head
  RETURNING "version", pg_notify('${FEED_CHANNEL}', '')::text`;

/**
 * Raises the version of the feed and returns it. Call it last in a transaction: on PostgreSQL it holds the lock of the only row of
 * `feed_head` until the commit, so that a reader that has seen a version has seen every earlier one.
 */
export async function raiseFeed(
  tx: SqlTransaction,
  database: DatabaseProvider,
  { step, at }: { step?: FeedStep; at: Date },
): Promise<number> {
  const sql = database === 'sqlite' ? RAISE_SQLITE : RAISE_POSTGRES;
  const values = [step?.providerId ?? null, step?.seq ?? null, dateParameter(database, at)];
  const query = { sql, values, noun: 'feed', key: ['version'] };
  const [version = 1] = await tx.list(query, (row) => row.number('version'));
  if (version % DROP_EVERY === 0) {
    const drop = `DELETE FROM "feed_versions" WHERE "version" <= ${placeholder(database, 1)}`;
    await tx.execute(drop, version - KEPT_VERSIONS);
  }
  return version;
}

/** Begins a step of a provider: rows that are written with the returned `seq` belong to it. Locks the provider's row. */
export async function beginStep(tx: SqlTransaction, database: DatabaseProvider, providerId: string): Promise<number> {
  const sql = `UPDATE "providers" SET "seq" = "seq" + 1 WHERE "id" = ${placeholder(database, 1)} RETURNING "seq"`;
  const [seq = 0] = await tx.list({ sql, values: [providerId], noun: 'provider', key: ['seq'] }, (row) =>
    row.number('seq'),
  );
  return seq;
}

/** For a change of the provider's own row. */
export async function stampProvider(
  tx: SqlTransaction,
  database: DatabaseProvider,
  { providerId, at }: { providerId: string; at: Date },
): Promise<void> {
  const seq = await beginStep(tx, database, providerId);
  await raiseFeed(tx, database, { step: { providerId, seq }, at });
}
