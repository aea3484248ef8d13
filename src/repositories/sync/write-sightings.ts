import type { DatabaseProvider } from '../../types/migration.ts';
import type { SightingsPlan } from '../../types/plan.ts';
import { bulkJson, placeholder, textListSql } from '../db/dialect.ts';
import type { SqlTransaction } from '../db/sql-transaction.ts';

const SIZES = ['cpus', 'memoryBytes', 'diskBytes'] as const;

/**
 * Records the hour in which a run saw the present guests of a provider, after their rows were written. Ranges that end where the hour
 * begins become longer; other guests get a range of their own. An hour is recorded once as `running`, whatever else was seen in it.
 */
export async function writeSightings(
  tx: SqlTransaction,
  database: DatabaseProvider,
  { providerId, sightings }: { providerId: string; sightings: SightingsPlan },
): Promise<void> {
  const { hour, powerUnread, unseen } = sightings;
  const values = [bulkJson(powerUnread), providerId, bulkJson(unseen)];
  const seen = seenSql(database);
  const sameSizes = SIZES.map((size) => `s."${size}" IS NOT DISTINCT FROM g."${size}"`).join(' AND ');
  await tx.execute(
    `UPDATE "sightings" AS s SET "toHour" = ${hour + 1} FROM (${seen}) AS g
      WHERE s."guestId" = g."id" AND s."state" = g."state" AND s."toHour" = ${hour} AND ${sameSizes}
      AND ${isNotCovered(hour)}`,
    ...values,
  );
  const sizes = SIZES.map((size) => `"${size}"`).join(', ');
  await tx.execute(
    `INSERT INTO "sightings" ("guestId", "state", "fromHour", "toHour", ${sizes})
      SELECT g."id", g."state", ${hour}, ${hour + 1}, ${SIZES.map((size) => `g."${size}"`).join(', ')}
      FROM (${seen}) AS g WHERE ${isNotCovered(hour)} ON CONFLICT ("guestId", "state", "fromHour") DO NOTHING`,
    ...values,
  );
}

function seenSql(database: DatabaseProvider): string {
  return `SELECT x."id", x."cpus", x."memoryBytes", x."diskBytes",
      CASE WHEN x."status" = 'running' AND x."id" NOT IN (${textListSql(database, 1)}) THEN 'running' ELSE 'present' END AS "state"
    FROM "guests" x WHERE x."providerId" = ${placeholder(database, 2)} AND x."presence" = 'present'
    AND x."id" NOT IN (${textListSql(database, 3)})`;
}

function isNotCovered(hour: number): string {
  return `NOT EXISTS (SELECT 1 FROM "sightings" c WHERE c."guestId" = g."id" AND c."fromHour" <= ${hour}
    AND c."toHour" > ${hour} AND c."state" IN ('running', g."state"))`;
}
