import { hasCode } from '../../types/doubt.ts';
import type { GuestStep } from '../../types/guest-step.ts';
import type { Issue } from '../../types/observation.ts';

/** One line for all guests that are unobservable for the same reason: which, where, since when, why. */
export function describeUnobservable(steps: readonly GuestStep[]): Issue[] {
  const groups = new Map<string, GuestStep[]>();
  for (const step of steps) {
    const reason = step.after.presenceReason;
    if (!isUnobservable(step) || reason === null || isHidden(step) || isLeftover(step)) continue;
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

/** Whether the token lacks the right to see the guest. */
export function isHidden({ after }: GuestStep): boolean {
  return after.presence === 'unobservable' && hasCode(after.presenceReason, 'hidden');
}

/** Whether its configuration is in the folder of a node that is no longer in the cluster. */
export function isLeftover({ after }: GuestStep): boolean {
  return after.presence === 'unobservable' && hasCode(after.presenceReason, 'leftover');
}

/**
 * One line for each removed node whose folder still has guests. Reported when they are found; they stay until someone
 * removes them.
 */
export function describeLeftovers(steps: readonly GuestStep[]): Issue[] {
  const found = steps.filter((step) => isLeftover(step) && step.before?.presenceReason !== step.after.presenceReason);
  const byNode = new Map<string, number>();
  for (const { after } of found) {
    const node = String(after.document['node'] ?? '');
    byNode.set(node, (byNode.get(node) ?? 0) + 1);
  }
  return [...byNode].map(([node, guests]) => ({
    code: 'leftover',
    scope: 'guests',
    message: `${count(guests)} left behind on ${node}, which is not a member of the cluster`,
    hint: `on a node, move what is still needed from /etc/pve/nodes/${node} to the folder of a member, and delete the rest`,
  }));
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
