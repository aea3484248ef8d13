import { isDoubted } from '../../../types/doubt.ts';
import type { GuestStep } from '../../../types/guest-step.ts';
import type { Issue } from '../../../types/observation.ts';

/**
 * One line for each removed node whose folder still has guests. Reported when they are found; they stay until someone
 * removes them.
 */
export function describeLeftovers(steps: readonly GuestStep[]): Issue[] {
  const found = steps.filter(
    ({ before, after }) => isDoubted(after, 'leftover') && before?.presenceReason !== after.presenceReason,
  );
  const byNode = new Map<string, number>();
  for (const { after } of found) {
    const node = String(after.document['node'] ?? '');
    byNode.set(node, (byNode.get(node) ?? 0) + 1);
  }
  return [...byNode].map(([node, guests]) => ({
    code: 'leftover',
    scope: 'guests',
    message: `${guests === 1 ? '1 guest' : `${guests} guests`} left behind on ${node}, which is not a member of the cluster`,
    hint: `on a node, move what is still needed from /etc/pve/nodes/${node} to the folder of a member, and delete the rest`,
  }));
}
