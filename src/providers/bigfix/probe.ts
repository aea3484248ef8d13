import type { Guest } from '../../types/guest.ts';
import type { AbsenceProbe } from '../../types/observation.ts';
import { probeEach } from '../probe-each.ts';
import { attempt } from '../scope-reports.ts';
import type { BigfixClient } from './bigfix-client.ts';

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
  const probes = await probeEach(computers, ({ nativeId }) => client.hasComputer(nativeId, signal));
  const isAnyGone = [...probes.values()].includes('gone');
  if (!isAnyGone || (await attempt(client.isMaster(signal))) === true) return probes;
  return new Map([...probes].map(([id, said]) => [id, said === 'gone' ? 'unknown' : said]));
}
