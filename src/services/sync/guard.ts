import type { HeldRemoval } from '../../types/plan.ts';

const MIN_LOST = 3;
const MAX_LOST_SHARE = 0.2;
const RELEASE_RUNS = 3;
const RELEASE_AFTER_MS = 3_600_000;

/** A missing guest without a destroy task. */
export interface Disappearance {
  guestId: string;
  /** Whether the server said that its vmid is free. */
  isConfirmed: boolean;
  reason: string;
}

export interface GuardInput {
  missing: readonly Disappearance[];
  /** Known guests of the kinds that this run listed, and the number of guests of any kind in the listing. */
  knownCount: number;
  listedCount: number;
  held: readonly HeldRemoval[];
  acceptRemovals: boolean;
  now: Date;
}

/**
 * Divides missing guests into removals to record and removals to hold back. A held removal is dropped silently when its
 * guest is no longer missing.
 */
export function guardRemovals(input: GuardInput): { released: ReadonlySet<string>; held: HeldRemoval[] } {
  const mass = whyMass(input);
  const heldBefore = new Map(input.held.map((one) => [one.guestId, one]));
  const released = new Set<string>();
  const held: HeldRemoval[] = [];
  for (const one of input.missing) {
    const before = heldBefore.get(one.guestId);
    const next = {
      guestId: one.guestId,
      firstHeldAt: before?.firstHeldAt ?? input.now,
      runs: (before?.runs ?? 0) + 1,
      reason: mass ?? one.reason,
    };
    const isFree = mass === null && one.isConfirmed;
    if (isFree || input.acceptRemovals || hasStayedTrue(next, input.now)) released.add(one.guestId);
    else held.push(next);
  }
  return { released, held };
}

function whyMass({ missing, knownCount, listedCount }: GuardInput): string | null {
  if (missing.length === 0) return null;
  if (listedCount === 0) return 'the list of guests is empty';
  if (missing.length <= MIN_LOST || missing.length <= knownCount * MAX_LOST_SHARE) return null;
  return `${missing.length} of ${knownCount} guests are missing at once`;
}

function hasStayedTrue({ firstHeldAt, runs }: HeldRemoval, now: Date): boolean {
  return runs >= RELEASE_RUNS && now.getTime() - firstHeldAt.getTime() >= RELEASE_AFTER_MS;
}
