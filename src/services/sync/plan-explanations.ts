import type { ProviderRules } from '../../providers/rules.ts';
import type { AuditRecord } from '../../types/audit-record.ts';
import type { Evidence, UnattributedChange } from '../../types/evidence.ts';
import type { Explanation } from '../../types/history.ts';
import type { KnownGuest, KnownState, Unexplained, UnexplainedChange } from '../../types/plan.ts';
import { lineKey, recordKey } from '../../types/record-key.ts';

/** Records may be this much later than what they tell of. */
const LATE_MS = 24 * 3_600_000;
/** What clocks may be off, beside what is known of it. */
const CLOCK_MS = 2000;
/** More at a time are not looked at: a run must not take long for what was not known for hours. */
const MOST = 500;

type Late = Pick<Evidence, 'records' | 'clockSkewMs' | 'clockErrorMs'>;

/**
 * Records that a run has read first, though they are of the time before the last whole run: they may explain changes that are
 * stored already.
 */
export function lateRecords(
  known: Pick<KnownState, 'lastCompleteAt' | 'recentRecords' | 'recentLines'>,
  seen: Late,
): AuditRecord[] {
  const { lastCompleteAt, recentRecords, recentLines } = known;
  if (lastCompleteAt === null) return [];
  const before = lastCompleteAt.getTime() + seen.clockSkewMs;
  const read = new Set(recentRecords.filter(({ endedAt }) => endedAt !== null).map(recordKey));
  const isNews = (record: AuditRecord): boolean =>
    record.source === 'log'
      ? recentLines !== undefined && record.at >= recentLines.since && !recentLines.keys.has(lineKey(record))
      : !read.has(recordKey(record));
  return seen.records.filter(
    (record) => timeOf(record) < before && timeOf(record) >= before - LATE_MS && isNews(record),
  );
}

/** The time since when changes may be explained by late records; null without any. */
export function explainableSince(
  late: readonly AuditRecord[],
  { clockSkewMs }: Pick<Evidence, 'clockSkewMs'>,
): Date | null {
  const times = late.map(timeOf);
  return times.length === 0 ? null : new Date(Math.min(...times) - clockSkewMs - CLOCK_MS);
}

/**
 * Who made changes that are stored already. Only a late record counts, and only where no record of the guest is from the time in
 * which its run read: that one may have come before or after what was seen. What a record explains in part only stays as it is.
 */
export function planExplanations(
  { changes, records }: Unexplained,
  late: readonly AuditRecord[],
  {
    known,
    evidence,
    rules,
  }: { known: Pick<KnownState, 'guests'>; evidence: Evidence; rules: Pick<ProviderRules, 'attribute'> },
): Explanation[] {
  const all = [...new Map([...records, ...evidence.records].map((one) => [recordKey(one), one])).values()];
  const lateRefs = new Set(late.map(({ ref }) => ref));
  const guests = new Map(known.guests.map((guest) => [guest.id, guest]));
  const { earlier: _, ...now } = evidence;
  return changes.slice(-MOST).flatMap((change) => {
    const guest = guests.get(change.resourceId);
    if (guest === undefined || !late.some((record) => isWithin(record, change, evidence))) return [];
    if (all.some((record) => isAbout(record, guest) && isUnclear(record, change, evidence))) return [];
    const told = { ...now, records: all, startedAt: change.readFrom };
    return explained(change, rules.attribute([toUnattributed(change, guest)], told), lateRefs);
  });
}

/** Several rows of one record are one explanation, as certain as the least certain of them: an address comes with a start. */
function explained(
  { rev, seq, observedAt, resourceType, kind, event, patch }: UnexplainedChange,
  rows: ReturnType<ProviderRules['attribute']>,
  lateRefs: ReadonlySet<string>,
): Explanation[] {
  const [row, ...others] = rows;
  const count = rows.reduce((sum, one) => sum + one.patch.length, 0);
  if (row === undefined || count !== patch.length) return [];
  if (others.some((one) => one.attribution.ref !== row.attribution.ref)) return [];
  const { attribution } = rows.find((one) => one.attribution.confidence !== 'exact') ?? row;
  if (attribution.source === 'none' || attribution.ref === null || !lateRefs.has(attribution.ref)) return [];
  return [{ rev, seq, observedAt, resourceType, kind, event, attribution }];
}

/** Of its document there is only when it was made: everything else may have changed since. */
function toUnattributed(change: UnexplainedChange, guest: KnownGuest): UnattributedChange {
  const { rev: _rev, seq: _seq, observedAt: _at, readFrom, ...rest } = change;
  const { kind, nativeId, vmid, node, identity, document } = guest;
  const isHaManaged = Object.hasOwn(document, 'ha.state') || change.patch.some(([path]) => path.startsWith('ha.'));
  const created = document['created'];
  const lasting = created === undefined ? {} : { document: { created } };
  return { ...rest, guest: { kind, nativeId, vmid, node, identity, isHaManaged, ...lasting }, notAfter: readFrom };
}

function isAbout({ target, text }: AuditRecord, { nativeId, identity }: KnownGuest): boolean {
  if (target !== null) return target === nativeId || target === identity.handle;
  return text?.includes(nativeId) === true;
}

function isWithin(record: AuditRecord, { notBefore, readFrom }: UnexplainedChange, clock: Late): boolean {
  return isBetween(record, notBefore, readFrom, clock);
}

/** While its run read, and until it was stored. */
function isUnclear(record: AuditRecord, { readFrom, observedAt }: UnexplainedChange, clock: Late): boolean {
  return isBetween(record, readFrom, observedAt, clock);
}

function isBetween(record: AuditRecord, from: Date, to: Date, { clockSkewMs, clockErrorMs = 0 }: Late): boolean {
  const slack = clockErrorMs + CLOCK_MS;
  return (
    (record.endedAt ?? record.at).getTime() - clockSkewMs >= from.getTime() - slack &&
    record.at.getTime() - clockSkewMs <= to.getTime() + slack
  );
}

function timeOf({ at, endedAt }: AuditRecord): number {
  return (endedAt ?? at).getTime();
}
