import type { GuestStep } from '../../../types/guest-step.ts';
import { lastObservedAt } from '../../../types/last-observed.ts';
import type { StepContext } from '../../../types/run-facts.ts';
import { subjectsOf, vmidsOf } from '../attribution/guest-evidence.ts';
import { linesOf, tasksOf } from '../records/record.ts';
import { vmidOf } from '../vmid.ts';
import type { SeenGuest } from './step-scene.ts';

/** The power state of a broadcast lags so long. */
const LAG_MS = 60_000;

/** When the newest record about each guest is from, by the server's clock. */
function newestRecords({ evidence }: Pick<StepContext, 'evidence'>): ReadonlyMap<number, number> {
  const newest = new Map<number, number>();
  const take = (vmid: number, atMs: number): void => {
    newest.set(vmid, Math.max(newest.get(vmid) ?? 0, atMs));
  };
  for (const task of tasksOf(evidence)) {
    const atMs = task.endedAt?.getTime() ?? Number.POSITIVE_INFINITY;
    for (const vmid of vmidsOf(task)) take(vmid, atMs);
  }
  for (const line of linesOf(evidence)) {
    if (line.update !== null) for (const vmid of subjectsOf(line)) take(vmid, line.at.getTime());
  }
  return newest;
}

/** Guests that stayed, with a record since they were last observed; nearly none in nearly every run. */
export function guestsWithRecords(steps: readonly GuestStep[], context: StepContext): SeenGuest[] {
  const { known, seen, evidence } = context;
  const newest = newestRecords(context);
  const wasPartial = Object.keys(known.incompleteSince).length > 0;
  const touched = steps.filter(({ fate, before, after }) => {
    if (fate !== 'seen' || before === null) return false;
    const newestMs = newest.get(vmidOf(after));
    const sinceMs = before.lastSeenAt.getTime() + evidence.clockSkewMs - LAG_MS;
    return newestMs !== undefined && (newestMs >= sinceMs || wasPartial || before.presence !== 'present');
  });
  if (touched.length === 0) return [];
  const knownById = new Map(known.guests.map((guest) => [guest.id, guest]));
  const seenByVmid = new Map(seen.guests.map((guest) => [guest.vmid, guest]));
  return touched.flatMap((step): SeenGuest[] => {
    const [guest, observed] = [knownById.get(step.after.id), seenByVmid.get(step.after.vmid)];
    const { before } = step;
    if (guest === undefined || observed === undefined || before === null) return [];
    return lastObservedAt(guest) < seen.observedAt ? [{ known: guest, seen: observed, step: { ...step, before } }] : [];
  });
}
