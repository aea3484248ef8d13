import type { AuditRecord } from '../../types/audit-record.ts';
import { AppError } from '../../types/errors.ts';
import type { ScopeReport } from '../../types/observation.ts';
import type { KnownRecords } from '../provider.ts';
import { attempt, completeScope, failedScope } from '../scope-reports.ts';

/** A first run reads the records of so long. */
const FIRST_READ_MS = 24 * 3_600_000;
const NOTHING_KNOWN: KnownRecords = { refs: new Set(), newestAt: null, lastCompleteAt: null };

export interface RecordWindow {
  knownRecords: (() => Promise<KnownRecords>) | undefined;
  clock: () => Date;
  /** The server's clock minus ours. */
  clockSkewMs: number | null;
  /** A record may be told so long after it happened. */
  lateMs: number;
}

/**
 * The records since the last ones that were read, without those that are stored; a first run reads those of the last day. `read`: all
 * records since a time by the server's clock.
 */
export async function readNewRecords(
  { knownRecords, clock, clockSkewMs, lateMs }: RecordWindow,
  read: (since: Date) => Promise<readonly AuditRecord[]>,
): Promise<{ records: readonly AuditRecord[]; scope: ScopeReport }> {
  const known = (await knownRecords?.()) ?? NOTHING_KNOWN;
  const nowMs = clock().getTime() + (clockSkewMs ?? 0);
  const since = Math.min(readUntilMs(known, clockSkewMs ?? 0) ?? nowMs - FIRST_READ_MS, nowMs) - lateMs;
  const found = await attempt(read(new Date(since)));
  if (found instanceof AppError) return { records: [], scope: failedScope('events', found) };
  const records = found.filter(({ ref }) => !known.refs.has(ref));
  return { records, scope: completeScope('events', records.length) };
}

/** Everything before was read, by the server's clock; null: nothing was yet. */
function readUntilMs({ newestAt, lastCompleteAt, unreadSince = null }: KnownRecords, skewMs: number): number | null {
  if (unreadSince !== null) return unreadSince.getTime() + skewMs;
  const times = [
    ...(newestAt === null ? [] : [newestAt.getTime()]),
    ...(lastCompleteAt === null ? [] : [lastCompleteAt.getTime() + skewMs]),
  ];
  return times.length === 0 ? null : Math.max(...times);
}
