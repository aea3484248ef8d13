import type { Value } from '../../types/document.ts';
import type { Places } from './places.ts';
import type { VsphereDisk, VsphereNic } from './virtual-devices.ts';

export interface DeviceFields {
  fields: readonly (readonly [string, Value])[];
  /** Whether every name that the devices refer to is known. */
  isWhole: boolean;
}

/**
 * `disk-2000.sizeBytes`: the key of a device stays with it, whereas labels are translated and may change. A snapshot changes
 * the file of a disk, so that is left out.
 */
export function diskFields(disks: readonly VsphereDisk[], places: Places): DeviceFields {
  const fields: (readonly [string, Value])[] = [];
  let isWhole = true;
  for (const { key, sizeBytes, datastore, isThin } of disks) {
    const name = datastore === null ? null : places.named(datastore).name;
    if (datastore !== null && name === null) isWhole = false;
    if (sizeBytes !== null) fields.push([`disk-${key}.sizeBytes`, sizeBytes]);
    if (name !== null) fields.push([`disk-${key}.datastore`, name]);
    if (isThin !== null) fields.push([`disk-${key}.thin`, isThin]);
  }
  return { fields, isWhole };
}

export function nicFields(nics: readonly VsphereNic[]): DeviceFields {
  const fields: (readonly [string, Value])[] = [];
  let isWhole = true;
  for (const { key, mac, model, network } of nics) {
    // A network of NSX has no object in the inventory that would name it.
    const name = network?.kind === 'opaque' ? (network.name ?? network.id) : (network?.name ?? null);
    if (network !== null && name === null) isWhole = false;
    if (mac !== null) fields.push([`nic-${key}.mac`, mac.toUpperCase()]);
    if (name !== null) fields.push([`nic-${key}.network`, name]);
    fields.push([`nic-${key}.model`, model]);
  }
  return { fields, isWhole };
}
