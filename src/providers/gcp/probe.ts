import { AppError } from '../../types/errors.ts';
import type { Guest } from '../../types/guest.ts';
import type { AbsenceProbe } from '../../types/observation.ts';
import { attempt } from '../scope-reports.ts';
import type { GcpClient } from './gcp-client.ts';

/** More absent guests than this are not asked for one by one: so many at once are a shorter listing, not removals. */
const MAX_PROBES = 200;

export type AbsentGuest = Pick<Guest, 'nativeId' | 'node'>;

/** Asks for each instance by its id in its zone. */
export async function probeGuests(
  client: GcpClient,
  guests: readonly AbsentGuest[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, AbsenceProbe>> {
  const probes = await Promise.all(
    guests.map(async ({ nativeId, node }, index): Promise<readonly [string, AbsenceProbe]> => {
      if (index >= MAX_PROBES || node === '') return [nativeId, 'unknown'];
      const found = await attempt(client.instance(node, nativeId, signal));
      if (found instanceof AppError) return [nativeId, 'unknown'];
      return [nativeId, found?.id === nativeId ? 'exists' : 'gone'];
    }),
  );
  return new Map(probes);
}
