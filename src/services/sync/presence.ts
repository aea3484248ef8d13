import type { Guest } from '../../types/guest.ts';
import type { AbsenceProbe, Observation, ScopeReport } from '../../types/observation.ts';
import type { Task } from '../../types/task.ts';
import { canSeeGuest, hiddenReason } from './permissions.ts';

/** The verdict on a known guest that is missing from the listing. */
export type AbsenceVerdict =
  | { verdict: 'gone'; evidence: 'task' | 'probe'; reason: string }
  | { verdict: 'unconfirmed'; reason: string }
  | { verdict: 'unobservable'; reason: string };

/** Why a guest's absence proves nothing; null if the absence counts. */
export function whyAbsenceDoesNotCount(guest: Pick<Guest, 'vmid' | 'node'>, seen: Observation): string | null {
  if (seen.quorate === false) return 'the cluster has no quorum';
  const listing = findScope(seen.scopes, 'guests');
  if (!wasListed(seen)) return listing?.message ?? 'the list of guests could not be read';
  if (seen.permissions === null) return 'the permissions of the token could not be read';
  if (!canSeeGuest(seen.permissions, guest.vmid)) return hiddenReason(guest.vmid);
  if (listing?.coverage === 'filtered') return listing.message ?? 'the list of guests is not complete';
  return whyNodeDoesNotCount(guest.node, seen);
}

function whyNodeDoesNotCount(name: string, seen: Observation): string | null {
  const node = seen.nodes.find((one) => one.name === name);
  if (node?.status === 'online') return null;
  if (node !== undefined) {
    return (
      node.unobservable ??
      (node.status === 'offline' ? `node ${name} is offline` : `the state of node ${name} is unknown`)
    );
  }
  if (seen.identity.nodeNames.length === 0) return `node ${name} was not seen`;
  if (seen.membersDoubt !== undefined) return seen.membersDoubt;
  return seen.identity.nodeNames.includes(name) ? `node ${name} was not seen` : null;
}

function wasListed({ scopes }: Observation): boolean {
  const coverage = findScope(scopes, 'guests')?.coverage;
  return coverage === 'complete' || coverage === 'filtered';
}

export function findScope(scopes: readonly ScopeReport[], scope: string): ScopeReport | undefined {
  return scopes.find((one) => one.scope === scope);
}

/** Judges a guest that was not listed. A destroy task is sufficient proof, whatever else could be read. */
export function judgeAbsence(
  guest: Pick<Guest, 'vmid' | 'node'>,
  seen: Observation,
  evidence: { destroyed: Task | null; probe: AbsenceProbe | undefined },
): AbsenceVerdict {
  const why = whyAbsenceDoesNotCount(guest, seen);
  if (evidence.destroyed !== null && wasListed(seen) && seen.quorate !== false) {
    return { verdict: 'gone', evidence: 'task', reason: `destroyed by ${evidence.destroyed.user}` };
  }
  if (why !== null) return { verdict: 'unobservable', reason: why };
  if (evidence.probe === 'exists') {
    return { verdict: 'unobservable', reason: 'missing from the list of guests, though its vmid is in use' };
  }
  if (evidence.probe === 'gone') return { verdict: 'gone', evidence: 'probe', reason: 'its vmid is free' };
  return { verdict: 'unconfirmed', reason: 'missing from the list of guests, and whether its vmid is free is unknown' };
}
