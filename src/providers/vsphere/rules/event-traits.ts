import { sectionOf } from '../../../types/section.ts';
import type { EventTraits } from '../../events/event-traits.ts';

const NO_SETTING = /^(?:guest\.|tools\.|attribute\.|moref$|folder$|vapp$|name$|template$)/;

/** What is particular to the events of vCenter and ESXi. */
export const EVENT_TRAITS: EventTraits = {
  // Asked for inside the guest, and followed by the event of the power state itself, which names nobody.
  requests: new Set(['VmGuestShutdownEvent', 'VmGuestStandbyEvent']),
  isSetting: (path) => sectionOf(path) === 'config' && !NO_SETTING.test(path),
  // What the tools tell comes and goes with the power.
  followsPower: (path) => path.startsWith('guest.') || path === 'tools.running',
};
