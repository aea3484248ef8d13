import type { AuditRecord } from '../../types/audit-record.ts';
import { AppError } from '../../types/errors.ts';
import type { ScopeReport } from '../../types/observation.ts';
import { readNewRecords } from '../events/record-window.ts';
import type { KnownRecords } from '../provider.ts';
import { attempt, failedScope } from '../scope-reports.ts';
import type { Activity } from './answers.ts';
import type { ArmClient } from './arm-client.ts';
import { toRecords } from './records.ts';

/** An entry may be told so late. */
const LATE_MS = 15 * 60_000;
/** Azure keeps 90 days, and refuses to be asked about more. */
const KEPT_MS = 89 * 24 * 3_600_000;

export interface EventQuery {
  knownRecords: (() => Promise<KnownRecords>) | undefined;
  clock: () => Date;
  signal: AbortSignal | undefined;
}

/**
 * What was done to machines, of all subscriptions or none: where reading goes on is one time for all of them. One whose log the login
 * may not read is left out, and the log counts as read in part.
 */
export async function readEvents(
  client: ArmClient,
  ids: readonly string[],
  { knownRecords, clock, signal }: EventQuery,
): Promise<{ records: readonly AuditRecord[]; scope: ScopeReport }> {
  const clockSkewMs = client.clockSkewMs();
  const now = new Date(clock().getTime() + (clockSkewMs ?? 0));
  const forbidden: AppError[] = [];
  const readOne = async (id: string, since: Date): Promise<readonly Activity[]> => {
    const found = await attempt(client.activities(id, since, signal));
    if (!(found instanceof AppError)) return found;
    if (found.code !== 'forbidden') throw found;
    forbidden.push(found);
    return [];
  };
  const window = { knownRecords, clock, clockSkewMs, lateMs: LATE_MS };
  const read = await readNewRecords(window, async (asked) => {
    const since = new Date(Math.max(asked.getTime(), now.getTime() - KEPT_MS));
    const entries = await Promise.all(ids.map((id) => readOne(id, since)));
    return toRecords(entries.flat(), now);
  });
  const [refused] = forbidden;
  if (refused === undefined) return read;
  return { ...read, scope: failedScope('events', refused, read.records.length) };
}
