import type { GuestIdentity } from '../../types/guest.ts';
import type { MaskKey } from '../../types/inventory-key.ts';
import type { GuestObservation } from '../../types/observation.ts';
import type { Section } from '../../types/section.ts';
import { nodeName } from '../cloud/areas.ts';
import type { MachineSize } from './answers.ts';
import { armKey } from './arm-id.ts';
import { type DiskTold, disksOf, documentOf, interfacesOf, isNetworkWhole } from './guest-document.ts';
import { type Power, powerOf } from './power.ts';
import { type Details, type FoundMachine, placeOf } from './read-subscription.ts';

const MIB = 2 ** 20;

export interface MachineContext {
  /** Id of its subscription. */
  subscription: string;
  details: Details;
  /** By the name of the size, in lower case, at its location; null: they could not be read. */
  sizes: ReadonlyMap<string, MachineSize> | null;
  maskKey: MaskKey | null;
}

/** `vmId`: lower case. What was not read leaves its section open, so that nothing of it is taken for removed. */
export function observeGuest(found: FoundMachine, vmId: string, context: MachineContext): GuestObservation {
  const { row } = found;
  const node = nodeName(context.subscription, placeOf(row));
  const power = powerOf(found.statuses);
  const size = sizeOf(found, context);
  const disks = disksOf(row, context.details);
  const boot = disks.find(({ key }) => key === 'os');
  const sizes = disks.map(({ sizeBytes }) => sizeBytes);
  return {
    kind: 'vm',
    nativeId: vmId,
    vmid: null,
    node,
    document: documentOf(found, { ...context, node, power, size, disks }),
    complete: completeOf(found, context, { power, size, disks }),
    identity: identityOf(found, vmId, context),
    lock: null,
    cpus: size.cores,
    memoryBytes: size.memoryMiB === null ? null : size.memoryMiB * MIB,
    diskBytes: sizes.includes(null) ? null : sizes.reduce<number>((sum, bytes) => sum + (bytes ?? 0), 0),
    bootDiskBytes: boot?.sizeBytes ?? null,
    telemetry: null,
    unobservable: null,
    powerSource: power.status === null ? 'none' : 'live',
  };
}

export interface SizeTold {
  name: string | null;
  cores: number | null;
  memoryMiB: number | null;
  isKnown: boolean;
}

/** A machine may have fewer processors than its size. */
function sizeOf({ row }: FoundMachine, { sizes }: MachineContext): SizeTold {
  const profile = row.properties.hardwareProfile;
  const name = profile?.vmSize ?? row.sku?.name ?? null;
  const size = name === null ? undefined : sizes?.get(name.toLowerCase());
  return {
    name,
    cores: profile?.vmSizeProperties?.vCPUsAvailable ?? size?.numberOfCores ?? null,
    memoryMiB: size?.memoryInMB ?? null,
    isKnown: size !== undefined,
  };
}

function completeOf(
  { row }: FoundMachine,
  { details }: MachineContext,
  { power, size, disks }: { power: Power; size: SizeTold; disks: readonly DiskTold[] },
): ReadonlySet<Section> {
  const areDisksWhole = details.disks !== null && disks.every(({ isWhole }) => isWhole);
  const isConfigRead = areDisksWhole && power.word !== null && size.isKnown;
  return new Set<Section>([
    'placement',
    ...(power.status === null ? [] : (['power'] as const)),
    ...(isConfigRead && isNetworkWhole(row, details) ? (['config'] as const) : []),
  ]);
}

/** Its id in the API is used in calls, and given again to another machine of that name. */
function identityOf({ row }: FoundMachine, vmId: string, { details }: MachineContext): GuestIdentity {
  const macs = interfacesOf(row, details).flatMap(({ mac }) => mac ?? []);
  return { uuid: vmId, handle: armKey(row.id), ...(macs.length > 0 && { macs: [...new Set(macs)].sort() }) };
}
