import { doubt } from '../../../types/doubt.ts';
import type { Guest } from '../../../types/guest.ts';
import type { NodeObservation, Observation } from '../../../types/observation.ts';
import { holds } from '../../../types/permissions.ts';
import type { KnownState } from '../../../types/plan.ts';
import { findScope, wereGuestsListed } from '../../../types/scope.ts';
import type { Storage } from '../../../types/storage.ts';
import { canSeeGuest, hiddenReason } from './permissions.ts';

/** Why a guest's absence proves nothing; null if the absence counts. */
export function doubtAbsence(guest: Pick<Guest, 'nativeId' | 'node'>, seen: Observation): string | null {
  if (seen.quorate === false) return 'the cluster has no quorum';
  const listing = findScope(seen.scopes, 'guests');
  if (!wereGuestsListed(seen)) return listing?.message ?? 'the list of guests could not be read';
  if (seen.permissions === null) return 'the permissions of the token could not be read';
  if (!canSeeGuest(seen.permissions, guest.nativeId)) return hiddenReason(guest.nativeId);
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

/** Why a storage's absence proves nothing; null if it counts where its definition is gone too. */
export function doubtStorage({ name }: Pick<Storage, 'name'>, known: KnownState, seen: Observation): string | null {
  const path = `/storage/${name}`;
  const couldSee = known.permissions !== null && holds(known.permissions, path, 'Datastore.Audit');
  const canSee = seen.permissions !== null && holds(seen.permissions, path, 'Datastore.Audit');
  const listing = findScope(seen.scopes, 'storage');
  if (seen.quorate === false) return 'the cluster has no quorum';
  if (!couldSee || !canSee) return doubt('hidden', `Datastore.Audit on ${path} is missing`);
  if (listing?.coverage !== 'complete') return listing?.message ?? 'the list of storages could not be read';
  return null;
}

/** Why a node's absence proves nothing; null if it is not a member any more. */
export function doubtNode(
  { name }: { name: string },
  seen: Observation,
  { acceptRemovals }: { acceptRemovals: boolean },
): string | null {
  if (seen.quorate === false) return 'the cluster has no quorum';
  if (seen.membersDoubt !== undefined && !acceptRemovals) return seen.membersDoubt;
  const isListed = seen.nodes.length > 0 && !seen.identity.nodeNames.includes(name);
  const coverage = findScope(seen.scopes, 'nodes')?.coverage;
  // Reading the members needs no privilege; a filtered list only lacks their details.
  const isRead = coverage === 'complete' || coverage === 'filtered' || seen.membersDoubt !== undefined;
  return isListed && isRead ? null : 'the list of nodes could not be read';
}

/** Why the status of a node that was seen is not known; null if it is. */
export function doubtStatus(found: NodeObservation, seen: Observation): string | null {
  if (found.unobservable !== null) return found.unobservable;
  if (found.status === 'online') return null;
  if (seen.quorate === false) return 'the cluster has no quorum';
  return found.status === 'unknown' ? 'its state is unknown' : null;
}

/** Whether a node is certainly not a member of the cluster any more. */
export function hasLeft(node: string, { identity, quorate, membersDoubt }: Observation): boolean {
  const areMembersTold = identity.nodeNames.length > 0 && quorate !== false && membersDoubt === undefined;
  return areMembersTold && !identity.nodeNames.includes(node);
}

/** Without quorum a node answers with what it knew last. */
export function isCurrent({ quorate }: Observation): boolean {
  return quorate !== false;
}
