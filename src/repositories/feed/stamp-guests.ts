import type { DatabaseProvider } from '../../types/migration.ts';
import { bulkJson, placeholder, textListSql } from '../db/dialect.ts';
import type { SqlTransaction } from '../db/sql-transaction.ts';
import { beginStep, type FeedStep, raiseFeed } from './feed-head.ts';

/** For a change of what clients see of guests besides their rows: addresses, backups, imports. Call it last in a transaction. */
export async function stampGuests(
  tx: SqlTransaction,
  database: DatabaseProvider,
  { guestIds, at }: { guestIds: readonly string[]; at: Date },
): Promise<void> {
  if (guestIds.length === 0) return;
  const sql = `SELECT DISTINCT "providerId" FROM "guests" WHERE "id" IN (${textListSql(database)}) ORDER BY "providerId"`;
  const query = { sql, values: [bulkJson(guestIds)], noun: 'guest', key: ['providerId'] };
  const steps: FeedStep[] = [];
  // The rows of all providers, in one order, before the feed: two transactions never wait for each other.
  for (const providerId of await tx.list(query, (row) => row.text('providerId'))) {
    const seq = await beginStep(tx, database, providerId);
    const [first, second] = [placeholder(database, 1), placeholder(database, 2)];
    const stamp = `UPDATE "guests" SET "seq" = ${first} WHERE "providerId" = ${second} AND "id" IN (${textListSql(database, 3)})`;
    await tx.execute(stamp, seq, providerId, bulkJson(guestIds));
    steps.push({ providerId, seq });
  }
  for (const step of steps) await raiseFeed(tx, database, { step, at });
}
