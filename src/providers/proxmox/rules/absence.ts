import { doubt } from '../../../types/doubt.ts';
import type { Guest } from '../../../types/guest.ts';
import type { Observation } from '../../../types/observation.ts';
import { holds } from '../../../types/permissions.ts';
import type { KnownState } from '../../../types/plan.ts';
import { findScope, wereGuestsListed } from '../../../types/scope.ts';
import type { Storage } from '../../../types/storage.ts';
import { canSeeGuest, hiddenReason } from './permissions.ts';

/** Why a guest's absence proves nothing; null if the absence counts. */
export function doubtAbsence(guest: Pick<Guest, 'vmid' | 'node'>, seen: Observation): string | null {
  if (seen.quorate === false) return 'the cluster has no quorum';
  const listing = findScope(seen.scopes, 'guests');
  if (!wereGuestsListed(seen)) return listing?.message ?? 'the list of guests could not be read';
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
