import type { QuietHours } from '../../types/notify.ts';

const DAY_MINUTES = 1440;
const MINUTE_MS = 60_000;
/** Clocks are put forward and back at quarter hours of UTC. */
const STEP_MINUTES = 15;
/** Ranges that touch end where the last one does. None ends later than this, also on a day of 25 hours. */
const MOST_MS = 26 * 3_600_000;

/** When the quiet time around `now` ends; null: it is not quiet, or would be for ever. */
export function quietUntil(quiet: QuietHours | null, now: Date): Date | null {
  if (quiet === null) return null;
  const startMs = Math.floor(now.getTime() / MINUTE_MS) * MINUTE_MS;
  const minuteAt = localMinutes(quiet.timeZone);
  let atMs = startMs;
  while (atMs - startMs <= MOST_MS) {
    const left = minutesLeft(quiet.ranges, minuteAt(new Date(atMs)));
    if (left === 0) return atMs === startMs ? null : new Date(atMs);
    atMs += Math.min(left, STEP_MINUTES - ((atMs / MINUTE_MS) % STEP_MINUTES)) * MINUTE_MS;
  }
  return null;
}

/** Whether some minute of a day is outside of the ranges. */
export function hasLoudMinute(ranges: QuietHours['ranges']): boolean {
  return Array.from({ length: DAY_MINUTES }).some((_, minute) => minutesLeft(ranges, minute) === 0);
}

function minutesLeft(ranges: QuietHours['ranges'], minute: number): number {
  const lefts = ranges.map(({ from, to }) => {
    const isIn = from < to ? minute >= from && minute < to : minute >= from || minute < to;
    return isIn ? (to - minute + DAY_MINUTES) % DAY_MINUTES || DAY_MINUTES : 0;
  });
  return Math.max(0, ...lefts);
}

function localMinutes(timeZone: string): (at: Date) => number {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  return (at) => {
    const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    return (parts.get('hour') ?? 0) * 60 + (parts.get('minute') ?? 0);
  };
}
