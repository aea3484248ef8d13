import type { PropertyPaths } from '../soap/property-request.ts';

/** Small properties that tell of changes. Devices are left out: 1,000 VMs have some MB of them. */
export const WATCHED: PropertyPaths = {
  VirtualMachine: [
    'name',
    'parent',
    'resourcePool',
    'snapshot',
    'customValue',
    'config.instanceUuid',
    'config.changeVersion',
    'config.modified',
    'config.template',
    'runtime.powerState',
    'runtime.connectionState',
    'runtime.host',
  ],
  HostSystem: ['name', 'runtime.connectionState', 'runtime.powerState', 'runtime.inMaintenanceMode'],
  Datastore: ['name'],
};

export const UUID_PATH = 'config.instanceUuid';

/** What a changed property of a VM amounts to. */
export function reasonOf(path: string): string {
  if (path === 'name' || path === 'snapshot') return path;
  if (path === 'runtime.powerState') return 'status';
  if (path === 'runtime.host') return 'host';
  if (path === 'runtime.connectionState') return 'connection';
  return path === 'parent' || path === 'resourcePool' ? 'placement' : 'configuration';
}
