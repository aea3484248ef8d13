import { HOUR_MS, hourOf } from '../../types/billing.ts';
import { guestKey } from '../../types/guest-key.ts';
import type { GuestStep } from '../../types/guest-step.ts';
import type { GuestObservation } from '../../types/observation.ts';
import type { RunRecord, SightingsPlan } from '../../types/plan.ts';
import { type RunFacts, requestsAllGuests } from '../../types/run-facts.ts';
import { findScope } from '../../types/scope.ts';

/** A clock that is wrong by more than this names another hour than the one in which guests were seen. */
const MOST_SKEW_MS = HOUR_MS / 2;

/**
 * The hour in which this run saw guests; null where it proves nothing: its listing was filtered, failed or of some guests, removals
 * are held back, or the clocks disagree about the hour.
 */
export function planSightings(
  { known, seen }: Pick<RunFacts, 'known' | 'seen'>,
  steps: readonly GuestStep[],
  { outcome, startedAt }: Pick<RunRecord, 'outcome' | 'startedAt'>,
): SightingsPlan | null {
  if (seen.partialRead !== undefined || outcome === 'guarded' || outcome === 'failed') return null;
  if (!requestsAllGuests(seen.requested) || findScope(seen.scopes, 'guests')?.coverage !== 'complete') return null;
  if (Math.abs(seen.clockSkewMs ?? 0) > MOST_SKEW_MS) return null;
  const read = new Map(seen.guests.map((guest) => [guestKey(guest), guest]));
  const met = steps.filter(({ fate }) => fate === 'new' || fate === 'seen');
  const stepped = new Set(steps.map(({ after }) => after.id));
  return {
    hour: hourOf(startedAt),
    powerUnread: met.filter(({ after }) => !isPowerRead(read.get(guestKey(after)))).map(({ after }) => after.id),
    unseen: known.guests.filter(({ id }) => !stepped.has(id)).map(({ id }) => id),
  };
}

function isPowerRead(guest: GuestObservation | undefined): boolean {
  if (guest === undefined || guest.powerDoubt !== undefined) return false;
  return guest.complete.has('power') && guest.powerSource !== 'none';
}
