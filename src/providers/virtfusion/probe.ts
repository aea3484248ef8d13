import type { Guest } from '../../types/guest.ts';
import type { AbsenceProbe } from '../../types/observation.ts';
import { probeEach } from '../probe-each.ts';
import type { VirtfusionClient } from './virtfusion-client.ts';

export type AbsentGuest = Pick<Guest, 'nativeId' | 'identity'>;

/** Asks for each server by its number; another one that has the number by now proves that it is gone. */
export function probeGuests(
  client: VirtfusionClient,
  guests: readonly AbsentGuest[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, AbsenceProbe>> {
  return probeEach(guests, ({ nativeId, identity }) => {
    const id = Number(identity.handle);
    if (!Number.isSafeInteger(id) || id < 0) return null;
    return client.server(id, { signal }).then((found) => found?.uuid.toLowerCase() === nativeId);
  });
}
