import type { FindConfiguration } from '../../providers/provider.ts';
import type { KnownState } from '../../types/plan.ts';

/** Finds what is stored of a guest's configuration, as far as it was read whole. */
export function knownConfigurations({ guests }: Pick<KnownState, 'guests'>): FindConfiguration {
  const known = new Map(guests.map((guest) => [`${guest.kind}/${guest.vmid}`, guest]));
  return ({ kind, vmid }) => {
    const guest = known.get(`${kind}/${vmid}`);
    return guest?.readSections.includes('config') ? guest : null;
  };
}
