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

/**
 * Raises the version of the feed and returns it. Call it last in a transaction: it holds the lock of the only row of `feed_head` until
 * the commit, so that a reader that has seen a version has seen every earlier one.
 */
export async function raiseFeed(
  tx: SqlTransaction,
  database: DatabaseProvider,
  { step, at }: { step?: FeedStep; at: Date },
): Promise<number> {
  const raise = `INSERT INTO "feed_head" ("id", "version") VALUES (1, 1)
    ON CONFLICT ("id") DO UPDATE SET "version" = "feed_head"."version" + 1 RETURNING "version"`;
  const [version = 1] = await tx.list({ sql: raise, noun: 'feed' }, (row) => row.number('version'));
  const [first, second, third, fourth] = [1, 2, 3, 4].map((index) => placeholder(database, index));
  // Listeners are told when the transaction commits.
  const notify = database === 'postgresql' ? ` RETURNING pg_notify('${FEED_CHANNEL}', '')` : '';
  const insert = `INSERT INTO "feed_versions" ("version", "providerId", "seq", "at")
    VALUES (${first}, ${second}, ${third}, ${fourth})${notify}`;
  await tx.execute(insert, version, step?.providerId ?? null, step?.seq ?? null, dateParameter(database, at));
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
