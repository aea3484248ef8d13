import type { PatchEntry } from '../../../types/document.ts';
import type { PlannedChange } from '../../../types/history.ts';
import type { Explanation } from '../../explanation.ts';
import { isSameValue } from '../attribution/same-value.ts';
import type { LogStep, Track } from './log-step.ts';

/** A row, and the time by which it stands among those of its guest. */
interface Placed {
  row: PlannedChange;
  atMs: number;
}

export interface Subject {
  resourceId: string;
  notBefore: Date;
}

export function toRow(
  { resourceId, notBefore }: Subject,
  explanation: Explanation,
  patch: readonly PatchEntry[],
): PlannedChange {
  return {
    resourceType: 'guest',
    resourceId,
    kind: 'changed',
    event: 'from-log',
    patch,
    attribution: { ...explanation, notBefore },
  };
}

function touches(row: PlannedChange, paths: readonly string[]): boolean {
  return row.patch.some(([path]) => paths.includes(path));
}

/** Whether a step tells of the same record as a row, and that it led to the value which the row ends with. */
function isExplained(row: PlannedChange, [, , after]: PatchEntry, { steps }: Track): boolean {
  return steps.some(({ explanation, patch }) => {
    return explanation.ref === row.attribution.ref && patch.some(([, , value]) => isSameValue(value, after));
  });
}

/** Whether the rows that tell the net change of these fields put it down to one of the steps. */
function agrees(rows: readonly PlannedChange[], track: Track): boolean {
  return rows.every((row) => {
    const entries = row.patch.filter(([path]) => track.paths.includes(path));
    if (entries.length === 0) return true;
    return (
      row.event !== 'observed' &&
      row.attribution.ref !== null &&
      entries.every((entry) => isExplained(row, entry, track))
    );
  });
}

/** Without the net change of some paths; a row that told nothing else goes. */
function withoutPaths(rows: readonly PlannedChange[], paths: readonly string[]): PlannedChange[] {
  return rows.flatMap((row) => {
    if (!touches(row, paths)) return [row];
    const patch = row.patch.filter(([path]) => !paths.includes(path));
    const isTold = patch.length === 0 && (row.event === null || row.event === 'migrated');
    return isTold ? [] : [{ ...row, patch }];
  });
}

function timeOf({ attribution }: PlannedChange): number {
  return attribution.effectiveAt?.getTime() ?? Number.POSITIVE_INFINITY;
}

/** Steps keep their order, also where the time of one is that of its beginning. */
function placeSteps(subject: Subject, steps: readonly LogStep[]): Placed[] {
  let lastMs = Number.NEGATIVE_INFINITY;
  return steps.map(({ explanation, patch }) => {
    const row = toRow(subject, explanation, patch);
    lastMs = Math.max(lastMs, timeOf(row));
    return { row, atMs: lastMs };
  });
}

/** One row for what one record did to several fields. */
function joinNeighbours(rows: readonly PlannedChange[]): PlannedChange[] {
  const joined: PlannedChange[] = [];
  for (const row of rows) {
    const last = joined.at(-1);
    const isOne =
      last?.event === 'from-log' && row.event === 'from-log' && last.attribution.ref === row.attribution.ref;
    const paths = row.patch.map(([path]) => path);
    if (last === undefined || !isOne || touches(last, paths)) joined.push(row);
    else joined[joined.length - 1] = { ...last, patch: [...last.patch, ...row.patch] };
  }
  return joined;
}

/**
 * The rows of one guest with its steps among them, by time. Where a field is another one now than before, its steps take the
 * place of that change: together they say the same. Steps that end otherwise than the change was explained are left out.
 */
export function joinSteps(
  rows: readonly PlannedChange[],
  tracks: readonly Track[],
  subject: Subject,
): readonly PlannedChange[] {
  const fitting = tracks.filter((track) => track.steps.length > 0 && agrees(rows, track));
  if (fitting.length === 0) return rows;
  const rest = withoutPaths(
    rows,
    fitting.flatMap(({ paths }) => paths),
  );
  const isFirst = ({ event }: PlannedChange): boolean => event === 'observed';
  const others = rest.filter((row) => !isFirst(row)).map((row) => ({ row, atMs: timeOf(row) }));
  const placed = [...others, ...fitting.flatMap(({ steps }) => placeSteps(subject, steps))];
  const sorted = placed.toSorted((a, b) => (a.atMs === b.atMs ? 0 : a.atMs - b.atMs)).map(({ row }) => row);
  return [...rest.filter(isFirst), ...joinNeighbours(sorted)];
}
