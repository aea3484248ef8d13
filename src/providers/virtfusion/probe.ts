import { AppError } from '../../types/errors.ts';
import type { Guest } from '../../types/guest.ts';
import type { AbsenceProbe } from '../../types/observation.ts';
import { attempt } from '../scope-reports.ts';
import type { VirtfusionClient } from './virtfusion-client.ts';

/** More absent guests than this are not asked for one by one: so many at once are a shorter listing, not removals. */
const MAX_PROBES = 200;

export type AbsentGuest = Pick<Guest, 'nativeId' | 'identity'>;

/** Asks for each server by its number; another one that has the number by now proves that it is gone. */
export async function probeGuests(
  client: VirtfusionClient,
  guests: readonly AbsentGuest[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, AbsenceProbe>> {
  const probes = await Promise.all(
    guests.map(async (guest, index): Promise<readonly [string, AbsenceProbe]> => {
      if (index >= MAX_PROBES) return [guest.nativeId, 'unknown'];
      return [guest.nativeId, await probe(client, guest, signal)];
    }),
  );
  return new Map(probes);
}

async function probe(
  client: VirtfusionClient,
  { nativeId, identity }: AbsentGuest,
  signal: AbortSignal | undefined,
): Promise<AbsenceProbe> {
  const id = Number(identity.handle);
  if (!Number.isSafeInteger(id) || id < 0) return 'unknown';
  const found = await attempt(client.server(id, signal));
  if (found instanceof AppError) return 'unknown';
  return found?.uuid.toLowerCase() === nativeId ? 'exists' : 'gone';
}
