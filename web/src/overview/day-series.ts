import type { ChangeRecord } from '../../../src/types/change-record.ts';

const DAY_MS = 86_400_000;

interface Series {
  /** Seconds since 1970: the beginning of each day of the reader. */
  times: number[];
  changes: number[];
  guests: number[];
}

/** Changes of each day, and guests at its end: counted back from today by what came and went. */
export function daySeries(records: readonly ChangeRecord[], guestsNow: number, now: Date, days: number): Series {
  const starts = Array.from({ length: days }, (_, at) => startOfDay(now, days - 1 - at));
  const changes = starts.map(() => 0);
  const gained = starts.map(() => 0);
  const seen = new Set<string>();
  for (const { rev, seq, observedAt, resourceType, kind } of records) {
    const time = observedAt.getTime();
    const day = starts.findLastIndex((start) => start <= time);
    const key = `${rev}.${seq}`;
    if (day < 0 || seen.has(key)) continue;
    seen.add(key);
    changes[day] = (changes[day] ?? 0) + 1;
    if (resourceType === 'guest' && kind === 'created') gained[day] = (gained[day] ?? 0) + 1;
    if (resourceType === 'guest' && kind === 'removed') gained[day] = (gained[day] ?? 0) - 1;
  }
  const guests = starts.map(() => 0);
  let count = guestsNow;
  for (let day = days - 1; day >= 0; day -= 1) {
    guests[day] = Math.max(0, count);
    count -= gained[day] ?? 0;
  }
  return { times: starts.map((start) => start / 1000), changes, guests };
}

function startOfDay(now: Date, daysAgo: number): number {
  const noon = new Date(now.getFullYear(), now.getMonth(), now.getDate(), 12).getTime() - daysAgo * DAY_MS;
  return new Date(noon).setHours(0, 0, 0, 0);
}
