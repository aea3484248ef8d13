import type { ProviderRules } from '../../providers/rules.ts';
import type { AuditRecord } from '../../types/audit-record.ts';
import type { Evidence, UnattributedChange } from '../../types/evidence.ts';
import { groupBy } from '../../types/group-by.ts';
import type { Explanation } from '../../types/history.ts';
import type { KnownGuest, KnownState, Unexplained, UnexplainedChange } from '../../types/plan.ts';
import { lineKey, recordKey } from '../../types/record-key.ts';

/** Records may be this much later than what they tell of. */
const LATE_MS = 24 * 3_600_000;
/** What clocks may be off, beside what is known of it. */
const CLOCK_MS = 2000;

type Clock = Pick<Evidence, 'clockSkewMs' | 'clockErrorMs'>;

/**
 * Records that a run has read first, though they are of the time before the last whole run: they may explain changes that are
 * stored already. Records that are not stored are none, and neither are those from before the time whose records are known.
 */
export function lateRecords(
  { lastCompleteAt, recentRecords, recentLines }: Pick<KnownState, 'lastCompleteAt' | 'recentRecords' | 'recentLines'>,
  records: readonly AuditRecord[],
  { clockSkewMs }: Clock,
): AuditRecord[] {
  if (lastCompleteAt === null || recentLines === undefined) return [];
  const before = lastCompleteAt.getTime() + clockSkewMs;
  const since = Math.max(before - LATE_MS, recentLines.since.getTime());
  const read = new Set(recentRecords.filter(({ endedAt }) => endedAt !== null).map(recordKey));
  const isNews = (record: AuditRecord): boolean =>
    record.source === 'log' ? !recentLines.keys.has(lineKey(record)) : !read.has(recordKey(record));
  return records.filter((record) => timeOf(record) < before && timeOf(record) >= since && isNews(record));
}

/** The time since when changes may be explained by late records; null without any. */
export function explainableSince(late: readonly AuditRecord[], { clockSkewMs }: Clock): Date | null {
  const times = late.map(timeOf);
  return times.length === 0 ? null : new Date(Math.min(...times) - clockSkewMs - CLOCK_MS);
}

interface Context {
  guests: ReadonlyMap<string, KnownGuest>;
  /** All that is known by now, and what of it came late. */
  evidence: Evidence;
  late: readonly AuditRecord[];
  rules: Pick<ProviderRules, 'attribute'>;
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
    evidence: { earlier: _, ...now },
    rules,
  }: { known: Pick<KnownState, 'guests'>; evidence: Evidence; rules: Pick<ProviderRules, 'attribute'> },
): Explanation[] {
  const all = [...new Map([...records, ...now.records].map((one) => [recordKey(one), one])).values()];
  const guests = new Map(known.guests.map((guest) => [guest.id, guest]));
  const context = { guests, evidence: { ...now, records: all }, late, rules };
  return [...groupBy(changes, ({ rev }) => rev).values()].flatMap((run) => explainRun(run, context));
}

/** The changes of a run are explained together, as when they were seen: a record may be of any of them. */
function explainRun(changes: readonly UnexplainedChange[], { guests, evidence, late, rules }: Context): Explanation[] {
  const told = changes.flatMap((change) => {
    const guest = guests.get(change.resourceId);
    return guest === undefined ? [] : [{ change, guest, asked: toUnattributed(change, guest) }];
  });
  const asksLate = told.filter(({ change }) => late.some((record) => isWithin(record, change, evidence)));
  const [first] = asksLate;
  if (first === undefined) return [];
  // The task of a clone does not say which guest it made: it may be one that is gone by now.
  const isMakerClear = changes.every(({ kind, resourceId }) => kind !== 'created' || guests.has(resourceId));
  const lateRefs = new Set(late.map(({ ref }) => ref));
  const asked = told.map((one) => one.asked);
  const rows = rules.attribute(asked, { ...evidence, startedAt: first.change.readFrom });
  return asksLate.flatMap(({ change, guest }) => {
    if (change.kind === 'created' && !isMakerClear) return [];
    if (evidence.records.some((record) => isAbout(record, guest) && isUnclear(record, change, evidence))) return [];
    const own = rows.filter(({ resourceId }) => resourceId === change.resourceId);
    return explained(change, own, lateRefs);
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
  // Rows say which guest they are of, and not which of its changes: those of two changes are too many for either.
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

function isWithin(record: AuditRecord, { notBefore, readFrom }: UnexplainedChange, clock: Clock): boolean {
  return isBetween(record, notBefore, readFrom, clock);
}

/** While its run read, and until it was stored. */
function isUnclear(record: AuditRecord, { readFrom, observedAt }: UnexplainedChange, clock: Clock): boolean {
  return isBetween(record, readFrom, observedAt, clock);
}

function isBetween(record: AuditRecord, from: Date, to: Date, { clockSkewMs, clockErrorMs = 0 }: Clock): boolean {
  const slack = clockErrorMs + CLOCK_MS;
  return (
    (record.endedAt ?? record.at).getTime() - clockSkewMs >= from.getTime() - slack &&
    record.at.getTime() - clockSkewMs <= to.getTime() + slack
  );
}

function timeOf({ at, endedAt }: AuditRecord): number {
  return (endedAt ?? at).getTime();
}
