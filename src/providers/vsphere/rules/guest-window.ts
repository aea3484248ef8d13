import type { GuestKind } from '../../../types/guest.ts';
import { lastObservedAt } from '../../../types/last-observed.ts';
import type { KnownGuest } from '../../../types/plan.ts';
import type { RunFacts } from '../../../types/run-facts.ts';
import { CONFIG_SCOPE } from '../guests.ts';

type Known = Pick<RunFacts, 'known'>;

/** The earliest time at which fields of a guest can have changed: while lists or properties were not whole, some stayed unread. */
export function changedAfter(guest: KnownGuest, { known }: Known): Date {
  const since = ['guests', CONFIG_SCOPE].flatMap((scope) => known.incompleteSince[scope] ?? []);
  return new Date(Math.min(lastObservedAt(guest).getTime(), ...since.map((time) => Date.parse(time))));
}

/** The time of a listing that did not yet contain a new guest; null if there was none that was whole. */
export function createdAfter(kind: GuestKind, { known }: Known): Date | null {
  if (known.incompleteSince['guests'] !== undefined) return null;
  const times = known.guests.filter((guest) => guest.kind === kind).map(({ lastSeenAt }) => lastSeenAt.getTime());
  if (known.lastCompleteAt !== null) times.push(known.lastCompleteAt.getTime());
  return times.length === 0 ? null : new Date(times.reduce((a, b) => Math.max(a, b)));
}
