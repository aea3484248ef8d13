import type { Document, Value } from '../../types/document.ts';
import type { GuestIdentity } from '../../types/guest.ts';
import type { GuestObservation } from '../../types/observation.ts';
import type { Section } from '../../types/section.ts';
import { someOf, toDocument } from '../present-fields.ts';
import type { ServerDetails, ServerRow } from './answers.ts';

const GIB = 2 ** 30;
const MIB = 2 ** 20;
/** What a row of the list tells whole. Whether a server runs is only asked for where somebody wants it. */
const LISTED: ReadonlySet<Section> = new Set(['placement']);
const READ: ReadonlySet<Section> = new Set(['placement', 'config']);
const WITH_POWER: ReadonlySet<Section> = new Set(['placement', 'config', 'power']);
/** What libvirt calls the states of a domain; what is on its way to another one has none. */
const STATES: Readonly<Record<string, 'running' | 'stopped' | 'suspended'>> = {
  running: 'running',
  stopped: 'stopped',
  shutoff: 'stopped',
  'shut off': 'stopped',
  paused: 'suspended',
};

/** A server as the list has it, with its details where they were read. `node`: name of its hypervisor, empty where it has none. */
export function observeGuest(row: ServerRow, details: ServerDetails | null, node: string): GuestObservation {
  const status = statusOf(details);
  const document = documentOf(row, details, { node, status });
  const memory = details?.settings?.resources?.memory ?? null;
  const disks = details?.storage ?? [];
  const sizes = disks.map(({ capacity }) => (capacity ?? 0) * GIB);
  const boot = disks.find(({ primary }) => primary === true)?.capacity ?? null;
  return {
    kind: 'vm',
    nativeId: row.uuid.toLowerCase(),
    vmid: null,
    node,
    document,
    complete: details === null ? LISTED : status === null ? READ : WITH_POWER,
    identity: identityOf(row, details),
    lock: null,
    cpus: details?.cpu?.cores ?? null,
    memoryBytes: memory === null ? null : memory * MIB,
    diskBytes: details === null ? null : sizes.reduce((sum, size) => sum + size, 0),
    bootDiskBytes: boot === null ? null : boot * GIB,
    telemetry: null,
    unobservable: null,
    powerSource: status === null ? 'none' : 'live',
  };
}

/** Its number is used in calls, and its uuid by libvirt. */
function identityOf({ id, uuid }: ServerRow, details: ServerDetails | null): GuestIdentity {
  const macs = cardsOf(details).flatMap(({ mac }) => (mac ? [mac.toUpperCase()] : []));
  return { uuid: uuid.toLowerCase(), handle: String(id), ...(macs.length > 0 && { macs: [...new Set(macs)].sort() }) };
}

/** null: not told. */
function statusOf(details: ServerDetails | null): 'running' | 'stopped' | 'suspended' | null {
  const { state, running } = details?.remoteState ?? {};
  if (state) return STATES[state.toLowerCase()] ?? null;
  return running === true ? 'running' : null;
}

function documentOf(
  row: ServerRow,
  details: ServerDetails | null,
  { node, status }: { node: string; status: string | null },
): Document {
  const told = details ?? row;
  const common = {
    node,
    status,
    name: told.name || null,
    suspended: told.suspended || null,
    protected: told.protected || null,
  };
  if (details === null) return toDocument(Object.entries(common));
  const { state, hostname, created, owner, cpu, settings } = details;
  const fields = {
    ...common,
    build: state,
    hostname,
    created,
    owner: owner?.name ?? null,
    cores: cpu?.cores,
    memory: settings?.resources?.memory,
    'guest.addresses': someOf(addressesOf(details)),
    ...diskFields(details),
    ...cardFields(details),
  };
  return toDocument(Object.entries(fields));
}

function cardsOf(details: ServerDetails | null) {
  return details === null ? [] : [...details.network.interfaces, ...details.network.secondaryInterfaces];
}

/** `disk-a.sizeBytes`: the letter of a drive stays with it. */
function diskFields({ storage }: ServerDetails): Record<string, Value | null | undefined> {
  const fields = storage.flatMap(({ drive, capacity, type }) =>
    drive
      ? [
          [`disk-${drive}.sizeBytes`, capacity === null || capacity === undefined ? null : capacity * GIB] as const,
          [`disk-${drive}.type`, type] as const,
        ]
      : [],
  );
  return Object.fromEntries(fields);
}

function cardFields(details: ServerDetails): Record<string, Value | null | undefined> {
  const fields = cardsOf(details).flatMap(({ name, mac, type }) =>
    name ? [[`nic-${name}.mac`, mac?.toUpperCase()] as const, [`nic-${name}.network`, type] as const] : [],
  );
  return Object.fromEntries(fields);
}

/** Those that the panel has given to it, IPv4 first; a network of which no address is told is not one of them. */
function addressesOf(details: ServerDetails): string[] {
  const cards = cardsOf(details);
  const four = cards.flatMap(({ ipv4 }) => ipv4.map(({ address }) => address));
  const six = cards.flatMap(({ ipv6 }) =>
    ipv6.flatMap(({ addresses }) => addresses.map((one) => (typeof one === 'string' ? one : one.address))),
  );
  return [...new Set([...four, ...six])];
}
