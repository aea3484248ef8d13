import type { GuestKind } from '../../../types/guest.ts';
import { lastObservedAt } from '../../../types/last-observed.ts';
import type { KnownGuest } from '../../../types/plan.ts';
import type { RunFacts } from '../../../types/run-facts.ts';

type Known = Pick<RunFacts, 'known'>;

/** The earliest time at which fields of a guest can have changed: while lists were incomplete, some may have stayed unread. */
export function changedAfter(guest: KnownGuest, { known }: Known): Date {
  const observedMs = lastObservedAt(guest).getTime();
  const { guests: since } = known.incompleteSince;
  return new Date(since === undefined ? observedMs : Math.min(observedMs, Date.parse(since)));
}

/** The time of a listing that did not yet contain a new guest; null if there was none that was whole. */
export function createdAfter(kind: GuestKind, { known }: Known): Date | null {
  if (known.incompleteSince['guests'] !== undefined) return null;
  const times = known.guests.filter((guest) => guest.kind === kind).map(({ lastSeenAt }) => lastSeenAt.getTime());
  if (known.lastCompleteAt !== null) times.push(known.lastCompleteAt.getTime());
  return times.length === 0 ? null : new Date(times.reduce((a, b) => Math.max(a, b)));
}
