import { AppError } from '../../types/errors.ts';
import type { AreaRead } from '../cloud/areas.ts';
import { attempt, type ScopeFailure } from '../scope-reports.ts';
import type { Machine, MachineStatus, ManagedDisk, NetworkInterface, PublicAddress, ScaleSet } from './answers.ts';
import type { ArmClient } from './arm-client.ts';
import { armKey } from './arm-id.ts';
import { findLeftOut } from './left-out.ts';

/** What a subscription told. */
export interface SubscriptionRead {
  /** Its id. */
  name: string;
  failure: ScopeFailure | null;
  /** By the location: machines there may be missing. */
  doubts: ReadonlyMap<string, ScopeFailure>;
  machines: readonly FoundMachine[];
  details: Details;
}

export interface FoundMachine {
  row: Machine;
  /** As its instance view has them; null: they were not told. */
  statuses: readonly string[] | null;
  /** Name of the scale set that it is an instance of. */
  scaleSet: string | null;
}

/** By ids in lower case; null: they could not be read. */
export interface Details {
  disks: ReadonlyMap<string, ManagedDisk> | null;
  interfaces: ReadonlyMap<string, NetworkInterface> | null;
  addresses: ReadonlyMap<string, PublicAddress> | null;
  /** Why the first of all this could not be read; null: all of it was. */
  failure: AppError | null;
}

const NOTHING: Details = { disks: null, interfaces: null, addresses: null, failure: null };

/**
 * Reads the machines of a subscription and what belongs to them. Its machines are whole or none; that a scale set did not tell of its
 * instances is a doubt about its location, that the list leaves one out is a doubt about all, and everything else leaves fields open. `known`: locations with machines before.
 */
export async function readSubscription(
  client: ArmClient,
  name: string,
  { known, signal }: { known: readonly string[]; signal: AbortSignal | undefined },
): Promise<SubscriptionRead> {
  // Before everything else: most subscriptions that fail do so here, and the rest need not be asked.
  const rows = await attempt(client.machines(name, signal));
  if (rows instanceof AppError) return failedRead(name, rows);
  const [statuses, sets, disks, interfaces, addresses] = await Promise.all([
    attempt(client.statuses(name, signal)),
    attempt(client.scaleSets(name, signal)),
    attempt(client.disks(name, signal)),
    attempt(client.networkInterfaces(name, signal)),
    attempt(client.publicAddresses(name, signal)),
  ]);
  const instances = sets instanceof AppError ? NO_INSTANCES : await readInstances(client, sets, signal);
  const views = byId(statuses);
  const own = unique(rows).map((row) => ({ row, statuses: codesOf(views?.get(armKey(row.id))), scaleSet: null }));
  const machines = [...own, ...instances.machines];
  const places = [...known, ...machines.map(({ row }) => placeOf(row))];
  const doubt =
    sets instanceof AppError
      ? sets
      : await findLeftOut(client, { machines: rows, statuses, interfaces, disks }, signal);
  const isOpen = [statuses, disks, interfaces, addresses, ...instances.failures].find(isError) ?? null;
  return {
    name,
    failure: null,
    doubts: doubt === null ? instances.doubts : new Map(places.map((place) => [place, doubt])),
    machines,
    details: {
      disks: byId(disks),
      interfaces: interfaces instanceof AppError ? null : byId([...interfaces, ...instances.interfaces]),
      addresses: addresses instanceof AppError ? null : byId([...addresses, ...instances.addresses]),
      failure: isOpen,
    },
  };
}

export function failedRead(name: string, failure: ScopeFailure): SubscriptionRead {
  return { name, failure, doubts: new Map(), machines: [], details: NOTHING };
}

export function toArea({ name, failure, doubts }: SubscriptionRead): AreaRead {
  // A list of a subscription is of all its locations.
  return { name, failure, doubts, places: null };
}

/** `westeurope`, which is written `West Europe` as well. */
export function placeOf({ location }: { location: string }): string {
  return location.toLowerCase().replaceAll(/[\s/]/g, '');
}

interface Instances {
  machines: readonly FoundMachine[];
  interfaces: readonly NetworkInterface[];
  addresses: readonly PublicAddress[];
  doubts: ReadonlyMap<string, ScopeFailure>;
  failures: readonly AppError[];
}

const NO_INSTANCES: Instances = {
  machines: [],
  interfaces: [],
  addresses: [],
  doubts: new Map(),
  failures: [],
};

/** Of scale sets whose machines are all alike; those of the others are listed as virtual machines. */
async function readInstances(
  client: ArmClient,
  sets: readonly ScaleSet[],
  signal: AbortSignal | undefined,
): Promise<Instances> {
  const uniform = unique(sets).filter(({ properties }) => properties.orchestrationMode !== 'Flexible');
  const read = await Promise.all(
    uniform.map(async (set) => {
      const [rows, interfaces, addresses] = await Promise.all([
        attempt(client.instances(set, signal)),
        attempt(client.instanceInterfaces(set, signal)),
        attempt(client.instanceAddresses(set, signal)),
      ]);
      return { set, rows, interfaces, addresses };
    }),
  );
  return {
    machines: read.flatMap(({ set, rows }) => (rows instanceof AppError ? [] : unique(rows).map(instanceOf(set)))),
    interfaces: read.flatMap(({ interfaces }) => (interfaces instanceof AppError ? [] : interfaces)),
    addresses: read.flatMap(({ addresses }) => (addresses instanceof AppError ? [] : addresses)),
    doubts: new Map(read.flatMap(({ set, rows }) => (rows instanceof AppError ? [[placeOf(set), rows]] : []))),
    failures: read.flatMap(({ interfaces, addresses }) => [interfaces, addresses].filter(isError)),
  };
}

function instanceOf(set: ScaleSet): (row: Machine) => FoundMachine {
  return (row) => ({ row, statuses: codesOf(row), scaleSet: set.name });
}

/** A machine that was made after its status was listed has none. */
function codesOf(row: MachineStatus | undefined): readonly string[] | null {
  return row?.properties.instanceView?.statuses.map(({ code }) => code) ?? null;
}

function unique<T extends { id: string }>(rows: readonly T[]): readonly T[] {
  return [...new Map(rows.map((row) => [armKey(row.id), row])).values()];
}

function byId<T extends { id: string }>(rows: readonly T[] | AppError): ReadonlyMap<string, T> | null {
  return rows instanceof AppError ? null : new Map(rows.map((row) => [armKey(row.id), row]));
}

function isError(value: unknown): value is AppError {
  return value instanceof AppError;
}
