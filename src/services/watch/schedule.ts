import { createHash } from 'node:crypto';
import { Cron } from 'croner';
import { AppError } from '../../types/errors.ts';

/** When full runs are due: by a cron expression in this machine's time zone, else by an interval from start to start. */
export interface Schedule {
  cron: string | null;
  intervalMs: number;
}

export interface ScheduleState {
  /** The provider's id: each provider has its own delays. */
  id: string;
  /** Start of the last full run; null before the first. Epoch milliseconds, as all times here. */
  lastStartMs: number | null;
  /** Set after a failure: the time of the next attempt. */
  retryAtMs: number | null;
  /** Set when a poll needs a full run: the run is brought forward to this time. */
  earlyAtMs: number | null;
  nowMs: number;
}

const MOST_JITTER_MS = 30_000;

/** When the next full run is due; in the past if it is overdue. Throws AppError('configuration') for an invalid expression. */
export function nextDue(schedule: Schedule, { id, lastStartMs, retryAtMs, earlyAtMs, nowMs }: ScheduleState): number {
  if (retryAtMs !== null) return retryAtMs;
  if (lastStartMs === null) return nowMs;
  const regularMs =
    schedule.cron === null ? byInterval(schedule.intervalMs, id, lastStartMs) : byCron(schedule.cron, id, lastStartMs);
  return earlyAtMs === null ? regularMs : Math.min(regularMs, earlyAtMs);
}

function byInterval(intervalMs: number, id: string, lastStartMs: number): number {
  return lastStartMs + intervalMs + jitterMs(id, lastStartMs, intervalMs);
}

function byCron(expression: string, id: string, lastStartMs: number): number {
  const [occurrence, following] = occurrences(expression, new Date(lastStartMs));
  // An expression that names a single date has no further occurrence.
  if (occurrence === undefined) return Number.POSITIVE_INFINITY;
  const gapMs = following === undefined ? MOST_JITTER_MS : following.getTime() - occurrence.getTime();
  return occurrence.getTime() + jitterMs(id, occurrence.getTime(), gapMs);
}

function occurrences(expression: string, after: Date): Date[] {
  try {
    return new Cron(expression).nextRuns(2, after);
  } catch (error) {
    throw new AppError('configuration', `'${expression}' is not a cron expression`, {
      hint: 'Write five fields: minute, hour, day of the month, month and day of the week, as in `*/15 * * * *`.',
      cause: error,
    });
  }
}

/** At most a tenth of the time between two runs, and 30 s. Every machine computes the same jitter for a provider and occurrence. */
function jitterMs(id: string, occurrenceMs: number, gapMs: number): number {
  const fraction = createHash('sha256').update(`${id} ${occurrenceMs}`).digest().readUInt32BE(0) / 2 ** 32;
  return Math.floor(fraction * Math.min(gapMs / 10, MOST_JITTER_MS));
}
