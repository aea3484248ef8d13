import type { Guest } from '../../types/guest.ts';
import type { AbsenceProbe } from '../../types/observation.ts';
import { probeEach } from '../probe-each.ts';
import type { Machine } from './answers.ts';
import type { ArmClient } from './arm-client.ts';
import { isMachineKey } from './arm-id.ts';

export type AbsentGuest = Pick<Guest, 'nativeId' | 'identity'>;

/**
 * Asks for each machine by its id in the API; another one that has it by now proves that it is gone. `isBlind`: a subscription or
 * location could not be read, where it may have been moved to with another id: then only the activity log proves that it is gone.
 */
export async function probeGuests(
  client: ArmClient,
  guests: readonly AbsentGuest[],
  { isBlind, signal }: { isBlind: boolean; signal: AbortSignal | undefined },
): Promise<ReadonlyMap<string, AbsenceProbe>> {
  const probes = await probeEach(guests, ({ nativeId, identity: { handle = '' } }) => {
    if (!isMachineKey(handle)) return null;
    return client.machine(handle, signal).then((found) => isSame(found, nativeId));
  });
  if (!isBlind) return probes;
  return new Map([...probes].map(([id, probe]) => [id, probe === 'gone' ? 'unknown' : probe]));
}

/** null: a machine has that id, and does not tell which one it is: one that is being made has no VM id yet. */
function isSame(found: Machine | null, nativeId: string): boolean | null {
  if (found === null) return false;
  const vmId = found.properties.vmId?.toLowerCase();
  return vmId === undefined ? null : vmId === nativeId;
}
