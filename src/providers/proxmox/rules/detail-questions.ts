import type { AuditRecord } from '../../../types/audit-record.ts';
import type { DetailQuestions, Details, SnapshotQuestion } from '../../../types/details.ts';
import type { Document } from '../../../types/document.ts';
import { guestKey } from '../../../types/guest-key.ts';
import type { GuestObservation, Observation } from '../../../types/observation.ts';
import type { KnownGuest, KnownState } from '../../../types/plan.ts';
import { sectionOf } from '../../../types/section.ts';
import { CLONE, DESTROY, MAKER, ROLLBACK, SNAPSHOT_TASK } from '../attribution/task-types.ts';
import { isTask, type LogEntry, linesOf, type Task, tasksOf } from '../records/record.ts';
import { vmidOf } from '../vmid.ts';

/** Guests whose snapshot list is read for the first time in one run, at most. */
const MAX_FIRST = 50;
/** If a run finds more clones of one source than this, it does not ask which guest each clone made. */
const MAX_CLONES = 20;
const ROLLBACK_LINE = /^rollback snapshot (?:VM|CT|LXC|container) (\d+):?\s+(\S+)$/;

/**
 * Decides which extra details a run reads. One call for each guest would double the calls of a run, so snapshots are read
 * only for guests whose file has changed or that have a new snapshot task.
 */
export function detailQuestions(known: KnownState, seen: Observation): DetailQuestions {
  const old = new Set(known.recentRecords.filter(({ endedAt }) => endedAt !== null).map(({ ref }) => ref));
  const fresh = tasksOf(seen).filter(
    ({ ref, outcome }) => !old.has(ref) && (outcome === 'ok' || outcome === 'warning'),
  );
  return { snapshots: snapshotQuestions(known, seen, fresh), clones: cloneQuestions(known, seen, fresh) };
}

function snapshotQuestions(known: KnownState, seen: Observation, fresh: readonly Task[]): SnapshotQuestion[] {
  const before = new Map(known.guests.map((guest) => [guestKey(guest), guest]));
  const touched = new Set(fresh.filter(({ native }) => SNAPSHOT_TASK.test(native)).map(({ target }) => target));
  const rolledBack = new Set(fresh.filter(({ native }) => ROLLBACK.test(native)).map(({ target }) => target));
  const questions: SnapshotQuestion[] = [];
  let first = 0;
  for (const guest of seen.guests) {
    const stored = before.get(guestKey(guest));
    const why = whyAsk(guest, stored, touched);
    if (why === null || (why === 'first' && ++first > MAX_FIRST)) continue;
    const { kind, node } = guest;
    const isBack = rolledBack.has(guest.nativeId) && stored !== undefined;
    questions.push({
      kind,
      vmid: vmidOf(guest),
      node,
      rolledBackTo: isBack ? rollbackTarget(guest, linesOf(seen)) : null,
    });
  }
  return questions;
}

/** The snapshot of the last rollback. The log names it; it is the parent unless another snapshot was taken since. */
function rollbackTarget({ nativeId, document }: GuestObservation, log: readonly LogEntry[]): string | null {
  const lines = log.filter(({ text }) => ROLLBACK_LINE.exec(text)?.[1] === nativeId);
  const last = lines.reduce<LogEntry | null>((best, line) => (best === null || line.at >= best.at ? line : best), null);
  const parent = document['parent'];
  return ROLLBACK_LINE.exec(last?.text ?? '')?.[2] ?? (typeof parent === 'string' ? parent : null);
}

function whyAsk(
  guest: GuestObservation,
  stored: KnownGuest | undefined,
  touched: ReadonlySet<string>,
): 'first' | 'touched' | null {
  if (!guest.complete.has('config')) return null;
  if (touched.has(guest.nativeId)) return 'touched';
  if (stored === undefined || !stored.readSections.includes('snapshots')) {
    return guest.document['parent'] === undefined ? null : 'first';
  }
  const hasChanged = stored.identity.digest !== guest.identity.digest;
  return hasChanged && (mayHaveSnapshots(stored.document) || mayHaveSnapshots(guest.document)) ? 'touched' : null;
}

function mayHaveSnapshots(document: Document): boolean {
  return Object.keys(document).some((path) => path === 'parent' || path.startsWith('snapshot.'));
}

/**
 * Only the logs of clone tasks distinguish clones of one source, or name the guest that a clone made before it was
 * destroyed.
 */
function cloneQuestions(known: KnownState, seen: Observation, fresh: readonly Task[]): Task[] {
  const clones = fresh.filter(({ native }) => CLONE.test(native));
  if (clones.length <= MAX_CLONES && hasUnseenGuest(known, fresh)) return clones;
  const ambiguous = clones.filter(
    ({ native, target }) => clones.filter((one) => one.native === native && one.target === target).length > 1,
  );
  if (ambiguous.length === 0 || ambiguous.length > MAX_CLONES) return [];
  const ids = new Set(known.guests.map(({ nativeId }) => nativeId));
  return seen.guests.some(({ nativeId }) => !ids.has(nativeId)) ? ambiguous : [];
}

/** Whether a guest was destroyed that was not known and that no task created under its own vmid. */
function hasUnseenGuest({ guests }: KnownState, fresh: readonly Task[]): boolean {
  const known = new Set(guests.map(({ nativeId }) => nativeId));
  const made = new Set(fresh.filter(({ native }) => MAKER.test(native)).map(({ target }) => target));
  return fresh.some(({ native, target }) => DESTROY.test(native) && !known.has(target) && !made.has(target));
}

/** Adds the details that were read to the observation. */
export function withDetails(seen: Observation, { snapshots, rollbacks, cloneTargets }: Details): Observation {
  const guests = seen.guests.map((guest): GuestObservation => {
    const fields = snapshots.get(guestKey(guest));
    if (fields === undefined) return guest;
    const complete = new Set([...guest.complete, 'snapshots' as const]);
    const others = Object.entries(guest.document).filter(([path]) => sectionOf(path) !== 'snapshots');
    return { ...guest, document: { ...Object.fromEntries(others), ...fields }, complete };
  });
  const records = seen.records.map((record): AuditRecord | Task => {
    const cloneVmid = cloneTargets.get(record.ref);
    return cloneVmid === undefined || !isTask(record) ? record : { ...record, cloneVmid };
  });
  return { ...seen, guests, records, rollbacks };
}
