import type { Guest } from '../../../types/guest.ts';
import type { NodeObservation, Observation } from '../../../types/observation.ts';
import { findScope, wereGuestsListed } from '../../../types/scope.ts';
import { findUnidentified } from '../../find-unidentified.ts';
import { isCalled } from '../unidentified.ts';

/** Why a guest's absence proves nothing; null if the absence counts. */
export function doubtAbsence(
  guest: Pick<Guest, 'nativeId' | 'node' | 'identity' | 'document'>,
  seen: Observation,
): string | null {
  const listing = findScope(seen.scopes, 'guests');
  if (!wereGuestsListed(seen)) return listing?.message ?? 'the list of guests could not be read';
  if (listing?.coverage === 'filtered') return listing.message ?? 'the list of guests is not complete';
  return findUnidentified(guest, seen.unidentified ?? [], isCalled) ?? whyNodeDoesNotCount(guest.node, seen);
}

function whyNodeDoesNotCount(name: string, seen: Observation): string | null {
  const node = seen.nodes.find((one) => one.name === name);
  if (node?.status === 'online') return null;
  if (node !== undefined) {
    return node.unobservable ?? `host ${name} is ${node.status === 'offline' ? 'off' : 'in an unknown state'}`;
  }
  if (hasLeft(name, seen)) return null;
  return seen.membersDoubt ?? `host ${name} was not seen`;
}

interface Acceptance {
  /** Whether somebody says that what is missing was removed. */
  acceptRemovals: boolean;
}

/** Why a datastore's absence proves nothing: a right that is lost further down hides it, and a new name looks alike. */
export function doubtStorage(seen: Observation, { acceptRemovals }: Acceptance): string | null {
  const listing = findScope(seen.scopes, 'storage');
  if (listing?.coverage !== 'complete') return listing?.message ?? 'the list of datastores could not be read';
  if (acceptRemovals) return null;
  return 'missing from the list of datastores: it was removed, hidden or renamed; --accept-removals records its removal';
}

/** Why a host's absence proves nothing: a right that is lost further down hides it. */
export function doubtNode(
  { name }: { name: string },
  seen: Observation,
  { acceptRemovals }: Acceptance,
): string | null {
  if (!hasLeft(name, seen)) return seen.membersDoubt ?? 'the list of hosts could not be read';
  if (acceptRemovals) return null;
  return 'missing from the list of hosts: it was removed or hidden; --accept-removals records its removal';
}

/** Why the status of a host that was seen is not known; null if it is. */
export function doubtStatus({ unobservable, status }: NodeObservation): string | null {
  return unobservable ?? (status === 'unknown' ? 'its state is unknown' : null);
}

/** Whether a host is certainly not in the inventory any more. */
export function hasLeft(node: string, { identity, membersDoubt }: Observation): boolean {
  return membersDoubt === undefined && identity.nodeNames.length > 0 && !identity.nodeNames.includes(node);
}
