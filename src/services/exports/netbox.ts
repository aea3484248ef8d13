import type { Inventory, Rendered } from './export-format.ts';
import { netboxPayload, OWN_TAG } from './netbox-payload.ts';

/**
 * Objects for NetBox' REST API, in the order in which they can be made. What an object refers to is given by attributes, as the API
 * takes it; only the interface of an address has to be its id there.
 */
export function renderNetbox({ guests }: Inventory): Rendered {
  const { tags, clusterTypes, clusters, machines, interfaces, addresses, warnings } = netboxPayload(guests);
  const own = [{ slug: OWN_TAG }];
  const payload = {
    tags,
    cluster_types: clusterTypes.map((type) => ({ ...type, tags: own })),
    clusters: clusters.map(({ name, type }) => ({ name, type: { slug: type }, status: 'active', tags: own })),
    virtual_machines: machines.map(({ serial, cluster, name, fields, tags: slugs }) => ({
      name,
      cluster: { name: cluster },
      serial,
      ...fields,
      tags: slugs.map((slug) => ({ slug })),
    })),
    interfaces: interfaces.map(({ machine, name }) => ({
      virtual_machine: { serial: machine },
      name,
      enabled: true,
      tags: own,
    })),
    ip_addresses: addresses.map(({ machine, interface: name, address }) => ({
      address,
      status: 'active',
      assigned_object_type: 'virtualization.vminterface',
      assigned_object: { virtual_machine: { serial: machine }, name },
      tags: own,
    })),
  };
  return { content: `${JSON.stringify(payload, null, 2)}\n`, warnings };
}
