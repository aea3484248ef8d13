import type { KeepGuest } from '../../providers/provider.ts';
import type { KnownGuest, KnownState } from '../../types/plan.ts';
import { diffDocuments } from '../history/document-replay.ts';
import { sameIdentity } from './guest-record.ts';

/**
 * Puts the known document and identity in place of the equal ones that were read, guest by guest as they come: nearly every
 * guest is as it was, and its document would be held twice until all are there.
 */
export function keepKnown({ guests }: Pick<KnownState, 'guests'>): KeepGuest {
  const known = new Map(guests.map((guest) => [guest.vmid, guest]));
  return (seen) => {
    const guest = known.get(seen.vmid);
    if (guest === undefined) return seen;
    const document = isSame(guest, seen.document) ? guest.document : seen.document;
    return {
      ...seen,
      document,
      identity: sameIdentity(guest.identity, seen.identity) ? guest.identity : seen.identity,
    };
  };
}

function isSame({ document }: KnownGuest, seen: KnownGuest['document']): boolean {
  return diffDocuments(document, seen).length === 0;
}
