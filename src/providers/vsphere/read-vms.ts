import { type CustomFields, readCustomFields } from './custom-fields.ts';
import { Facts, type InventoryRow, oneOf, type Read } from './facts.ts';
import { type NamedRef, type Places, plainName } from './places.ts';
import { readObjects } from './read-objects.ts';
import { readSnapshots, type VsphereSnapshot } from './snapshot-tree.ts';
import { referenceOf } from './soap/managed-object.ts';
import type { ObjectContent } from './soap/object-content.ts';
import type { VsphereClient } from './soap/vsphere-client.ts';
import { type Walk, walk } from './soap/walk.ts';
import { childrenOf, flagOf, nameOf, numberOf, textOf, type XmlElement } from './soap/xml-element.ts';
import { readDisks, readNics, type VsphereDisk, type VsphereNic } from './virtual-devices.ts';

/** A virtual machine or a template. */
export interface VsphereVm extends InventoryRow {
  /** Identity within a vCenter. */
  instanceUuid: Read<string>;
  /** Copies of a VM may have the same. */
  biosUuid: Read<string>;
  name: Read<string>;
  isTemplate: Read<boolean>;
  power: Read<'on' | 'off' | 'suspended'>;
  /** Unless it is `connected`, vCenter tells what it knew last. */
  connectionState: Read<'connected' | 'disconnected' | 'orphaned' | 'inaccessible' | 'invalid'>;
  cpus: Read<number>;
  coresPerSocket: Read<number>;
  memoryBytes: Read<number>;
  disks: Read<readonly VsphereDisk[]>;
  nics: Read<readonly VsphereNic[]>;
  /** As configured: `debian11_64Guest`. */
  guestId: Read<string>;
  /** `guestToolsRunning`, `guestToolsNotRunning`. */
  toolsRunning: Read<string>;
  /** `guestToolsCurrent`, `guestToolsUnmanaged`, … */
  toolsVersion: Read<string>;
  /** As the tools tell. */
  hostName: Read<string>;
  /** Sorted; empty without tools. */
  addresses: Read<readonly string[]>;
  snapshots: Read<readonly VsphereSnapshot[]>;
  annotation: Read<string>;
  /** `/DC0/vm/web`. */
  folder: Read<string>;
  /** In place of a folder. */
  vApp: Read<NamedRef>;
  resourcePool: Read<NamedRef>;
  host: Read<NamedRef>;
  /** By name; an attribute whose name is unknown is left out. */
  customAttributes: Read<Readonly<Record<string, string>>>;
}

const VM_PATHS = [
  'name',
  'parent',
  'parentVApp',
  'resourcePool',
  'snapshot',
  'customValue',
  'config.template',
  'config.instanceUuid',
  'config.uuid',
  'config.annotation',
  'config.guestId',
  'config.hardware.numCPU',
  'config.hardware.numCoresPerSocket',
  'config.hardware.memoryMB',
  'config.hardware.device',
  'runtime.powerState',
  'runtime.connectionState',
  'runtime.host',
  'guest.toolsRunningStatus',
  'guest.toolsVersionStatus2',
  'guest.hostName',
  'guest.ipAddress',
  'guest.net',
] as const;

/** Reads all VMs and templates. `places` names what they refer to. Throws AppError. */
export async function readVms(
  client: VsphereClient,
  { places, signal }: { places: Places; signal?: AbortSignal | undefined },
): Promise<Walk<VsphereVm>> {
  const fields = await readCustomFields(client, signal);
  const decode = (content: ObjectContent): VsphereVm => toVm(content, places, fields);
  return walk(client, { properties: { VirtualMachine: VM_PATHS }, decode, signal });
}

/** Reads VMs by name; those that are gone are left out. Throws AppError. */
export async function readVmsByName(
  client: VsphereClient,
  morefs: readonly string[],
  { places, signal }: { places: Places; signal?: AbortSignal | undefined },
): Promise<VsphereVm[]> {
  const fields = await readCustomFields(client, signal);
  const objects = morefs.map((value) => ({ type: 'VirtualMachine', value }));
  const contents = await readObjects(client, { properties: { VirtualMachine: VM_PATHS }, objects, signal });
  return contents.map((content) => toVm(content, places, fields));
}

