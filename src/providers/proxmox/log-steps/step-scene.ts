import type { GuestStep } from '../../../types/guest-step.ts';
import type { GuestObservation } from '../../../types/observation.ts';
import type { GuestWrite, KnownGuest } from '../../../types/plan.ts';
import type { StepContext } from '../../../types/run-facts.ts';
import { findScope, placedScope } from '../../../types/scope.ts';
import type { Section } from '../../../types/section.ts';
import { HA_DELAY_MS } from '../attribution/ha.ts';
import { linesOf, type Task, tasksOf } from '../records/record.ts';
import { changedAfter } from '../rules/guest-window.ts';
import { vmidOf } from '../vmid.ts';
import type { StepRecord, StepRecords } from './step-records.ts';

/** One guest that was there before and after. */
export interface StepScene {
  before: GuestWrite;
  after: GuestWrite;
  record: StepRecord;
  /** Tasks of the window and of the time before it in which HA may have been asked. */
  recentTasks: readonly Task[];
  isHaManaged: boolean;
}

/** What steps are told of: a guest that was known and seen, and that is the same machine. */
export interface SeenGuest {
  known: KnownGuest;
  seen: GuestObservation;
  step: GuestStep & { before: GuestWrite };
}

/** A path of each section, for the window in which it was last read. */
const PATH_OF = { power: 'status', config: 'name', placement: 'node', ha: 'ha.state' } as const satisfies Partial<
  Record<Section, string>
>;
export type StepSection = keyof typeof PATH_OF;

export function windowOf({ known, seen }: SeenGuest, section: StepSection, context: StepContext): Date {
  return changedAfter(known, seen, [[PATH_OF[section], null, null]], context);
}

/** null where this section was not read whole, or not all tasks of the guest are known. */
export function sceneOf(
  guest: SeenGuest,
  section: StepSection,
  records: StepRecords,
  context: StepContext,
): StepScene | null {
  const { step, seen, known } = guest;
  const window = { notBefore: windowOf(guest, section, context), notAfter: context.seen.observedAt };
  if (!seen.complete.has(section)) return null;
  const record = records.within(vmidOf(seen), window);
  const isWhole = areTasksWhole([known.node, seen.node], context) || isToldByLog(record, window.notBefore, context);
  if (!isWhole) return null;
  return {
    before: step.before,
    after: step.after,
    record,
    recentTasks: records.since(vmidOf(seen), window, HA_DELAY_MS),
    isHaManaged: Object.hasOwn(step.after.document, 'ha.state'),
  };
}

/** Whether this run has read all tasks of some nodes. A partial read reads the tasks of some nodes only. */
export function areTasksWhole(
  nodes: readonly string[],
  { seen, evidence }: Pick<StepContext, 'seen' | 'evidence'>,
): boolean {
  if (seen.partialRead === undefined) return !nodes.some((node) => evidence.gaps?.nodes.has(node));
  return nodes.every((node) => findScope(seen.scopes, placedScope('tasks', node))?.coverage === 'complete');
}

/**
 * Whether all tasks of the guest that the log names were read. A partial read reads the tasks of a node only if the log names
 * one of them.
 */
function isToldByLog({ lines }: StepRecord, notBefore: Date, context: StepContext): boolean {
  if (context.seen.partialRead === undefined || !reachesBack(notBefore, context)) return false;
  const read = new Set(tasksOf(context.evidence).map(({ ref }) => ref));
  return lines.every(({ text }) => {
    const upid = /^(?:starting|end) task (UPID:\S+:)/.exec(text)?.[1];
    return upid === undefined || read.has(upid);
  });
}

/** Whether the log was read from the beginning of a window on: it is a ring that forgets its oldest lines. */
export function reachesBack(notBefore: Date, { evidence, seen }: Pick<StepContext, 'evidence' | 'seen'>): boolean {
  const { earlier, clockSkewMs, gaps } = evidence;
  if (gaps?.log || (seen.partialRead === undefined && findScope(seen.scopes, 'log')?.coverage !== 'complete'))
    return false;
  if (earlier === undefined || earlier.lines.size === 0) return true;
  const fromMs = notBefore.getTime() + clockSkewMs;
  return linesOf(evidence).some(({ at }) => at.getTime() <= fromMs);
}
