import type { AuditRecord } from '../../../types/audit-record.ts';
import type { PatchEntry } from '../../../types/document.ts';
import type { UnattributedChange } from '../../../types/evidence.ts';
import type { PlannedChange } from '../../../types/history.ts';
import { toPlanned, UNEXPLAINED } from '../../explanation.ts';
import { explainBy } from './explanation.ts';
import { explainField, type FieldVerdict } from './field-explanation.ts';
import type { RecordIndex } from './record-index.ts';

interface Group {
  verdict: FieldVerdict | null;
  entries: PatchEntry[];
}

/** One row for each event that explains some of the fields, in the order of the events; fields without one come last. */
export function attributeFields(
  change: UnattributedChange,
  records: readonly AuditRecord[],
  { index, skewMs }: { index: RecordIndex; skewMs: number },
): PlannedChange[] {
  if (change.patch.length === 0) return [toPlanned(change, UNEXPLAINED)];
  return groupEntries(change, records, index).map(({ verdict, entries }) => {
    const isMove = entries.some(([path]) => path === 'node');
    const event = change.event === 'migrated' && !isMove ? null : change.event;
    const explanation =
      verdict === null ? UNEXPLAINED : explainBy(verdict.record, verdict.isCertain ? 'exact' : 'likely', skewMs);
    return toPlanned({ ...change, event, patch: entries }, explanation);
  });
}

function groupEntries(change: UnattributedChange, records: readonly AuditRecord[], index: RecordIndex): Group[] {
  const groups = new Map<string, Group>();
  const verdicts = verdictsOn(change, records, index);
  for (const entry of change.patch) {
    const own = verdicts.get(entry[0]) ?? null;
    const verdict = own ?? (isToldByTools(entry) ? asLikely(verdicts.get('status') ?? null) : null);
    const key = verdict === null ? '' : `${verdict.record.ref} ${verdict.isCertain}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { verdict, entries: [entry] });
    else group.entries.push(entry);
  }
  return [...groups.values()].sort(byTime);
}

/** By path. What may have happened before the window or after it is at most likely, unless a value that it gave is seen. */
function verdictsOn(
  change: UnattributedChange,
  records: readonly AuditRecord[],
  index: RecordIndex,
): ReadonlyMap<string, FieldVerdict> {
  const found = new Map<string, FieldVerdict>();
  const seen = new Set<string>();
  for (const entry of change.patch) {
    const verdict = explainField(entry, records, (record) => index.isInside(record, change));
    if (verdict === null) continue;
    found.set(entry[0], verdict);
    const { record, isCertain } = verdict;
    if (isCertain && record.sets !== undefined && Object.hasOwn(record.sets, entry[0])) seen.add(record.ref);
  }
  for (const [path, { record, isCertain }] of found) {
    const isOfNow = seen.has(record.ref) || index.isInside(record, change);
    found.set(path, { record, isCertain: isCertain && isOfNow });
  }
  return found;
}

/** What the tools tell comes and goes with the power. */
function isToldByTools([path]: PatchEntry): boolean {
  return path.startsWith('guest.') || path === 'tools.running';
}

function asLikely(verdict: FieldVerdict | null): FieldVerdict | null {
  return verdict && { ...verdict, isCertain: false };
}

function byTime(one: Group, other: Group): number {
  return timeOf(one) - timeOf(other);
}

function timeOf({ verdict }: Group): number {
  return verdict?.record.at.getTime() ?? Number.MAX_SAFE_INTEGER;
}
