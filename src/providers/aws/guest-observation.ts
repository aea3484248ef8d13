import { maskText } from '../../text/mask-secrets.ts';
import type { Document, Value } from '../../types/document.ts';
import type { GuestIdentity } from '../../types/guest.ts';
import type { MaskKey } from '../../types/inventory-key.ts';
import type { GuestObservation } from '../../types/observation.ts';
import type { Section } from '../../types/section.ts';
import { someOf, toDocument } from '../present-fields.ts';
import { tagText } from '../tag-text.ts';
import type { Instance, InstanceType, Volume } from './answers.ts';

const GIB = 2 ** 30;
const MIB = 2 ** 20;

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html; what is on its way to another state has none. */
const STATUS: Readonly<Record<string, 'running' | 'stopped'>> = { running: 'running', stopped: 'stopped' };
/** Of an instance that is gone, which is listed for up to an hour; there is no way back from either. */
const GONE: ReadonlySet<string> = new Set(['shutting-down', 'terminated']);

export function isTerminated({ instanceState: { name } }: Instance): boolean {
  return GONE.has(name);
}

/** What was read besides the instances. */
export interface Facts {
  /** `ACCOUNT/REGION`. */
  node: string;
  volumes: ReadonlyMap<string, Volume>;
  types: ReadonlyMap<string, InstanceType>;
  imageName: string | null;
  /** Whether all of it was read: what an instance has of it stays otherwise. */
  isWhole: boolean;
  maskKey: MaskKey | null;
}

type Fields = Record<string, Value | null | undefined>;

export function observeGuest(row: Instance, facts: Facts): GuestObservation {
  const { node, types, isWhole } = facts;
  const status = STATUS[row.instanceState.name] ?? null;
  const type = types.get(row.instanceType ?? '') ?? null;
  const disks = disksOf(row, facts);
  const sizes = disks.map(({ sizeBytes }) => sizeBytes);
  const boot = disks.find(({ deviceName }) => deviceName === row.rootDeviceName)?.sizeBytes ?? null;
  const complete: Section[] = ['placement'];
  if (status !== null) complete.push('power');
  if (isWhole) complete.push('config');
  return {
    kind: 'vm',
    nativeId: row.instanceId,
    vmid: null,
    node,
    document: documentOf(row, { facts, status, type, disks }),
    complete: new Set(complete),
    identity: identityOf(row),
    lock: null,
    cpus: type?.vCpuInfo.defaultVCpus ?? null,
    memoryBytes: type === null ? null : type.memoryInfo.sizeInMiB * MIB,
    diskBytes: sizes.includes(null) ? null : sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0),
    bootDiskBytes: boot,
    telemetry: null,
    unobservable: null,
    powerSource: 'live',
  };
}

/** Its id is what records call it, and is never used again. */
function identityOf({ instanceId, networkInterfaceSet }: Instance): GuestIdentity {
  const macs = networkInterfaceSet.flatMap(({ macAddress }) => (macAddress ? [macAddress.toUpperCase()] : []));
  return { handle: instanceId, ...(macs.length > 0 && { macs: [...new Set(macs)].sort() }) };
}

interface Told {
  facts: Facts;
  status: string | null;
  type: InstanceType | null;
  disks: readonly Disk[];
}

function documentOf(row: Instance, { facts: { node, imageName, maskKey }, status, type, disks }: Told): Document {
  const name = row.tagSet.find(({ key }) => key === 'Name')?.value;
  const tags = row.tagSet.filter(({ key }) => key !== 'Name').map((tag) => tagText(tag, maskKey));
  const { placement, iamInstanceProfile, metadataOptions } = row;
  const tenancy = placement?.tenancy === 'default' ? null : placement?.tenancy;
  const fields: Fields = {
    node,
    name: name ? maskText(name, maskKey) : null,
    status,
    power: row.instanceState.name,
    tags: someOf(tags.toSorted()),
    instanceType: row.instanceType,
    cores: type?.vCpuInfo.defaultVCpus,
    memory: type?.memoryInfo.sizeInMiB,
    image: row.imageId,
    imageName,
    platform: row.platformDetails ?? row.platform,
    architecture: row.architecture,
    created: createdAt(row),
    launched: row.launchTime,
    zone: placement?.availabilityZone,
    tenancy,
    placementGroup: placement?.groupName,
    dedicatedHost: placement?.hostId,
    provisioning: row.instanceLifecycle,
    keyPair: row.keyName,
    role: lastPart(iamInstanceProfile?.arn),
    metadataTokens: metadataOptions?.httpTokens,
    network: row.vpcId,
    subnet: row.subnetId,
    securityGroups: someOf([...new Set(row.groupSet.map(({ groupId }) => groupId))].sort()),
    'guest.addresses': someOf(addressesOf(row)),
    ...diskFields(disks),
    ...cardFields(row),
  };
  return toDocument(Object.entries(fields));
}