/** Pure. Properties that were not asked for count as having no value. */
function toVm(content: ObjectContent, places: Places, fields: CustomFields): VsphereVm {
  const facts = new Facts(content);
  const named = (value: XmlElement | null): NamedRef | null => places.named(referenceOf(value));
  return {
    ...facts.row,
    instanceUuid: facts.read('config.instanceUuid', nameOf),
    biosUuid: facts.read('config.uuid', nameOf),
    name: facts.read('name', (value) => plainName(nameOf(value))),
    isTemplate: facts.read('config.template', flagOf),
    ...readRuntime(facts),
    cpus: facts.read('config.hardware.numCPU', numberOf),
    coresPerSocket: facts.read('config.hardware.numCoresPerSocket', numberOf),
    memoryBytes: facts.read('config.hardware.memoryMB', toBytes),
    disks: facts.read('config.hardware.device', (value) => value && readDisks(value)),
    nics: facts.read(
      'config.hardware.device',
      (value) => value && readNics(value).map((nic) => nameNetwork(nic, places)),
    ),
    guestId: facts.read('config.guestId', nameOf),
    ...readGuest(facts),
    // Without a snapshot there is no value.
    snapshots: facts.read('snapshot', (value) => (value === null ? [] : readSnapshots(value))),
    annotation: facts.read('config.annotation', textOf),
    folder: facts.read('parent', (value) => places.pathOf(referenceOf(value))),
    vApp: facts.read('parentVApp', named),
    resourcePool: facts.read('resourcePool', named),
    host: facts.read('runtime.host', named),
    customAttributes: facts.read('customValue', (value) => fields.readValues(value)),
  };
}

const POWER = { poweredOn: 'on', poweredOff: 'off', suspended: 'suspended' } as const;
const CONNECTIONS = ['connected', 'disconnected', 'orphaned', 'inaccessible', 'invalid'] as const;

function readRuntime(facts: Facts): Pick<VsphereVm, 'power' | 'connectionState'> {
  return {
    power: facts.read('runtime.powerState', (value) => {
      const state = nameOf(value);
      return state !== null && isKeyOf(POWER, state) ? POWER[state] : null;
    }),
    connectionState: facts.read('runtime.connectionState', (value) => oneOf(CONNECTIONS, value)),
  };
}

function isKeyOf<T extends object>(record: T, key: PropertyKey): key is keyof T {
  return Object.hasOwn(record, key);
}

function readGuest(facts: Facts): Pick<VsphereVm, 'toolsRunning' | 'toolsVersion' | 'hostName' | 'addresses'> {
  const primary = facts.read('guest.ipAddress', nameOf);
  const cards = facts.read('guest.net', (value) =>
    childrenOf(value, 'GuestNicInfo').flatMap((card) => childrenOf(card, 'ipAddress').map(textOf)),
  );
  const isUnread = primary === undefined || cards === undefined;
  const addresses = [...(cards ?? []), primary].filter((address) => typeof address === 'string' && address !== '');
  return {
    toolsRunning: facts.read('guest.toolsRunningStatus', nameOf),
    toolsVersion: facts.read('guest.toolsVersionStatus2', nameOf),
    hostName: facts.read('guest.hostName', nameOf),
    addresses: isUnread ? undefined : [...new Set(addresses)].filter((one) => one !== null && one !== undefined).sort(),
  };
}

function toBytes(megabytes: XmlElement | null): number | null {
  const number = numberOf(megabytes);
  return number === null ? null : number * 2 ** 20;
}

function nameNetwork(nic: VsphereNic, places: Places): VsphereNic {
  const { network } = nic;
  if (network === null || network.name !== null) return nic;
  return { ...nic, network: { ...network, name: places.nameOf(network.id) } };
}
