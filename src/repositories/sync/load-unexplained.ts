import type { Unexplained, UnexplainedChange } from '../../types/plan.ts';
import { placeholder } from '../db/dialect.ts';
import type { Reader } from '../db/reader.ts';
import type { Row } from '../db/row.ts';
import { selected, Where } from '../db/where.ts';
import { changeIdSql, decodeChange, EXPLAINED_SQL } from '../history/change-codec.ts';
import { LabelDecoder } from '../history/change-label.ts';
import { AUDIT_RECORD_COLUMNS, toAuditRecord } from '../inventory/audit-record-rows.ts';

/** Changes of guests since a time that nothing explains, and the records of the time in which they may have happened. */
export async function loadUnexplained(reader: Reader, providerId: string, since: Date): Promise<Unexplained> {
  const changes = await loadChanges(reader, providerId, since);
  const begins = changes.map(({ notBefore }) => notBefore.getTime());
  if (begins.length === 0) return { changes, records: [] };
  const where = new Where(reader.provider)
    .is('e."providerId"', '=', providerId)
    .is('e."at"', '>=', new Date(Math.min(...begins) - HOUR_MS));
  const sql = `SELECT ${selected(AUDIT_RECORD_COLUMNS, 'e')} FROM "audit_records" e ${where.sql} ORDER BY e."at", e."ref"`;
  const query = { sql, values: where.values, noun: 'record', key: ['ref'] };
  return { changes, records: await reader.list(query, toAuditRecord) };
}

/** Clocks differ, and a task may have begun before what it did shows. */
const HOUR_MS = 3_600_000;

/** A run must not take long for what was not known for hours. */
const MOST = 500;

/** The newest ones. A revision of which there are too many is left out: its changes are explained together or not at all. */
async function loadChanges(reader: Reader, providerId: string, since: Date): Promise<UnexplainedChange[]> {
  const { columns, from, noun, key } = EXPLAINED_SQL;
  const first = `(SELECT MIN("rev") FROM "revisions" WHERE "at" >= ${since.getTime()})`;
  const sql = `SELECT ${columns}, q."startedAt" FROM ${from} JOIN "sync_runs" q ON q."id" = r."runId"
    WHERE c."id" >= ${first} * ${changeIdSql(1)} AND r."providerId" = ${placeholder(reader.provider, 1)}
    AND c."notBeforeMs" IS NOT NULL AND c."label" IN (SELECT "id" FROM "texts" WHERE "text" LIKE '["guest",%,"none",%')
    AND x."id" IS NULL ORDER BY c."id" DESC LIMIT ${MOST}`;
  const labels = new LabelDecoder();
  const rows = await reader.list({ sql, values: [providerId], noun, key }, (row) => ({
    rev: row.number('rev'),
    changes: toUnexplained(row, labels),
  }));
  const cut = rows.length === MOST ? rows.at(-1)?.rev : undefined;
  return rows.flatMap(({ rev, changes }) => (rev === cut ? [] : changes)).reverse();
}

function toUnexplained(row: Row, labels: LabelDecoder): UnexplainedChange[] {
  const { attribution, isPruned, digest: _, ...change } = decodeChange(row, (text) => labels.decode(text));
  const { notBefore, source } = attribution;
  const isOfGuest = change.resourceType === 'guest' && change.event !== 'observed' && change.event !== 'from-log';
  if (notBefore === null || source !== 'none' || isPruned || !isOfGuest) return [];
  return [{ ...change, notBefore, observedAt: new Date(row.number('at')), readFrom: row.time('startedAt') }];
}
