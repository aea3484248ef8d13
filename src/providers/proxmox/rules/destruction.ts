import type { RunFacts } from '../../../types/run-facts.ts';
import type { GuestSubject, TimeWindow } from '../../rules.ts';
import { destroyTask, lifecycleOf } from '../attribution/lifecycle-tasks.ts';

/** The task that destroyed a guest, unless it was restored later: a restore brings the same machine back. */
export function findDestruction(
  guest: GuestSubject,
  window: TimeWindow,
  { evidence, rebuiltIds }: RunFacts,
): { actor: string } | null {
  if (!rebuiltIds.has(guest.nativeId)) return null;
  const destroyed = destroyTask(guest, window, evidence);
  if (destroyed === null) return null;
  const { restored } = lifecycleOf(guest, window, evidence);
  return restored !== null && restored.at >= destroyed.at ? null : { actor: destroyed.actor };
}
