import type { KnownGuest } from './plan.ts';

/**
 * When a known guest was last observed: everything that differs since then happened after it. The last complete run, which a
 * present guest is taken as seen in, may be older than the guest: what happened to its vmid before is not its own.
 */
export function lastObservedAt({ firstSeenAt, lastSeenAt, unobservableSince }: KnownGuest): Date {
  const last = unobservableSince !== null && unobservableSince < lastSeenAt ? unobservableSince : lastSeenAt;
  return last < firstSeenAt ? firstSeenAt : last;
}
