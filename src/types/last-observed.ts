import type { KnownGuest } from './plan.ts';

/**
 * When a known guest was last observed: every difference arose after this time. A present guest counts as seen in the last
 * complete run, which may be older than the guest. Then the guest's first sight counts, since earlier events of the vmid
 * are not its own.
 */
export function lastObservedAt({ firstSeenAt, lastSeenAt, unobservableSince }: KnownGuest): Date {
  const last = unobservableSince !== null && unobservableSince < lastSeenAt ? unobservableSince : lastSeenAt;
  return last < firstSeenAt ? firstSeenAt : last;
}
