import type { Patch } from '../../../types/document.ts';
import type { GuestKind } from '../../../types/guest.ts';
import { lastObservedAt } from '../../../types/last-observed.ts';
import type { GuestObservation } from '../../../types/observation.ts';
import type { KnownGuest } from '../../../types/plan.ts';
import type { RunFacts } from '../../../types/run-facts.ts';
import { placedScope } from '../../../types/scope.ts';
import { sectionOf } from '../../../types/section.ts';

/** Maximum age of a power state in /cluster/resources: pvestatd's interval of 10 s, and some delay. */
const BROADCAST_LAG_MS = 15_000;

/** The earliest time at which the fields of a patch can have changed. */
export function changedAfter(
  guest: KnownGuest,
  seen: GuestObservation,
  patch: Patch,
  { known }: Pick<RunFacts, 'known'>,
): Date {
  const sections = new Set(patch.map(([path]) => sectionOf(path)));
  let notBefore = lastObservedAt(guest).getTime();
  const configUnread = sections.has('config') ? known.incompleteSince[placedScope('config', guest.node)] : undefined;
  if (configUnread !== undefined) notBefore = Math.min(notBefore, Date.parse(configUnread));
  const wasBroadcast = known.incompleteSince[placedScope('guests', guest.node)] !== undefined;
  if (sections.has('power') && (wasBroadcast || seen.powerSource === 'broadcast')) notBefore -= BROADCAST_LAG_MS;
  return new Date(notBefore);
}

/** The time of a listing that did not yet contain a new guest; null if there was none. */
export function createdAfter(kind: GuestKind, { known }: Pick<RunFacts, 'known'>): Date | null {
  const times = known.guests.filter((guest) => guest.kind === kind).map(({ lastSeenAt }) => lastSeenAt.getTime());
  if (known.lastCompleteAt !== null) times.push(known.lastCompleteAt.getTime());
  return times.length === 0 ? null : new Date(times.reduce((a, b) => Math.max(a, b)));
}
