import type { QuietHours } from '../../types/notify.ts';

const DAY_MINUTES = 1440;
const MINUTE_MS = 60_000;
/** Ranges that touch each other end where the last one does; more steps than this and it is always quiet. */
const MOST_STEPS = 50;

/** When the quiet time around `now` ends; null: it is not quiet. */
export function quietUntil(quiet: QuietHours | null, now: Date): Date | null {
  if (quiet === null) return null;
  const startMs = Math.floor(now.getTime() / MINUTE_MS) * MINUTE_MS;
  let atMs = startMs;
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const left = minutesLeft(quiet, new Date(atMs));
    if (left === 0) return atMs === startMs ? null : new Date(atMs);
    // At most an hour at once: clocks are put forward and back at night.
    atMs += Math.min(left, 60) * MINUTE_MS;
  }
  return new Date(atMs);
}

function minutesLeft({ ranges, timeZone }: QuietHours, at: Date): number {
  const minute = localMinute(at, timeZone);
  const lefts = ranges.map(({ from, to }) => {
    const isIn = from < to ? minute >= from && minute < to : minute >= from || minute < to;
    return isIn ? (to - minute + DAY_MINUTES) % DAY_MINUTES || DAY_MINUTES : 0;
  });
  return Math.max(0, ...lefts);
}

function localMinute(at: Date, timeZone: string): number {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  return (parts.get('hour') ?? 0) * 60 + (parts.get('minute') ?? 0);
}