/** Its launch is that of its last start; its first network card came with it and cannot be taken away. */
function createdAt({ networkInterfaceSet }: Instance): string | null {
  const first = networkInterfaceSet.find(({ attachment }) => attachment?.deviceIndex === 0);
  return first?.attachment?.attachTime ?? null;
}

/** `arn:aws:iam::111122223333:instance-profile/web` → `web`. */
function lastPart(arn: string | null | undefined): string | null {
  return arn ? arn.slice(arn.lastIndexOf('/') + 1) : null;
}

interface Disk {
  deviceName: string;
  volumeId: string;
  volume: Volume | null;
  sizeBytes: number | null;
}

function disksOf({ blockDeviceMapping }: Instance, { volumes }: Facts): Disk[] {
  return blockDeviceMapping.flatMap(({ deviceName, ebs }) => {
    const volumeId = ebs?.volumeId ?? null;
    if (volumeId === null) return [];
    const volume = volumes.get(volumeId) ?? null;
    const gib = volume?.size ?? null;
    return [{ deviceName, volumeId, volume, sizeBytes: gib === null ? null : gib * GIB }];
  });
}

/** `disk-sda1.sizeBytes`: the name of a device stays with a volume. */
function diskFields(disks: readonly Disk[]): Fields {
  return Object.fromEntries(
    disks.flatMap(({ deviceName, volumeId, volume, sizeBytes }) => {
      const path = `disk-${deviceName.replace(/^\/dev\//, '')}`;
      return [
        [`${path}.volume`, volumeId],
        [`${path}.sizeBytes`, sizeBytes],
        [`${path}.type`, volume?.volumeType],
        [`${path}.encrypted`, volume?.encrypted],
      ] as const;
    }),
  );
}

/** `nic-0.interface`: by the index of its device. */
function cardFields({ networkInterfaceSet }: Instance): Fields {
  return Object.fromEntries(
    networkInterfaceSet.flatMap(({ networkInterfaceId, macAddress, subnetId, vpcId, attachment }) => {
      const { deviceIndex = null, networkCardIndex = null } = attachment ?? {};
      if (deviceIndex === null) return [];
      const path = `nic-${networkCardIndex ? `${networkCardIndex}-` : ''}${deviceIndex}`;
      return [
        [`${path}.interface`, networkInterfaceId],
        [`${path}.mac`, macAddress?.toUpperCase()],
        [`${path}.network`, vpcId],
        [`${path}.subnet`, subnetId],
      ] as const;
    }),
  );
}

/** Private ones first, then those that lead to them from outside, then IPv6. */
function addressesOf({ networkInterfaceSet, privateIpAddress, ipAddress }: Instance): string[] {
  const rows = networkInterfaceSet.flatMap(({ privateIpAddressesSet }) => privateIpAddressesSet);
  const inner = networkInterfaceSet.map((card) => card.privateIpAddress);
  const six = networkInterfaceSet.flatMap(({ ipv6AddressesSet }) => ipv6AddressesSet.map((one) => one.ipv6Address));
  const all = [
    privateIpAddress,
    ...inner,
    ...rows.map((row) => row.privateIpAddress),
    ipAddress,
    ...rows.map(({ association }) => association?.publicIp),
    ...six,
  ];
  return [...new Set(all.flatMap((address) => address || []))];
}
