import type { Guest } from '../../types/guest.ts';
import type { AbsenceProbe, Observation } from '../../types/observation.ts';
import { probeEach } from '../probe-each.ts';
import type { Machine } from './answers.ts';
import type { ArmClient } from './arm-client.ts';
import { isMachineKey } from './arm-id.ts';

type AbsentGuest = Pick<Guest, 'nativeId' | 'identity'>;

/**
 * Asks for each machine by its id in the API; another one that has it by now proves that it is gone. Where a
 * subscription or location could not be read, it may have been moved there with another id: only the activity log proves that it is gone.
 */
export async function probeGuests(
  client: ArmClient,
  guests: readonly AbsentGuest[],
  { seen, signal }: { seen: Pick<Observation, 'scopes'> | undefined; signal: AbortSignal | undefined },
): Promise<ReadonlyMap<string, AbsenceProbe>> {
  const probes = await probeEach(guests, ({ nativeId, identity: { handle = '' } }) => {
    if (!isMachineKey(handle)) return null;
    return client.machine(handle, signal).then((found) => isSame(found, nativeId));
  });
  const isBlind = seen?.scopes.some(({ scope, coverage }) => scope.startsWith('guests/') && coverage !== 'complete');
  if (isBlind !== true) return probes;
  return new Map([...probes].map(([id, probe]) => [id, probe === 'gone' ? 'unknown' : probe]));
}

/** null: a machine has that id, and does not tell which one it is: one that is being made has no VM id yet. */
function isSame(found: Machine | null, nativeId: string): boolean | null {
  if (found === null) return false;
  const vmId = found.properties.vmId?.toLowerCase();
  return vmId === undefined ? null : vmId === nativeId;
}
