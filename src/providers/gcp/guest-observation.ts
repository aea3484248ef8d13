import type { Document, Value } from '../../types/document.ts';
import type { MaskKey } from '../../types/inventory-key.ts';
import type { GuestObservation } from '../../types/observation.ts';
import type { Section } from '../../types/section.ts';
import { nodeName } from '../cloud/areas.ts';
import { someOf, toDocument } from '../present-fields.ts';
import { tagText } from '../tag-text.ts';
import type { Instance, MachineType } from './answers.ts';

const GIB = 2 ** 30;
const MIB = 2 ** 20;

/** https://cloud.google.com/compute/docs/instances/instance-lifecycle; what is on its way to another state has none. */
const STATUS: Readonly<Record<string, 'running' | 'stopped' | 'suspended'>> = {
  RUNNING: 'running',
  TERMINATED: 'stopped',
  STOPPED: 'stopped',
  SUSPENDED: 'suspended',
};

/** What a type of machine has, by its name. */
export type MachineTypes = ReadonlyMap<string, Pick<MachineType, 'guestCpus' | 'memoryMb'>>;

export interface Observing {
  project: string;
  types: MachineTypes;
  /** For labels that hold secrets. */
  maskKey: MaskKey | null;
}

export function observeGuest(row: Instance, { project, types, maskKey }: Observing): GuestObservation {
  const zone = row.zone ?? '';
  const status = STATUS[row.status ?? ''] ?? null;
  const machine = types.get(row.machineType ?? '') ?? customType(row.machineType);
  const sizes = row.disks.map(({ diskSizeGb }) => diskSizeGb ?? null);
  const boot = row.disks.find(({ boot: isBoot }) => isBoot === true)?.diskSizeGb ?? null;
  // While the type of its machine is not known, what it has of that stays as it is.
  const complete: Section[] = [
    'placement',
    ...(status === null ? [] : (['power'] as const)),
    ...(machine === null ? [] : (['config'] as const)),
  ];
  return {
    kind: 'vm',
    nativeId: row.id,
    vmid: null,
    node: nodeName(project, zone),
    document: documentOf(row, { node: nodeName(project, zone), status, machine, maskKey }),
    complete: new Set(complete),
    identity: { handle: row.id },
    lock: null,
    cpus: machine?.guestCpus ?? null,
    memoryBytes: machine === null ? null : machine.memoryMb * MIB,
    diskBytes: sizes.includes(null) ? null : sizes.reduce<number>((sum, gib) => sum + (gib ?? 0) * GIB, 0),
    bootDiskBytes: boot === null ? null : boot * GIB,
    telemetry: null,
    unobservable: null,
    powerSource: status === null ? 'none' : 'live',
  };
}

/** `n2-custom-4-8192` says what it has. */
export function customType(name: string | null | undefined): Pick<MachineType, 'guestCpus' | 'memoryMb'> | null {
  const [, cpus, memory] = /(?:^|-)custom-(\d{1,4})-(\d{1,8})(?:-ext)?$/.exec(name ?? '') ?? [];
  return cpus === undefined || memory === undefined ? null : { guestCpus: Number(cpus), memoryMb: Number(memory) };
}

interface Told {
  node: string;
  status: string | null;
  machine: Pick<MachineType, 'guestCpus' | 'memoryMb'> | null;
  maskKey: MaskKey | null;
}

/** Labels as tags, `key=value`; sorted. */
export function tagsOf(labels: Readonly<Record<string, string>>, maskKey: MaskKey | null): string[] {
  return Object.entries(labels)
    .map(([key, value]) => tagText({ key, value }, maskKey))
    .toSorted();
}

/** Labels are tags; network tags are another thing, and have a field of their own. */
function documentOf(row: Instance, { node, status, machine, maskKey }: Told): Document {
  const fields = {
    node,
    name: row.name,
    status,
    tags: someOf(tagsOf(row.labels, maskKey)),
    // Its own word, which says also what is on its way.
    power: row.status,
    machineType: row.machineType,
    cores: machine?.guestCpus,
    memory: machine?.memoryMb,
    created: row.creationTimestamp,
    protected: row.deletionProtection || null,
    networkTags: someOf([...(row.tags?.items ?? [])].toSorted()),
    serviceAccount: row.serviceAccounts[0]?.email,
    provisioning: row.scheduling?.provisioningModel ?? (row.scheduling?.preemptible ? 'PREEMPTIBLE' : null),
    'guest.addresses': someOf(addressesOf(row)),
    ...diskFields(row),
    ...cardFields(row),
  };
  return toDocument(Object.entries(fields));
}

function diskFields({ disks }: Instance): Record<string, Value | null | undefined> {
  const fields = disks.flatMap(({ deviceName, diskSizeGb, source, type }) =>
    deviceName
      ? [
          [
            `disk-${deviceName}.sizeBytes`,
            diskSizeGb === null || diskSizeGb === undefined ? null : diskSizeGb * GIB,
          ] as const,
          [`disk-${deviceName}.source`, source] as const,
          [`disk-${deviceName}.type`, type] as const,
        ]
      : [],
  );
  return Object.fromEntries(fields);
}

function cardFields({ networkInterfaces }: Instance): Record<string, Value | null | undefined> {
  const fields = networkInterfaces.flatMap(({ name, network, subnetwork }) =>
    name ? [[`nic-${name}.network`, network] as const, [`nic-${name}.subnetwork`, subnetwork] as const] : [],
  );
  return Object.fromEntries(fields);
}

function addressesOf({ networkInterfaces }: Instance): string[] {
  const own = networkInterfaces.flatMap(({ networkIP, ipv6Address }) => [networkIP, ipv6Address]);
  const outer = networkInterfaces.flatMap(({ accessConfigs }) => accessConfigs.map(({ natIP }) => natIP));
  return [...new Set([...own, ...outer].flatMap((address) => address || []))];
}
