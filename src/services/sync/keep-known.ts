import type { KeepGuest } from '../../providers/provider.ts';
import { diffDocuments } from '../../types/document-replay.ts';
import type { GuestObservation } from '../../types/observation.ts';
import type { KnownGuest, KnownState } from '../../types/plan.ts';
import { sectionOf } from '../../types/section.ts';
import { sameIdentity } from './guest-record.ts';

/**
 * Replaces a document and identity that were read by the equal stored objects, guest by guest as they arrive. Nearly every
 * guest is unchanged, and memory would hold its document twice until all guests were read.
 */
export function keepKnown({ guests }: Pick<KnownState, 'guests'>): KeepGuest {
  const known = new Map(guests.map((guest) => [guest.nativeId, guest]));
  return (seen) => {
    const guest = known.get(seen.nativeId);
    if (guest === undefined) return seen;
    const document = isSame(guest, seen) ? guest.document : seen.document;
    return {
      ...seen,
      document,
      identity: sameIdentity(guest.identity, seen.identity) ? guest.identity : seen.identity,
    };
  };
}

/** Whether documents differ only in sections that were not read. */
function isSame({ document }: KnownGuest, seen: GuestObservation): boolean {
  return diffDocuments(document, seen.document).every(
    ([path, , after]) => after === null && !seen.complete.has(sectionOf(path)),
  );
}
