import type { Document } from '../../types/document.ts';
import type { MaskKey } from '../../types/inventory-key.ts';
import type { Section } from '../../types/section.ts';
import { type Fields, toDocument } from '../present-fields.ts';
import { diskFields, nicFields } from './device-fields.ts';
import { hideSecrets } from './free-text.ts';
import type { NamedRef, Places } from './places.ts';
import type { VsphereVm } from './read-vms.ts';
import { snapshotFields } from './snapshot-fields.ts';

export interface GuestDocument {
  document: Document;
  /** Sections of which every property was read. */
  complete: ReadonlySet<Section>;
}

/** Facts of the section `config`: a property that could not be read leaves the whole section open. */
const CONFIG = [
  'name',
  'isTemplate',
  'cpus',
  'coresPerSocket',
  'memoryBytes',
  'disks',
  'nics',
  'guestId',
  'annotation',
  'folder',
  'vApp',
  'customAttributes',
  'toolsRunning',
  'toolsVersion',
  'hostName',
  'addresses',
] as const satisfies readonly (keyof VsphereVm)[];

const STATUS = { on: 'running', off: 'stopped', suspended: 'suspended' } as const;
const MIB = 2 ** 20;

/** A VM in the terms of the inventory. Memory in MiB, as other providers have it; sizes of disks in bytes. */
export function guestDocument(
  vm: VsphereVm,
  { places, maskKey }: { places: Places; maskKey: MaskKey | null },
): GuestDocument {
  const disks = diskFields(vm.disks ?? [], places);
  const nics = nicFields(vm.nics ?? []);
  const fields: Fields = [
    ['node', vm.host?.name],
    ['status', vm.power && STATUS[vm.power]],
    ['pool', vm.resourcePool?.name],
    ...settingFields(vm, maskKey),
    ...toolFields(vm),
    ...disks.fields,
    ...nics.fields,
    ...attributeFields(vm.customAttributes ?? {}, maskKey),
    ...Object.entries(snapshotFields(vm.snapshots ?? [], maskKey)),
  ];
  const isConfigRead =
    CONFIG.every((fact) => vm[fact] !== undefined) && isNamed(vm.vApp) && disks.isWhole && nics.isWhole;
  const complete = new Set<Section>();
  if (vm.host != null && isNamed(vm.host)) complete.add('placement');
  if (vm.power != null) complete.add('power');
  if (vm.resourcePool !== undefined && isNamed(vm.resourcePool)) complete.add('pool');
  if (vm.snapshots !== undefined) complete.add('snapshots');
  if (isConfigRead) complete.add('config');
  return { document: toDocument(fields), complete };
}

function isNamed(ref: NamedRef | null | undefined): boolean {
  return ref?.name !== null;
}

function settingFields(vm: VsphereVm, maskKey: MaskKey | null): Fields {
  const { annotation, memoryBytes } = vm;
  return [
    ['name', vm.name],
    ['template', vm.isTemplate === true ? true : null],
    ['ostype', vm.guestId],
    ...processorFields(vm),
    ['memory', typeof memoryBytes === 'number' ? memoryBytes / MIB : null],
    ['description', annotation ? hideSecrets(annotation, maskKey) : null],
    ['folder', vm.folder],
    ['vapp', vm.vApp?.name],
    ['moref', vm.moref],
  ];
}

/** vSphere counts all cores of a VM, and those of a socket. */
function processorFields({ cpus, coresPerSocket }: VsphereVm): Fields {
  if (typeof cpus !== 'number') return [];
  const cores = typeof coresPerSocket === 'number' && cpus % coresPerSocket === 0 ? coresPerSocket : cpus;
  return [
    ['cores', cores],
    ['sockets', cpus / cores],
  ];
}

/** As the tools inside tell; without them there is nothing. */
function toolFields({ toolsRunning, toolsVersion, hostName, addresses }: VsphereVm): Fields {
  return [
    ['tools.running', typeof toolsRunning === 'string' ? toolsRunning === 'guestToolsRunning' : null],
    ['tools.version', toolsVersion],
    ['guest.hostname', hostName],
    ['guest.addresses', addresses && addresses.length > 0 ? addresses : null],
  ];
}

function attributeFields(attributes: Readonly<Record<string, string>>, maskKey: MaskKey | null): Fields {
  return Object.entries(attributes).map(([name, value]) => [`attribute.${name}`, hideSecrets(value, maskKey, name)]);
}
