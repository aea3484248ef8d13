import { Facts, type InventoryRow, type Read } from './facts.ts';
import { type Places, plainName } from './places.ts';
import { referenceOf } from './soap/managed-object.ts';
import type { ObjectContent } from './soap/object-content.ts';
import type { VsphereClient } from './soap/vsphere-client.ts';
import { type Walk, walk } from './soap/walk.ts';
import { childOf, flagOf, nameOf, numberOf, type XmlElement } from './soap/xml-element.ts';

export interface VsphereCluster extends InventoryRow {
  /** `domain-c7`. */
  moref: string;
  name: Read<string>;
  /** `/DC0/host`. */
  folder: Read<string>;
  hosts: Read<number>;
  /** Those that are connected and not in maintenance. */
  effectiveHosts: Read<number>;
  cores: Read<number>;
  memoryBytes: Read<number>;
  isDrsEnabled: Read<boolean>;
  isHaEnabled: Read<boolean>;
}

const CLUSTER_PATHS = ['name', 'parent', 'summary', 'configuration.drsConfig', 'configuration.dasConfig'] as const;

/** Reads all clusters; ESXi without vCenter has none. Throws AppError. */
export async function readClusters(
  client: VsphereClient,
  { places, signal }: { places: Places; signal?: AbortSignal | undefined },
): Promise<Walk<VsphereCluster>> {
  const { about } = await client.content(signal);
  // ESXi does not know the type.
  if (about.product === 'esxi') return { rows: [], present: 0, unread: [] };
  const decode = (content: ObjectContent): VsphereCluster => toCluster(content, places);
  return walk(client, { properties: { ClusterComputeResource: CLUSTER_PATHS }, decode, signal });
}

export function toCluster(content: ObjectContent, places: Places): VsphereCluster {
  const facts = new Facts(content);
  const summary = (name: string): Read<number> => facts.read('summary', (value) => numberOf(childOf(value, name)));
  const isEnabled = (value: XmlElement | null): boolean | null => flagOf(childOf(value, 'enabled'));
  return {
    object: content.object,
    moref: content.object.value,
    unread: content.missing,
    name: facts.read('name', (value) => plainName(nameOf(value))),
    folder: facts.read('parent', (value) => {
      const parent = referenceOf(value);
      return parent === null ? null : places.pathOf(parent);
    }),
    hosts: summary('numHosts'),
    effectiveHosts: summary('numEffectiveHosts'),
    cores: summary('numCpuCores'),
    memoryBytes: summary('totalMemory'),
    isDrsEnabled: facts.read('configuration.drsConfig', isEnabled),
    isHaEnabled: facts.read('configuration.dasConfig', isEnabled),
  };
}
