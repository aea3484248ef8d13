import type { StoredRun } from '../../types/inventory.ts';
import type { RunCounts, RunTrigger } from '../../types/plan.ts';
import { ALL_SCOPES, PARTIAL_TRIGGERS, RUN_OUTCOMES } from '../../types/presence.ts';
import { skewOf } from '../../types/server-clock.ts';
import type { Reader } from '../db/reader.ts';
import type { Row } from '../db/row.ts';
import { isArrayOf, isNullOr, isNumber, isShape, isText, isWord } from '../db/stored-shape.ts';
import { selected, Where } from '../db/where.ts';
import { isStoredScopes, toScopes } from './stored-scopes.ts';

const TRIGGERS = ['manual', 'auto', ...PARTIAL_TRIGGERS] as const satisfies readonly RunTrigger[];

const RUN_COLUMNS = [
  'id',
  'providerId',
  'trigger',
  'requested',
  'startedAt',
  'finishedAt',
  'outcome',
  'scopes',
  'counts',
  'warnings',
  'error',
  'rev',
] as const;

const isRequested = isArrayOf(isWord(ALL_SCOPES));
const isCounts = isShape<Omit<RunCounts, 'requests'>, Required<Pick<RunCounts, 'requests'>>>(
  { total: isNumber, new: isNumber, removed: isNumber, existing: isNumber, changed: isNumber },
  { requests: isNumber },
);
const isWarnings = isArrayOf(
  isShape<{ code: string; message: string }, { hint: string; scope: string }>(
    { code: isText, message: isText },
    { hint: isText, scope: isText },
  ),
);
const isError = isNullOr(
  isShape<{ code: string; message: string }, { hint: string }>({ code: isText, message: isText }, { hint: isText }),
);

function toRun(row: Row): StoredRun {
  return {
    id: row.text('id'),
    providerId: row.text('providerId'),
    trigger: row.word('trigger', TRIGGERS),
    outcome: row.word('outcome', RUN_OUTCOMES),
    requested: row.json('requested', isRequested),
    scopes: toScopes(row.json('scopes', isStoredScopes)),
    counts: row.json('counts', isCounts),
    warnings: row.json('warnings', isWarnings),
    error: row.jsonOrNull('error', isError),
    startedAt: row.time('startedAt'),
    finishedAt: row.time('finishedAt'),
    rev: row.numberOrNull('rev'),
  };
}

/** How far a provider's clock was ahead of ours in its last run, by provider; only deviations that were reported. */
export async function listClockSkews(reader: Reader): Promise<Map<string, number>> {
  const sql = `SELECT r."id", r."providerId", r."warnings" FROM "sync_runs" r
    JOIN (SELECT "providerId", MAX("finishedAt") AS "finishedAt" FROM "sync_runs" GROUP BY "providerId") l
    ON l."providerId" = r."providerId" AND l."finishedAt" = r."finishedAt"`;
  const runs = await reader.list({ sql, noun: 'run' }, (row) => ({
    providerId: row.text('providerId'),
    skewMs: skewOf(row.json('warnings', isWarnings)),
  }));
  return new Map(runs.filter(({ skewMs }) => skewMs !== 0).map(({ providerId, skewMs }) => [providerId, skewMs]));
}

/** The runs of a provider, newest first. */
export async function listRuns(reader: Reader, providerId: string, take: number): Promise<StoredRun[]> {
  const where = new Where(reader.provider).is('r."providerId"', '=', providerId);
  const sql = `SELECT ${selected(RUN_COLUMNS, 'r')} FROM "sync_runs" r ${where.sql}
    ORDER BY r."finishedAt" DESC, r."startedAt" DESC LIMIT ${where.parameter(take)}`;
  return reader.list({ sql, values: where.values, noun: 'run' }, toRun);
}

/** Between two runs that list guests there may be some of other realms. */
const MOST_RUNS = 20;

/** The last runs that ended up to a time, newest first, without those that read only what had changed. */
export async function listFullRuns(reader: Reader, providerId: string, until: Date): Promise<StoredRun[]> {
  const where = ofFullRuns(reader, providerId).is('r."finishedAt"', '<=', until);
  const sql = `SELECT ${selected(RUN_COLUMNS, 'r')} FROM "sync_runs" r ${where.sql}
    ORDER BY r."finishedAt" DESC LIMIT ${MOST_RUNS}`;
  return reader.list({ sql, values: where.values, noun: 'run' }, toRun);
}

/** The end of the last run that read all it requested. Partial reads do not count. */
export async function lastCompleteRunAt(reader: Reader, providerId: string): Promise<Date | null> {
  const where = ofFullRuns(reader, providerId).is('r."outcome"', '=', 'complete');
  const sql = `SELECT r."id", r."finishedAt" FROM "sync_runs" r ${where.sql} ORDER BY r."finishedAt" DESC LIMIT 1`;
  return reader.find({ sql, values: where.values, noun: 'run' }, (row) => row.time('finishedAt'));
}

function ofFullRuns(reader: Reader, providerId: string): Where {
  const where = new Where(reader.provider).is('r."providerId"', '=', providerId);
  return PARTIAL_TRIGGERS.reduce((whole, trigger) => whole.is('r."trigger"', '<>', trigger), where);
}
