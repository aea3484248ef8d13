import type { ClusterIdentity } from '../../types/observation.ts';
import type { VsphereHost } from './read-hosts.ts';
import type { About } from './soap/service-content.ts';

/**
 * Who answers. A vCenter has an id of its own, and is called by its address; an ESXi without one is known by its hardware.
 * `hosts` empty: they could not be read.
 */
export function toIdentity(
  { about, endpoint }: { about: Pick<About, 'product' | 'instanceUuid'>; endpoint: string },
  hosts: Iterable<Pick<VsphereHost, 'name' | 'hardwareUuid'>>,
): ClusterIdentity {
  const all = [...hosts];
  const nodeNames = all.flatMap(({ name }) => name ?? []).sort();
  const isVcenter = about.product === 'vcenter';
  const systemId = (isVcenter ? about.instanceUuid : all[0]?.hardwareUuid)?.toLowerCase();
  return {
    clusterName: isVcenter ? new URL(endpoint).hostname : (nodeNames[0] ?? null),
    nodeNames,
    rootCa: null,
    certificates: [],
    ...(systemId !== undefined && { systemId }),
  };
}
