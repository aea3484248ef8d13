import { Facts, type InventoryRow, type Read } from './facts.ts';
import { type NamedRef, type Places, plainName } from './places.ts';
import { referenceOf } from './soap/managed-object.ts';
import type { ObjectContent } from './soap/object-content.ts';
import type { VsphereClient } from './soap/vsphere-client.ts';
import { type Walk, walk } from './soap/walk.ts';
import { childOf, childrenOf, flagOf, nameOf, numberOf, type XmlElement } from './soap/xml-element.ts';

export interface VsphereDatastore extends InventoryRow {
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
  /** `/DC0/datastore`. */
  folder: Read<string>;
  mounts: Read<readonly VsphereMount[]>;
}

/** A host that uses a datastore. */
export interface VsphereMount {
  host: NamedRef;
  isAccessible: boolean | null;
}

const DATASTORE_PATHS = [
  'name',
  'parent',
  'host',
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
  { places, signal }: { places: Places; signal?: AbortSignal | undefined },
): Promise<Walk<VsphereDatastore>> {
  const decode = (content: ObjectContent): VsphereDatastore => toDatastore(content, places);
  return walk(client, { properties: { Datastore: DATASTORE_PATHS }, decode, signal });
}

function toDatastore(content: ObjectContent, places: Places): VsphereDatastore {
  const facts = new Facts(content);
  return {
    ...facts.row,
    name: facts.read('name', (value) => plainName(nameOf(value))),
    type: facts.read('summary.type', nameOf),
    url: facts.read('summary.url', nameOf),
    capacityBytes: facts.read('summary.capacity', numberOf),
    freeBytes: facts.read('summary.freeSpace', numberOf),
    isAccessible: facts.read('summary.accessible', flagOf),
    isShared: facts.read('summary.multipleHostAccess', flagOf),
    maintenance: facts.read('summary.maintenanceMode', nameOf),
    folder: facts.read('parent', (value) => places.pathOf(referenceOf(value))),
    mounts: facts.read('host', (value) => readMounts(value, places)),
  };
}

function readMounts(mounts: XmlElement | null, places: Places): VsphereMount[] {
  return childrenOf(mounts, 'DatastoreHostMount').flatMap((mount) => {
    const host = referenceOf(childOf(mount, 'key'));
    if (host === null) return [];
    return [{ host: places.named(host), isAccessible: flagOf(childOf(mount, 'mountInfo.accessible')) }];
  });
}
