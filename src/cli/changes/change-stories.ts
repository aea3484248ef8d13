import type { ChangeRecord } from '../../types/change-record.ts';
import { CONTAINER_KINDS, VM_KINDS } from '../../types/guest.ts';
import type { FirstSights } from '../../types/history-query.ts';
import type { Column } from '../output/column.ts';
import { formatCount } from '../output/format.ts';
import { CHANGE_COLUMNS, changesText, isFirstSight, resourceText, timeOf } from './change-record.ts';

/** One row of a table of changes: the fields that one action changed, or all that a first run found. */
export interface Story {
  first: ChangeRecord;
  records: readonly ChangeRecord[];
  /** How much of what there is, where the row stands for more than one resource. */
  totals: FirstSights | null;
}

export const MOST_FIRST_SIGHTS = 5;

interface Grouping {
  /** A first run of which only some records are given, and what it found in all. */
  cut?: { rev: number; totals: FirstSights };
  /** So many resources that a first run found are counted instead of listed. */
  most?: number;
}

/** Groups records in time order. Of a first run only totals are left, unless it found little. */
export function toStories(records: readonly ChangeRecord[], { cut, most = MOST_FIRST_SIGHTS }: Grouping = {}): Story[] {
  const actions = groupBy(records, actionOf);
  const runs = groupBy(
    actions.flatMap(([first]) => (first !== undefined && isCounted(first) ? [first] : [])),
    sightKey,
  );
  const large = new Map(
    runs
      .filter((run) => run.length >= most || (cut !== undefined && run[0]?.rev === cut.rev))
      .map((run) => [run[0], run] as const),
  );
  const hidden = new Set([...large.values()].flatMap((run) => run.slice(1)));
  return actions.flatMap((group): Story[] => {
    const [first] = group;
    if (first === undefined || hidden.has(first)) return [];
    const run = large.get(first);
    if (run === undefined) return [{ first, records: group, totals: null }];
    return [{ first, records: run, totals: cut?.rev === first.rev ? cut.totals : totalsOf(run) }];
  });
}

/** Each action by itself, without what a run saw for the first time. */
export function toActions(records: readonly ChangeRecord[]): Story[] {
  return toStories(records, { most: Number.POSITIVE_INFINITY }).filter(({ first }) => !isFirstSight(first));
}

/**
 * What one action did to one resource is one story, whatever changes it was recorded as. Only the same record of the server, read
 * with the same confidence, makes two changes one action: without a record, nobody knows that one hand made both.
 */
function actionOf(record: ChangeRecord): string {
  const { rev, seq, resourceId, kind, event, actor, token, source, via, ref, confidence } = record;
  const isOneRecord = kind === 'changed' && ref !== null;
  const action = [event, actor, token, source, via, confidence, timeOf(record).getTime()];
  return JSON.stringify([rev, resourceId, kind, ...(isOneRecord ? [...action, ref] : [seq])]);
}

function sightKey({ provider, rev }: ChangeRecord): string {
  return JSON.stringify([provider, rev]);
}

function groupBy(records: readonly ChangeRecord[], keyOf: (record: ChangeRecord) => string): ChangeRecord[][] {
  const groups = new Map<string, ChangeRecord[]>();
  for (const record of records) {
    const key = keyOf(record);
    const group = groups.get(key);
    if (group) group.push(record);
    else groups.set(key, [record]);
  }
  return [...groups.values()];
}

/** A field of it that was asked for is no whole resource. */
function isCounted(record: ChangeRecord): boolean {
  return isFirstSight(record) && record.path === null;
}

export function totalOf(totals: FirstSights): number {
  return Object.values(totals).reduce((sum, count) => sum + count, 0);
}

export function totalsOf(records: readonly Pick<ChangeRecord, 'resourceKind'>[]): FirstSights {
  const totals: Record<string, number> = {};
  for (const { resourceKind } of records) totals[resourceKind] = (totals[resourceKind] ?? 0) + 1;
  return totals;
}

const KINDS = [
  [['node'], 'node', 'nodes'],
  [VM_KINDS, 'virtual machine', 'virtual machines'],
  [CONTAINER_KINDS, 'container', 'containers'],
  [['storage'], 'storage', 'storages'],
] as const;

/** `2 nodes, 3 virtual machines, 1 container, 6 storages`. */
export function totalsText(totals: FirstSights): string {
  const counts = KINDS.map(([kinds, one, many]) => {
    const count = kinds.reduce((sum, kind) => sum + (totals[kind] ?? 0), 0);
    return count === 0 ? [] : [`${formatCount(count)} ${count === 1 ? one : many}`];
  });
  return counts.flat().join(', ');
}

export function storyText({ records, totals }: Story): string {
  return totals === null ? changesText(records) : `first seen: ${totalsText(totals)}`;
}

export function storyResource({ first, totals }: Story): string {
  return totals === null ? resourceText(first) : first.provider;
}

/** The columns of changes, for rows that stand for several records. */
export const STORY_COLUMNS: readonly Column<Story>[] = CHANGE_COLUMNS.map(toStoryColumn);

function toStoryColumn(column: Column<ChangeRecord>): Column<Story> {
  const { key, header, align, isSolid, isRare, spare, detail } = column;
  const words = key === 'change' ? storyText : key === 'resource' ? storyResource : null;
  return {
    key,
    ...(header !== undefined && { header }),
    ...(align && { align }),
    ...(isSolid && { isSolid }),
    ...(isRare && { isRare }),
    ...(spare !== undefined && { spare }),
    ...(detail && { detail: typeof detail === 'function' ? (rows) => detail(rows.map(({ first }) => first)) : detail }),
    ...(words === null && column.text && { text: ({ first }, look) => column.text?.(first, look) ?? '' }),
    ...(column.tone && { tone: ({ first }) => column.tone?.(first) ?? 'plain' }),
    raw: words ?? (({ first }) => column.raw(first)),
  };
}
