import type { GuestStep } from '../../../types/guest-step.ts';
import type { PlannedChange } from '../../../types/history.ts';
import type { GuestWrite } from '../../../types/plan.ts';
import type { StepContext } from '../../../types/run-facts.ts';
import { DESTROY } from '../attribution/task-types.ts';
import { tasksOf } from '../records/record.ts';
import { withGuestSteps } from './guest-steps.ts';
import { guestsWithRecords } from './seen-guests.ts';
import { StepRecords } from './step-records.ts';
import { findUnseenGuests } from './unseen-guests.ts';

export interface LogSteps {
  changes: readonly PlannedChange[];
  /** Guests that came and went unseen. */
  guests: readonly GuestWrite[];
}

/**
 * Adds what the server's tasks and log tell beyond the two observations: what came and went in between. Pure. Of the time before
 * the first observation it tells nothing.
 */
export function planLogSteps(
  changes: readonly PlannedChange[],
  steps: readonly GuestStep[],
  context: StepContext,
): LogSteps {
  const { known, evidence, options } = context;
  if (known.lastCompleteAt === null) return { changes, guests: [] };
  const touched = guestsWithRecords(steps, context);
  const hasDestroyed = tasksOf(evidence).some(({ native }) => DESTROY.test(native));
  if (touched.length === 0 && !hasDestroyed) return { changes, guests: [] };
  const records = new StepRecords(evidence, options.recorded);
  const told = new Map(
    touched.map((guest) => {
      const { id } = guest.known;
      const rows = changes.filter(({ resourceId }) => resourceId === id);
      return [id, withGuestSteps(rows, guest, records, context)] as const;
    }),
  );
  const unseen = findUnseenGuests(steps, records, context);
  return {
    changes: [...replaceRows(changes, told), ...unseen.flatMap((one) => one.changes)],
    guests: unseen.map(({ guest }) => guest),
  };
}

/** The rows of each guest stay where its first one is; those of guests that had none come last. */
function replaceRows(
  changes: readonly PlannedChange[],
  told: ReadonlyMap<string, readonly PlannedChange[]>,
): PlannedChange[] {
  const open = new Map(told);
  const kept = changes.flatMap((change) => {
    if (!told.has(change.resourceId)) return [change];
    const rows = open.get(change.resourceId) ?? [];
    open.delete(change.resourceId);
    return rows;
  });
  return [...kept, ...[...open.values()].flat()];
}
