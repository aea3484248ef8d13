import type { ChangeRecord } from '../../types/change-record.ts';
import type { Column } from '../output/column.ts';
import { formatLocal, formatLocalDay, formatLocalIso } from '../output/format.ts';
import { actorText, resourceRef, resourceText, timeOf } from './change-record.ts';
import { toActions } from './change-stories.ts';

/** What changes are summed up by. */
export type Summary = 'person' | 'guest' | 'day';

/** What somebody did, what happened to one resource, or on one day. Without what a run saw for the first time. */
export interface SummaryRow {
  /** `alice@pve!deploy`, `lab/105`, `2026-11-27`. */
  of: string;
  /** The same, for people. */
  label: string;
  /** What one person did to one resource in one go is one action, of one change or several. */
  actions: number;
  changes: number;
  created: number;
  removed: number;
  /** How many resources, and how many people who are known. */
  resources: number;
  people: number;
  first: Date;
  last: Date;
}

interface Group {
  of: string;
  label: string;
  actions: number;
  records: ChangeRecord[];
}

/** Most changes first; days in their order. */
export function summarize(records: readonly ChangeRecord[], by: Summary): SummaryRow[] {
  const groups = new Map<string, Group>();
  for (const { first, records: own } of toActions(records)) {
    const { of, label } = groupOf(first, by);
    const group = groups.get(of) ?? { of, label, actions: 0, records: [] };
    groups.set(of, group);
    group.actions += 1;
    group.records.push(...own);
  }
  const rows = [...groups.values()].map(toRow);
  return by === 'day' ? rows.toSorted((a, b) => compare(a.of, b.of)) : rows.toSorted(byChanges);
}

function groupOf(record: ChangeRecord, by: Summary): { of: string; label: string } {
  switch (by) {
    case 'person':
      return { of: actorText(record), label: actorText(record) };
    case 'guest':
      return { of: resourceRef(record), label: resourceText(record) };
    case 'day':
      return { of: formatLocalDay(timeOf(record)), label: formatLocalDay(timeOf(record)) };
  }
}

function toRow({ of, label, actions, records }: Group): SummaryRow {
  const { changes, people } = countsOf(records);
  const { first, last } = spanOf(records);
  const count = (kind: ChangeRecord['kind']) =>
    new Set(records.flatMap((record) => (record.kind === kind ? changeOf(record) : []))).size;
  return {
    of,
    label,
    actions,
    changes,
    created: count('created'),
    removed: count('removed'),
    resources: new Set(records.map(({ resourceId }) => resourceId)).size,
    people,
    first,
    last,
  };
}

/** How many changes some records are of, and how many people who are known made them. */
export function countsOf(records: readonly ChangeRecord[]): { changes: number; people: number } {
  return {
    changes: new Set(records.map(changeOf)).size,
    people: new Set(records.flatMap((record) => (record.actor === null ? [] : actorText(record)))).size,
  };
}

/** When the first and the last of some records happened; they may be more than a call takes arguments. Throws for none. */
export function spanOf(records: readonly ChangeRecord[]): { first: Date; last: Date } {
  const times = records.map((record) => timeOf(record).getTime());
  return {
    first: new Date(times.reduce((least, time) => Math.min(least, time))),
    last: new Date(times.reduce((most, time) => Math.max(most, time))),
  };
}

/** A change of several fields has a record for each. */
function changeOf({ rev, seq }: ChangeRecord): string {
  return `${rev}/${seq}`;
}

function byChanges(a: SummaryRow, b: SummaryRow): number {
  return b.changes - a.changes || compare(a.of, b.of);
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

const HEADERS: Readonly<Record<Summary, string>> = { person: 'BY', guest: 'RESOURCE', day: 'DAY' };

export function summaryColumns(by: Summary): Column<SummaryRow>[] {
  const time = (key: 'first' | 'last'): Column<SummaryRow> => ({
    key,
    isSolid: true,
    raw: (row) => row[key],
    text: (row, { isWide }) => (isWide ? formatLocalIso(row[key]) : formatLocal(row[key])),
  });
  const number = (key: 'actions' | 'changes' | 'created' | 'removed' | 'resources' | 'people'): Column<SummaryRow> => ({
    key,
    align: 'right',
    raw: (row) => row[key],
  });
  return [
    { key: 'of', header: HEADERS[by], raw: ({ of }) => of, text: ({ label }) => label },
    number('actions'),
    number('changes'),
    number('created'),
    number('removed'),
    ...(by === 'guest' ? [] : [number('resources')]),
    ...(by === 'person' ? [] : [number('people')]),
    ...(by === 'day' ? [] : [time('first'), time('last')]),
  ];
}
