import { Facts, type InventoryRow, oneOf, type Read } from './facts.ts';
import { type NamedRef, type Places, plainName } from './places.ts';
import { referenceOf } from './soap/managed-object.ts';
import type { ObjectContent } from './soap/object-content.ts';
import type { VsphereClient } from './soap/vsphere-client.ts';
import { type Walk, walk } from './soap/walk.ts';
import { flagOf, nameOf, numberOf } from './soap/xml-element.ts';

/** An ESXi host. */
export interface VsphereHost extends InventoryRow {
  name: Read<string>;
  /** Identity: of an ESXi without vCenter it is that of the provider too. */
  hardwareUuid: Read<string>;
  connectionState: Read<'connected' | 'notResponding' | 'disconnected'>;
  power: Read<'poweredOn' | 'poweredOff' | 'standBy' | 'unknown'>;
  isInMaintenance: Read<boolean>;
  /** `8.0.2`. */
  version: Read<string>;
  build: Read<string>;
  vendor: Read<string>;
  model: Read<string>;
  cpuModel: Read<string>;
  cores: Read<number>;
  threads: Read<number>;
  memoryBytes: Read<number>;
  /** Its cluster, or itself where it is in none. */
  computeResource: Read<NamedRef>;
}

const HOST_PATHS = [
  'name',
  'parent',
  'summary.hardware.uuid',
  'summary.hardware.vendor',
  'summary.hardware.model',
  'summary.hardware.cpuModel',
  'summary.hardware.numCpuCores',
  'summary.hardware.numCpuThreads',
  'summary.hardware.memorySize',
  'summary.config.product.version',
  'summary.config.product.build',
  'runtime.connectionState',
  'runtime.powerState',
  'runtime.inMaintenanceMode',
] as const;

const CONNECTIONS = ['connected', 'notResponding', 'disconnected'] as const;
const POWERS = ['poweredOn', 'poweredOff', 'standBy', 'unknown'] as const;

/** Reads all hosts. Throws AppError. */
export async function readHosts(
  client: VsphereClient,
  { places, signal }: { places: Places; signal?: AbortSignal | undefined },
): Promise<Walk<VsphereHost>> {
  const decode = (content: ObjectContent): VsphereHost => toHost(content, places);
  return walk(client, { properties: { HostSystem: HOST_PATHS }, decode, signal });
}

export function toHost(content: ObjectContent, places: Places): VsphereHost {
  const facts = new Facts(content);
  return {
    ...facts.row,
    name: facts.read('name', (value) => plainName(nameOf(value))),
    hardwareUuid: facts.read('summary.hardware.uuid', nameOf),
    connectionState: facts.read('runtime.connectionState', (value) => oneOf(CONNECTIONS, value)),
    power: facts.read('runtime.powerState', (value) => oneOf(POWERS, value)),
    isInMaintenance: facts.read('runtime.inMaintenanceMode', flagOf),
    version: facts.read('summary.config.product.version', nameOf),
    build: facts.read('summary.config.product.build', nameOf),
    vendor: facts.read('summary.hardware.vendor', nameOf),
    model: facts.read('summary.hardware.model', nameOf),
    cpuModel: facts.read('summary.hardware.cpuModel', nameOf),
    cores: facts.read('summary.hardware.numCpuCores', numberOf),
    threads: facts.read('summary.hardware.numCpuThreads', numberOf),
    memoryBytes: facts.read('summary.hardware.memorySize', numberOf),
    computeResource: facts.read('parent', (value) => places.named(referenceOf(value))),
  };
}
