import type { ChangeRecord } from '../../types/change-record.ts';
import type { Column } from '../output/column.ts';
import { formatLocalDay } from '../output/format.ts';
import { timeOf } from './change-record.ts';
import { type Story, toActions } from './change-stories.ts';
import { countsOf, spanOf } from './change-summary.ts';

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
  const actions = toActions(records);
  if (actions.length === 0) return [];
  const days = new Map<string, Story[]>();
  for (const action of actions) {
    const day = formatLocalDay(timeOf(action.first));
    const own = days.get(day);
    if (own) own.push(action);
    else days.set(day, [action]);
  }
  const { first, last } = spanOf(actions.map((action) => action.first));
  return calendar(first, last).map((day) => toRow(day, days.get(day) ?? []));
}

function calendar(first: Date, last: Date): string[] {
  const days = new Set<string>();
  // Half a day at a time: where clocks change, a day has 23 or 25 hours.
  for (let time = first.getTime(); time < last.getTime(); time += DAY_MS / 2) days.add(formatLocalDay(new Date(time)));
  days.add(formatLocalDay(last));
  return [...days];
}

function toRow(day: string, actions: readonly Story[]): GraphRow {
  const hours = Array.from({ length: HOURS }, () => 0);
  for (const { first } of actions) {
    const hour = timeOf(first).getHours();
    hours[hour] = (hours[hour] ?? 0) + 1;
  }
  return { day, hours, actions: actions.length, ...countsOf(actions.flatMap(({ records }) => records)) };
}

/** A bar for each hour, the tallest for the busiest hour of all days; a dot where nothing happened. */
export function sparkline(hours: readonly number[], most: number): string {
  return hours
    .map((count) => (count === 0 ? '·' : BARS[Math.ceil((count / Math.max(most, 1)) * BARS.length) - 1]))
    .join('');
}

export function graphColumns(rows: readonly GraphRow[]): Column<GraphRow>[] {
  const most = rows.flatMap(({ hours }) => hours).reduce((left, right) => Math.max(left, right), 0);
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
