import type { Guest } from '../../types/guest.ts';
import type { AbsenceProbe } from '../../types/observation.ts';
import { probeEach } from '../probe-each.ts';
import type { GcpApi } from './gcp-api.ts';
import { Project } from './project.ts';

/** Asks for each instance by its id in its zone. */
export function probeGuests(
  api: GcpApi,
  guests: readonly Pick<Guest, 'nativeId' | 'node'>[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, AbsenceProbe>> {
  return probeEach(guests, ({ nativeId, node }) => {
    const [project, zone] = node.split('/', 2);
    if (!project || !zone) return null;
    return new Project(api, project).instance(zone, nativeId, signal).then((found) => found?.id === nativeId);
  });
}
