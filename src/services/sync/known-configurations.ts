import type { FindConfiguration } from '../../providers/provider.ts';
import { guestKey } from '../../types/guest-key.ts';
import type { KnownState } from '../../types/plan.ts';

/** Finds the stored configuration of a guest, if it was read completely. */
export function knownConfigurations({ guests }: Pick<KnownState, 'guests'>): FindConfiguration {
  const known = new Map(guests.map((guest) => [guestKey(guest), guest]));
  return (wanted) => {
    const guest = known.get(guestKey(wanted));
    return guest?.readSections.includes('config') ? guest : null;
  };
}
