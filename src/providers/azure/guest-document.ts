import type { Document } from '../../types/document.ts';
import type { MaskKey } from '../../types/inventory-key.ts';
import { type Fields, someOf, toDocument } from '../present-fields.ts';
import { tagText } from '../tag-text.ts';
import type { Machine } from './answers.ts';
import { armKey, lastOf, partOf } from './arm-id.ts';
import type { MachineContext, SizeTold } from './guest-observation.ts';
import type { Power } from './power.ts';
import type { Details, FoundMachine } from './read-subscription.ts';

const GIB = 2 ** 30;

export interface DiskTold {
  /** `os`, or the number of a data disk. */
  key: string;
  name: string | null;
  sizeBytes: number | null;
  type: string | null;
  /** Whether its size and type were told: the list of disks may leave one out, as the machine its size. */
  isWhole: boolean;
}

export interface InterfaceTold {
  name: string;
  /** `00:0D:3A:1B:C7:21`. */
  mac: string | null;
  /** `network/subnet`. */
  subnet: string | null;
  addresses: readonly string[];
}

interface Told extends MachineContext {
  node: string;
  power: Power;
  size: SizeTold;
  disks: readonly DiskTold[];
}

/** A machine in the terms of the inventory: memory in MiB, sizes of disks in bytes. */
export function documentOf({ row, scaleSet }: FoundMachine, told: Told): Document {
  const { properties, zones } = row;
  const interfaces = interfacesOf(row, told.details);
  const { node, power, size } = told;
  const fields: Fields = [
    ['node', node],
    ['name', row.name],
    ['status', power.status],
    ['power', power.word],
    ['provisioning', properties.provisioningState],
    ['size', size.name],
    ['cores', size.cores],
    ['memory', size.memoryMiB],
    ['tags', someOf(tagsOf(row, told.maskKey))],
    ['created', properties.timeCreated],
    ['resourceGroup', partOf(row.id, 'resourcegroups')],
    ['scaleSet', (scaleSet ?? nameOf(properties.virtualMachineScaleSet))?.toLowerCase()],
    ['availabilitySet', nameOf(properties.availabilitySet)?.toLowerCase()],
    ['zones', someOf([...(zones ?? [])].sort())],
    ['priority', properties.priority],
    ['ostype', properties.storageProfile?.osDisk?.osType],
    ['image', imageOf(row)],
    ['guest.hostname', properties.osProfile?.computerName],
    ['guest.addresses', someOf([...new Set(interfaces.flatMap(({ addresses }) => addresses))])],
    ...told.disks.flatMap(diskFields),
    ...interfaces.flatMap(interfaceFields),
  ];
  return toDocument(fields);
}

function nameOf(reference: { id: string } | null | undefined): string | null {
  return reference ? lastOf(reference.id) : null;
}

/** As `key=value`. A value may be a secret, as its name says or its shape. */
function tagsOf({ tags }: Machine, maskKey: MaskKey | null): string[] {
  return Object.entries(tags ?? {})
    .map(([key, value]) => tagText({ key, value }, maskKey))
    .sort();
}

/** `publisher:offer:sku`, or the name of one's own. */
function imageOf({ properties }: Machine): string | null {
  const { publisher, offer, sku, id } = properties.storageProfile?.imageReference ?? {};
  if (publisher && offer && sku) return `${publisher}:${offer}:${sku}`;
  return id ? lastOf(id) : null;
}

/** The size that the disk itself has counts: that in the machine is left out at times. */
export function disksOf({ properties }: Machine, { disks: known }: Details): DiskTold[] {
  const { osDisk, dataDisks = [] } = properties.storageProfile ?? {};
  const all = [
    ...(osDisk ? [{ key: 'os', disk: osDisk }] : []),
    ...dataDisks.map((disk) => ({ key: lunOf(disk), disk })),
  ];
  return all.flatMap(({ key, disk: { name, diskSizeGB, managedDisk } }) => {
    if (key === null) return [];
    const own = managedDisk?.id ? known?.get(armKey(managedDisk.id)) : undefined;
    const gib = own?.properties.diskSizeGB ?? diskSizeGB ?? null;
    const type = own?.sku?.name ?? managedDisk?.storageAccountType ?? null;
    // One that is not managed has no type.
    const isWhole = gib !== null && (type !== null || !managedDisk);
    return { key, name: name ?? null, sizeBytes: gib === null ? null : gib * GIB, type, isWhole };
  });
}

function lunOf({ lun }: { lun?: number | null | undefined }): string | null {
  return lun === null || lun === undefined ? null : String(lun);
}

function diskFields({ key, name, sizeBytes, type }: DiskTold): Fields {
  return [
    [`disk-${key}.sizeBytes`, sizeBytes],
    [`disk-${key}.name`, name],
    [`disk-${key}.type`, type],
  ];
}

/** Those of the machine, in its order. */
export function interfacesOf({ properties }: Machine, { interfaces, addresses }: Details): InterfaceTold[] {
  const references = properties.networkProfile?.networkInterfaces ?? [];
  return references.flatMap(({ id }) => {
    const found = interfaces?.get(armKey(id));
    if (found === undefined) return [];
    const configurations = found.properties.ipConfigurations.map((one) => one.properties);
    return {
      name: found.name,
      mac: found.properties.macAddress?.replaceAll('-', ':').toUpperCase() || null,
      subnet: configurations.flatMap(({ subnet }) => (subnet ? subnetText(subnet.id) : []))[0] ?? null,
      addresses: configurations.flatMap(({ privateIPAddress, publicIPAddress }) => {
        const outer = publicIPAddress && addresses?.get(armKey(publicIPAddress.id))?.properties.ipAddress;
        return [privateIPAddress, outer].flatMap((address) => address || []);
      }),
    };
  });
}

/** Whether all interfaces and public addresses that a machine has were read: lists leave out those that the login has no right on. */
export function isNetworkWhole({ properties }: Machine, { interfaces, addresses }: Details): boolean {
  if (interfaces === null || addresses === null) return false;
  const own = (properties.networkProfile?.networkInterfaces ?? []).map(({ id }) => interfaces.get(armKey(id)));
  const configurations = own.flatMap((found) => found?.properties.ipConfigurations ?? []);
  const outer = configurations.flatMap(({ properties: { publicIPAddress } }) =>
    publicIPAddress ? armKey(publicIPAddress.id) : [],
  );
  return own.every((found) => found !== undefined) && outer.every((key) => addresses.has(key));
}

function subnetText(id: string): string {
  return `${partOf(id, 'virtualnetworks') ?? ''}/${partOf(id, 'subnets') ?? ''}`;
}

function interfaceFields({ name, mac, subnet }: InterfaceTold): Fields {
  return [
    [`nic-${name}.mac`, mac],
    [`nic-${name}.subnet`, subnet],
  ];
}
