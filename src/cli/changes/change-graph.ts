import type { Column } from '../output/column.ts';
import { formatLocalDay } from '../output/format.ts';
import { actorText, type ChangeRecord, isFirstSight, timeOf } from './change-record.ts';
import { toStories } from './change-stories.ts';

const HOURS = 24;
const BARS = '▁▂▃▄▅▆▇█';
const DAY_MS = 86_400_000;

/** One day, without what a run saw for the first time. */
export interface GraphRow {
  /** `2026-11-27` on the user's calendar. */
  day: string;
  /** Actions of each hour, from midnight. */
  hours: readonly number[];
  actions: number;
  changes: number;
  people: number;
}

/** Every day from the first to the last one with changes. */
export function graphDays(records: readonly ChangeRecord[]): GraphRow[] {
  const days = new Map<string, ChangeRecord[][]>();
  const times: Date[] = [];
  for (const { first, records: own } of toStories(records, { most: Number.POSITIVE_INFINITY })) {
    if (isFirstSight(first)) continue;
    const time = timeOf(first);
    times.push(time);
    const day = formatLocalDay(time);
    days.set(day, [...(days.get(day) ?? []), [...own]]);
  }
  return calendar(times).map((day) => toRow(day, days.get(day) ?? []));
}

/** The days from the first to the last of some times. */
function calendar(times: readonly Date[]): string[] {
  const [first, last] = [Math.min(...times.map(Number)), Math.max(...times.map(Number))];
  const days = new Set<string>();
  // Half a day at a time: where clocks change, a day has 23 or 25 hours.
  for (let time = first; time < last; time += DAY_MS / 2) days.add(formatLocalDay(new Date(time)));
  if (times.length > 0) days.add(formatLocalDay(new Date(last)));
  return [...days];
}

function toRow(day: string, actions: readonly (readonly ChangeRecord[])[]): GraphRow {
  const hours = Array.from({ length: HOURS }, () => 0);
  for (const [first] of actions) {
    const hour = first === undefined ? 0 : timeOf(first).getHours();
    hours[hour] = (hours[hour] ?? 0) + 1;
  }
  const records = actions.flat();
  return {
    day,
    hours,
    actions: actions.length,
    changes: new Set(records.map(({ rev, seq }) => `${rev}/${seq}`)).size,
    people: new Set(records.flatMap((record) => (record.actor === null ? [] : actorText(record)))).size,
  };
}

/** A bar for each hour, the tallest for the busiest hour of all days; a dot where nothing happened. */
export function sparkline(hours: readonly number[], most: number): string {
  return hours
    .map((count) => (count === 0 ? '·' : BARS[Math.ceil((count / Math.max(most, 1)) * BARS.length) - 1]))
    .join('');
}

export function graphColumns(rows: readonly GraphRow[]): Column<GraphRow>[] {
  const most = Math.max(0, ...rows.flatMap(({ hours }) => hours));
  const number = (key: 'actions' | 'changes' | 'people'): Column<GraphRow> => ({
    key,
    align: 'right',
    raw: (row) => row[key],
  });
  return [
    { key: 'day', isSolid: true, raw: ({ day }) => day },
    {
      key: 'hours',
      header: '0     6     12    18',
      isSolid: true,
      raw: ({ hours }) => hours.map(String),
      text: ({ hours }) => sparkline(hours, most),
    },
    number('actions'),
    number('changes'),
    number('people'),
  ];
}
