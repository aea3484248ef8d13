import { AppError } from '../../types/errors.ts';
import type { Guest } from '../../types/guest.ts';
import type { AbsenceProbe } from '../../types/observation.ts';
import { attempt } from '../scope-reports.ts';
import type { BigfixClient } from './bigfix-client.ts';

/** More absent computers than this are not asked for one by one: so many at once are a shorter listing, not removals. */
const MAX_PROBES = 200;

export type AbsentComputer = Pick<Guest, 'nativeId'>;

/**
 * Asks for each computer by its id. That one is not found proves its removal only to a master operator, and only if it still is one
 * after the last answer: whoever lost that sees less, and is told the same.
 */
export async function probeComputers(
  client: BigfixClient,
  computers: readonly AbsentComputer[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, AbsenceProbe>> {
  const probes = await Promise.all(
    computers.map(async ({ nativeId }, index): Promise<readonly [string, AbsenceProbe]> => {
      return [nativeId, index < MAX_PROBES ? await probe(client, nativeId, signal) : 'unknown'];
    }),
  );
  const isProof = probes.every(([, said]) => said !== 'gone') || (await attempt(client.isMaster(signal))) === true;
  return new Map(probes.map(([id, said]) => [id, said === 'gone' && !isProof ? 'unknown' : said]));
}

async function probe(client: BigfixClient, id: string, signal: AbortSignal | undefined): Promise<AbsenceProbe> {
  const found = await attempt(client.hasComputer(id, signal));
  if (found instanceof AppError) return 'unknown';
  return found ? 'exists' : 'gone';
}
