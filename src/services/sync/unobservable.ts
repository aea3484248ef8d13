import { isBeyondReading, isDoubted } from '../../types/doubt.ts';
import type { GuestStep } from '../../types/guest-step.ts';
import type { Issue } from '../../types/observation.ts';

/** One line for all guests that are unobservable for the same reason: which, where, since when, why. */
export function describeUnobservable(steps: readonly GuestStep[]): Issue[] {
  const groups = new Map<string, GuestStep[]>();
  for (const step of steps) {
    const reason = step.after.presenceReason;
    if (!isUnobservable(step) || reason === null) continue;
    if (isDoubted(step.after, 'hidden') || isBeyondReading(step.after)) continue;
    const group = groups.get(reason);
    if (group === undefined) groups.set(reason, [step]);
    else group.push(step);
  }
  return [...groups].map(([reason, group]) => ({
    code: 'unobservable',
    scope: 'guests',
    message: `${count(group.length)}${whereOf(group)} cannot be observed since ${sinceOf(group)}: ${reason}`,
  }));
}

function isUnobservable({ fate, after }: GuestStep): boolean {
  return fate !== 'held' && fate !== 'removed' && after.presence === 'unobservable';
}

function count(guests: number): string {
  return guests === 1 ? '1 guest' : `${guests} guests`;
}

function whereOf(group: readonly GuestStep[]): string {
  const nodes = new Set(group.map(({ after }) => after.document['node']));
  const [node] = nodes;
  return nodes.size === 1 && typeof node === 'string' ? ` on ${node}` : '';
}

function sinceOf(group: readonly GuestStep[]): string {
  const times = group.map(({ after }) => (after.unobservableSince ?? after.lastSeenAt).getTime());
  return new Date(times.reduce((a, b) => Math.min(a, b))).toISOString();
}

/** One line for removals that the guard holds back; null if there are none. */
export function describeHeld(held: readonly { reason: string }[]): Issue | null {
  const [first] = held;
  if (first === undefined) return null;
  return {
    code: 'held',
    scope: 'guests',
    message: `${held.length === 1 ? '1 removal is' : `${held.length} removals are`} held back: ${first.reason}`,
    hint: 'look at the cluster; --accept-removals records them at once, or they are when they stay true for three complete runs over an hour',
  };
}
