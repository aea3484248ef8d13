import { AppError } from '../../types/errors.ts';
import type { GuestIdentity } from '../../types/guest.ts';
import type { AbsenceProbe } from '../../types/observation.ts';
import { attempt } from '../scope-reports.ts';
import type { Read } from './facts.ts';
import { readPage } from './soap/object-content.ts';
import { retrieveOptions } from './soap/property-request.ts';
import { expectSession } from './soap/session-end.ts';
import type { VsphereClient } from './soap/vsphere-client.ts';
import { nameOf } from './soap/xml-element.ts';
import { element, reference, type Xml } from './soap/xml-writer.ts';

/** Of more absent guests than this, the rest is not asked for. */
const MAX_PROBES = 5_000;

export interface AbsentGuest {
  nativeId: string;
  identity?: GuestIdentity;
}

/**
 * Asks for each guest by its moref, since a search by uuid does not find what the user may not see. Only a server that does not know
 * the object any more says that it is gone.
 */
export async function probeGuests(
  client: VsphereClient,
  guests: readonly AbsentGuest[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, AbsenceProbe>> {
  const probes = await Promise.all(
    guests.map(async ({ nativeId, identity }, index): Promise<readonly [string, AbsenceProbe]> => {
      const moref = identity?.handle;
      if (index >= MAX_PROBES || moref === undefined) return [nativeId, 'unknown'];
      return [nativeId, toProbe(await attempt(readUuid(client, moref, signal)), nativeId)];
    }),
  );
  return new Map(probes);
}

/** `answer`: the uuid of the VM; null: it has none that may be read; undefined: nothing was answered. Pure. */
export function toProbe(answer: Read<string> | AppError, nativeId: string): AbsenceProbe {
  if (answer instanceof AppError) {
    if (answer.code === 'no-such-guest') return 'gone';
    // The server knows what it refuses to show: the user lost a right.
    return answer.code === 'forbidden' ? 'exists' : 'unknown';
  }
  if (answer === undefined) return 'unknown';
  if (answer === null) return 'exists';
  // An ESXi may give a moref to another VM after it was started anew.
  return answer.toLowerCase() === nativeId ? 'exists' : 'gone';
}

/** Throws AppError('no-such-guest'). */
async function readUuid(client: VsphereClient, moref: string, signal: AbortSignal | undefined): Promise<Read<string>> {
  return client.inSession(
    `Reading ${moref} on ${client.endpoint}`,
    async ({ call, content, endpoint }) => {
      const parameters = [specOfVm(moref), retrieveOptions(null)];
      const self = content.propertyCollector;
      const [vm] = readPage(await call({ method: 'RetrievePropertiesEx', self, parameters })).objects;
      if (vm === undefined) return undefined;
      expectSession(vm, endpoint);
      return nameOf(vm.values.get('config.instanceUuid'));
    },
    signal,
  );
}

/** Without `reportMissingObjectsInResults`, so that an object which is gone is a fault and no empty answer. */
function specOfVm(moref: string): Xml {
  return element('specSet', [
    element('propSet', [element('type', 'VirtualMachine'), element('pathSet', 'config.instanceUuid')]),
    element('objectSet', [reference('obj', { type: 'VirtualMachine', value: moref }), element('skip', false)]),
  ]);
}
