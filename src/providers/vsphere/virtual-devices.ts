import { type ManagedObject, referenceOf } from './soap/managed-object.ts';
import { childOf, flagOf, kindOf, nameOf, numberOf, type XmlElement } from './soap/xml-element.ts';

export interface VsphereDisk {
  /** Unique in its VM: 2000, 2001, … */
  key: number;
  sizeBytes: number | null;
  datastore: ManagedObject | null;
  isThin: boolean | null;
}

export interface VsphereNic {
  /** Unique in its VM: 4000, 4001, … */
  key: number;
  /** `VirtualVmxnet3`. */
  model: string;
  mac: string | null;
  /** A standard network, a distributed port group, or a network of NSX. */
  network: { kind: 'network' | 'portgroup' | 'opaque'; id: string; name: string | null } | null;
}

/** What vSphere calls network cards: they have no name in common. */
const NICS = /^Virtual(?:E1000e?|PCNet32|Vmxnet[23]?|SriovEthernetCard|EthernetCard)$/;

/** `devices` is `config.hardware.device`. Only disks: no CD-ROM, no controller. By key. */
export function readDisks(devices: XmlElement): VsphereDisk[] {
  return devices.children
    .flatMap((device) => (device.kind === 'VirtualDisk' ? (toDisk(device) ?? []) : []))
    .sort(byKey);
}

export function readNics(devices: XmlElement): VsphereNic[] {
  return devices.children.flatMap((device) => (NICS.test(device.kind ?? '') ? (toNic(device) ?? []) : [])).sort(byKey);
}

function byKey(one: { key: number }, other: { key: number }): number {
  return one.key - other.key;
}

function toDisk(device: XmlElement): VsphereDisk | null {
  const key = numberOf(childOf(device, 'key'));
  if (key === null) return null;
  const backing = childOf(device, 'backing');
  const kilobytes = numberOf(childOf(device, 'capacityInKB'));
  return {
    key,
    sizeBytes: numberOf(childOf(device, 'capacityInBytes')) ?? (kilobytes === null ? null : kilobytes * 1024),
    datastore: referenceOf(childOf(backing, 'datastore')),
    isThin: flagOf(childOf(backing, 'thinProvisioned')),
  };
}

function toNic(device: XmlElement): VsphereNic | null {
  const key = numberOf(childOf(device, 'key'));
  if (key === null) return null;
  return {
    key,
    model: kindOf(device) ?? '',
    mac: nameOf(childOf(device, 'macAddress')),
    network: readNetwork(childOf(device, 'backing')),
  };
}

function readNetwork(backing: XmlElement | null): VsphereNic['network'] {
  const portgroup = nameOf(childOf(backing, 'port.portgroupKey'));
  if (portgroup !== null) return { kind: 'portgroup', id: portgroup, name: null };
  const opaque = nameOf(childOf(backing, 'opaqueNetworkId'));
  if (opaque !== null) return { kind: 'opaque', id: opaque, name: null };
  const name = nameOf(childOf(backing, 'deviceName'));
  const network = referenceOf(childOf(backing, 'network'));
  return network === null && name === null ? null : { kind: 'network', id: network?.value ?? name ?? '', name };
}
