import type { AuditRecord } from '../../types/audit-record.ts';
import type { PatchEntry } from '../../types/document.ts';
import type { UnattributedChange } from '../../types/evidence.ts';
import type { PlannedChange } from '../../types/history.ts';
import { toPlanned, UNEXPLAINED } from '../explanation.ts';
import type { EventTraits } from './event-traits.ts';
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
  { index, traits, skewMs }: { index: RecordIndex; traits: EventTraits; skewMs: number },
): PlannedChange[] {
  if (change.patch.length === 0) return [toPlanned(change, UNEXPLAINED)];
  return groupEntries(change, records, { index, traits }).map(({ verdict, entries }) => {
    const isMove = entries.some(([path]) => path === 'node');
    const event = change.event === 'migrated' && !isMove ? null : change.event;
    const explanation =
      verdict === null ? UNEXPLAINED : explainBy(verdict.record, verdict.isCertain ? 'exact' : 'likely', skewMs);
    return toPlanned({ ...change, event, patch: entries }, explanation);
  });
}

interface Context {
  index: RecordIndex;
  traits: EventTraits;
}

function groupEntries(change: UnattributedChange, records: readonly AuditRecord[], context: Context): Group[] {
  const groups = new Map<string, Group>();
  const verdicts = verdictsOn(change, records, context);
  for (const entry of change.patch) {
    const own = verdicts.get(entry[0]) ?? null;
    const verdict = own ?? (context.traits.followsPower(entry[0]) ? asLikely(verdicts.get('status') ?? null) : null);
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
  { index, traits }: Context,
): ReadonlyMap<string, FieldVerdict> {
  const found = new Map<string, FieldVerdict>();
  const seen = new Set<string>();
  for (const entry of change.patch) {
    const verdict = explainField(entry, records, { isInside: (record) => index.isInside(record, change), traits });
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

function asLikely(verdict: FieldVerdict | null): FieldVerdict | null {
  return verdict && { ...verdict, isCertain: false };
}

function byTime(one: Group, other: Group): number {
  return timeOf(one) - timeOf(other);
}

function timeOf({ verdict }: Group): number {
  return verdict?.record.at.getTime() ?? Number.MAX_SAFE_INTEGER;
}
