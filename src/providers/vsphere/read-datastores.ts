import { Facts, type InventoryRow, type Read } from './facts.ts';
import { plainName } from './places.ts';
import type { ObjectContent } from './soap/object-content.ts';
import type { VsphereClient } from './soap/vsphere-client.ts';
import { type Walk, walk } from './soap/walk.ts';
import { flagOf, nameOf, numberOf } from './soap/xml-element.ts';

export interface VsphereDatastore extends InventoryRow {
  /** `datastore-52`. */
  moref: string;
  name: Read<string>;
  /** `VMFS`, `NFS`, `NFS41`, `vsan`, `VVOL`, … */
  type: Read<string>;
  /** `ds:///vmfs/volumes/…/`: stays the same when it is renamed or mounted elsewhere. */
  url: Read<string>;
  capacityBytes: Read<number>;
  freeBytes: Read<number>;
  /** Capacity and free space are the last known ones while it is not. */
  isAccessible: Read<boolean>;
  isShared: Read<boolean>;
  /** `normal`, `enteringMaintenance`, `inMaintenance`. */
  maintenance: Read<string>;
}

const DATASTORE_PATHS = [
  'name',
  'summary.type',
  'summary.url',
  'summary.capacity',
  'summary.freeSpace',
  'summary.accessible',
  'summary.multipleHostAccess',
  'summary.maintenanceMode',
] as const;

/** Reads all datastores. Throws AppError. */
export async function readDatastores(
  client: VsphereClient,
  { signal }: { signal?: AbortSignal | undefined } = {},
): Promise<Walk<VsphereDatastore>> {
  return walk(client, { properties: { Datastore: DATASTORE_PATHS }, decode: toDatastore, signal });
}

export function toDatastore(content: ObjectContent): VsphereDatastore {
  const facts = new Facts(content);
  return {
    object: content.object,
    moref: content.object.value,
    unread: content.missing,
    name: facts.read('name', (value) => plainName(nameOf(value))),
    type: facts.read('summary.type', nameOf),
    url: facts.read('summary.url', nameOf),
    capacityBytes: facts.read('summary.capacity', numberOf),
    freeBytes: facts.read('summary.freeSpace', numberOf),
    isAccessible: facts.read('summary.accessible', flagOf),
    isShared: facts.read('summary.multipleHostAccess', flagOf),
    maintenance: facts.read('summary.maintenanceMode', nameOf),
  };
}
