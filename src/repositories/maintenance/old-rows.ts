import type { DatabaseProvider } from '../../types/migration.ts';
import { placeholder } from '../db/dialect.ts';
import { REF_PARTS } from '../history/change-label.ts';

/** The number of rows that can be deleted because of their age. */
export interface OldRows {
  runs: number;
  tasks: number;
  logEntries: number;
  records: number;
  /** Addresses that guests have no more, and backups that are not the last ones. */
  addresses: number;
  backups: number;
}

/**
 * Runs that changed nothing, finished tasks, log lines and other records to which nothing in the history refers, and facts beside the history, in the
 * order of {@link OldRows}; the only parameter is the time. A node keeps its newest task, and a provider its newest record: there the next reading begins.
 */
export function oldRows(database: DatabaseProvider): { table: string; where: string }[] {
  const time = placeholder(database, 1);
  const isUnnamed = `t."ref" IN (SELECT x."ref" FROM "audit_records" x EXCEPT ${refsSql(database)})`;
  return [
    {
      table: 'sync_runs',
      where: `t."finishedAt" < ${time} AND t."rev" IS NULL AND EXISTS (SELECT 1 FROM "sync_runs" x
        WHERE x."providerId" = t."providerId" AND x."finishedAt" > t."finishedAt")`,
    },
    {
      table: 'audit_records',
      where: `t."source" = 'task' AND t."endedAt" < ${time} AND EXISTS (SELECT 1 FROM "audit_records" x
        WHERE x."providerId" = t."providerId" AND x."source" = 'task' AND x."place" = t."place" AND x."at" > t."at")
        AND ${isUnnamed}`,
    },
    {
      table: 'audit_records',
      where: `t."source" = 'log' AND t."endedAt" < ${time} AND ${isUnnamed}`,
    },
    {
      table: 'audit_records',
      where: `t."source" = 'event' AND t."endedAt" < ${time} AND (t."providerId", t."at") NOT IN (
        SELECT x."providerId", MAX(x."at") FROM "audit_records" x WHERE x."source" = 'event' GROUP BY x."providerId")
        AND ${isUnnamed}`,
    },
    { table: 'guest_addresses', where: `t."until" < ${time}` },
    {
      table: 'guest_backups',
      where: `t."at" < ${time} AND (t."nativeId" = '' OR EXISTS (SELECT 1 FROM "guest_backups" x
        WHERE x."providerId" = t."providerId" AND x."nativeId" = t."nativeId" AND x."isOk" AND x."at" > t."at"))`,
    },
  ];
}

/** The refs of all changes and of their explanations, assembled as in change-label.ts. */
function refsSql(database: DatabaseProvider): string {
  const json = database === 'sqlite' ? '"text"' : '"text"::jsonb';
  const parts = Object.entries(REF_PARTS).map(([name, index]) => `${json} ->> ${index} AS ${name}`);
  return `SELECT l.head || c."ref" || l.mid || COALESCE(CAST(c."refId" AS TEXT), '') || l.tail
    FROM (SELECT "label", "ref", "refId" FROM "changes" UNION ALL SELECT "label", "ref", "refId" FROM "explanations") c
    JOIN (SELECT "id", ${parts.join(', ')} FROM "texts" WHERE "text" LIKE '[%') l ON l."id" = c."label"
    WHERE c."ref" IS NOT NULL`;
}
