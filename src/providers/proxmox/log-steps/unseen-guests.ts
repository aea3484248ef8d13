import type { GuestStep } from '../../../types/guest-step.ts';
import { samePermissions } from '../../../types/permissions.ts';
import { requestsAllGuests, type StepContext } from '../../../types/run-facts.ts';
import { findScope, placedScope } from '../../../types/scope.ts';
import { hasSucceeded, taskEnd } from '../attribution/guest-evidence.ts';
import { CLONE, DESTROY } from '../attribution/task-types.ts';
import { type Task, tasksOf } from '../records/record.ts';
import { type Life, livesOf } from './lives.ts';
import { type ShortLivedGuest, toShortLivedGuest } from './short-lived-guest.ts';
import type { StepRecords } from './step-records.ts';
import { areTasksWhole } from './step-scene.ts';

const CERTAIN_AFTER_MS = 3_000;

/** Whether a guest that was destroyed without being known can only have been made in the window: both listings had all guests. */
function isListWhole({ known, seen }: Pick<StepContext, 'known' | 'seen'>): boolean {
  const isWhole = findScope(seen.scopes, 'guests')?.coverage === 'complete' && seen.quorate !== false;
  return (
    isWhole && known.incompleteSince['guests'] === undefined && samePermissions(known.permissions, seen.permissions)
  );
}

/** What became of the guest that had a vmid; `unknown`: it is missing, and that is not decided. */
function fateOf(
  vmid: number,
  steps: readonly GuestStep[],
): 'none' | 'stayed' | 'went' | 'came' | 'replaced' | 'unknown' {
  const own = steps.filter(({ after }) => after.vmid === vmid).map(({ fate }) => fate);
  if (own.length === 0) return 'none';
  if (own.includes('unobservable') || own.includes('held')) return 'unknown';
  if (own.includes('seen')) return 'stayed';
  if (own.includes('new')) return own.includes('removed') ? 'replaced' : 'came';
  return 'went';
}

/** Tasks of a node that could not be read for a while are read later, when the guests that they made and destroyed are long gone. */
function tasksReadSince(
  vmid: number,
  lastCompleteAt: Date,
  { known, evidence }: Pick<StepContext, 'known' | 'evidence'>,
): Date {
  const nodes = tasksOf(evidence)
    .filter(({ native, target }) => DESTROY.test(native) && target === String(vmid))
    .map(({ place }) => place);
  const gaps = nodes
    .flatMap((node) => known.incompleteSince[placedScope('tasks', node)] ?? [])
    .map((since) => Date.parse(since));
  return new Date(Math.min(lastCompleteAt.getTime(), ...gaps));
}

function livesWithin(
  vmid: number,
  steps: readonly GuestStep[],
  records: StepRecords,
  context: StepContext,
): readonly Life[] {
  const { known, seen, evidence } = context;
  const fate = fateOf(vmid, steps);
  if (known.lastCompleteAt === null || fate === 'unknown') return [];
  const notBefore = tasksReadSince(vmid, known.lastCompleteAt, context);
  const record = records.within(vmid, { notBefore, notAfter: seen.observedAt });
  const clones = tasksOf(evidence).filter(
    (task) => task.cloneVmid === vmid && hasSucceeded(task) && record.isInside(task),
  );
  const wasThere = fate === 'stayed' || fate === 'went' || fate === 'replaced';
  // What was made in the second of the last listing and was not in it was made after it.
  const unclear = wasThere ? [] : record.unclear.filter((task) => !record.isRecorded(task));
  const tasks = [...record.done, ...unclear].filter(({ native }) => !CLONE.test(native));
  const lives = livesOf([...tasks, ...clones].toSorted(byEnd), {
    vmid,
    wasThere,
    isThere: fate === 'stayed' || fate === 'came' || fate === 'replaced',
    isReplaced: fate === 'replaced',
    isListWhole: isListWhole(context),
  });
  // One without a maker, of the second in which the window begins, may be from before it.
  const certainMs = known.lastCompleteAt.getTime() + evidence.clockSkewMs + CERTAIN_AFTER_MS;
  return lives.filter(({ made, destroyed }) => {
    if (made === null && destroyed.at.getTime() < certainMs) return false;
    const isTold = record.isRecorded(destroyed) || (made !== null && record.isRecorded(made));
    return (
      !isTold &&
      record.isInside(destroyed) &&
      areTasksWhole(made === null ? [destroyed.place] : [made.place, destroyed.place], context)
    );
  });
}

function byEnd(a: Task, b: Task): number {
  return taskEnd(a) - taskEnd(b) || a.at.getTime() - b.at.getTime();
}

/** Guests that tasks made and destroyed since the last run that listed all guests. A partial read does not search for them. */
export function findUnseenGuests(
  steps: readonly GuestStep[],
  records: StepRecords,
  context: StepContext,
): ShortLivedGuest[] {
  const { known, seen, evidence, options } = context;
  const { lastCompleteAt } = known;
  if (lastCompleteAt === null || seen.partialRead !== undefined || !requestsAllGuests(seen.requested)) return [];
  const destroyed = tasksOf(evidence).filter((task) => DESTROY.test(task.native) && hasSucceeded(task));
  const vmids = [...new Set(destroyed.map(({ target }) => Number(target)))].filter(
    (vmid) => options.recorded?.vagueVmids.has(vmid) !== true,
  );
  return vmids.flatMap((vmid) =>
    livesWithin(vmid, steps, records, context).map((life) =>
      toShortLivedGuest(life, {
        id: options.newId(),
        notBefore: tasksReadSince(vmid, lastCompleteAt, context),
        at: seen.observedAt,
      }),
    ),
  );
}
