import type { PveGuestListEntry, PveGuestResource } from '../../api/pve-types.ts';
import { type ConfiguredSize, configuredSize } from '../../types/configured-size.ts';
import type { Document, Value } from '../../types/document.ts';
import type { GuestTelemetry } from '../../types/guest.ts';
import type { GuestObservation, Permissions } from '../../types/observation.ts';
import { holdsBelow } from '../../types/permissions.ts';
import type { Section } from '../../types/section.ts';
import type { GuestConfiguration } from './guest-document.ts';
import { type PowerState, powerState } from './power-state.ts';

/** Everything that was read of one guest. */
export interface GuestSources {
  row: PveGuestResource;
  /** Its row in the live list of its node. */
  live: PveGuestListEntry | null;
  /** null: not read. */
  configuration: (GuestConfiguration & { lock: string | null }) | null;
  unobservable: string | null;
  permissions: Permissions | null;
  /** Leaves out what only its row of /cluster/resources tells of power and configuration, which lags. */
  isPartialRead?: boolean;
}

/** States in which HA leaves a guest alone. Source: pve-ha-manager src/PVE/HA/Manager.pm. */
export const STEADY_HA = new Set(['started', 'stopped', 'disabled', 'ignored', 'error']);

export function observeGuest(sources: GuestSources): GuestObservation {
  const { row, live, configuration, unobservable } = sources;
  const document = new Map<string, Value>([['node', row.node]]);
  const complete = new Set<Section>(['placement']);
  const power = powerOf(sources);
  if (power !== null) {
    document.set('status', power.status);
    if (power.qmpstatus !== null) document.set('qmpstatus', power.qmpstatus);
    complete.add('power');
  }
  addPool(sources, document, complete);
  addHa(row, document, complete);
  if (configuration === null) {
    if (!sources.isPartialRead) addListed(row, live, document);
  } else {
    complete.add('config');
  }
  const whole = Object.fromEntries(configuration === null ? document : [...document, ...configuration.fields]);
  return {
    kind: row.kind,
    nativeId: String(row.vmid),
    vmid: row.vmid,
    node: row.node,
    document: whole,
    complete: unobservable === null ? shared(complete) : NONE,
    identity: configuration?.identity ?? {},
    lock: configuration === null ? (live?.lock ?? row.lock ?? null) : configuration.lock,
    ...sizeOf(sources, whole),
    telemetry: unobservable === null ? telemetryOf(row, live) : null,
    unobservable,
    powerSource: power === null ? 'none' : live === null ? 'broadcast' : 'live',
    ...(configuration !== null && { former: configuration.former }),
    ...(power?.doubt != null && { powerDoubt: power.doubt }),
  };
}

const NONE: ReadonlySet<Section> = new Set();
const SHARED = new Map<string, ReadonlySet<Section>>();

/** Most guests are read alike: one set for all that are. */
function shared(sections: ReadonlySet<Section>): ReadonlySet<Section> {
  const key = [...sections].join();
  const known = SHARED.get(key) ?? sections;
  SHARED.set(key, known);
  return known;
}

/** As configured. The lists tell what the configuration leaves open: the host's CPUs and memory, the space of a directory. */
function sizeOf(sources: GuestSources, document: Document): ConfiguredSize {
  const { row, live, configuration, isPartialRead } = sources;
  const configured = configuredSize(row.kind, document);
  if (isPartialRead && configuration === null) return configured;
  const bootDiskBytes = configured.bootDiskBytes ?? listedDisk(sources);
  return {
    cpus: configured.cpus ?? positive(live?.cpus) ?? positive(row.maxcpu),
    memoryBytes: configured.memoryBytes ?? positive(live?.maxmem) ?? positive(row.maxmem),
    bootDiskBytes,
    diskBytes: totalOf(configured, bootDiskBytes),
  };
}

/** A disk whose configuration names no size is not in the sum yet. */
function totalOf(configured: ConfiguredSize, bootDiskBytes: number | null): number | null {
  const isCounted = configured.bootDiskBytes !== null;
  if (isCounted || bootDiskBytes === null) return configured.diskBytes;
  return (configured.diskBytes ?? 0) + bootDiskBytes;
}

/** Of a container that is off and has no limit the server tells 4 GiB, which is none (pve-container src/PVE/LXC.pm vmstatus). */
function listedDisk({ row, live, configuration }: GuestSources): number | null {
  const { status, maxdisk } = live ?? row;
  if (configuration !== null && row.kind === 'lxc' && status !== 'running') return null;
  return positive(maxdisk);
}

/** 0 stands for not known. */
function positive(value: number | undefined): number | null {
  return value !== undefined && value > 0 ? value : null;
}

function powerOf({ row, live, unobservable, isPartialRead }: GuestSources): PowerState | null {
  if (unobservable !== null || (isPartialRead && live === null)) return null;
  return powerState(row.kind, live ?? row);
}

/** Without Pool.Audit a row does not tell its pool, which does not mean that it has none. */
function addPool({ row, permissions }: GuestSources, document: Map<string, Value>, complete: Set<Section>): void {
  if (row.pool !== undefined && row.pool !== '') {
    document.set('pool', row.pool);
    complete.add('pool');
  } else if (permissions !== null && holdsBelow(permissions, '/pool', 'Pool.Audit')) {
    complete.add('pool');
  }
}

function addHa({ hastate }: PveGuestResource, document: Map<string, Value>, complete: Set<Section>): void {
  if (hastate === undefined || hastate === '') complete.add('ha');
  else if (STEADY_HA.has(hastate)) {
    document.set('ha.state', hastate);
    complete.add('ha');
  }
}

/** What the lists tell of the configuration when it could not be read. */
function addListed(row: PveGuestResource, live: PveGuestListEntry | null, document: Map<string, Value>): void {
  const name = [live?.name, row.name].find((one) => one !== undefined && one !== '');
  if (name !== undefined && !isSynthetic(name, row)) document.set('name', name);
  const tags = live?.tags ?? (isLagging(row, live) ? [] : (row.tags ?? []));
  if (tags.length > 0) document.set('tags', tags);
  // A node's own list has the flag of templates only.
  if ((live === null ? row.template : live.template) === true) document.set('template', true);
}

/** Whether the row is still that of a guest which had the vmid before. */
function isLagging(row: PveGuestResource, live: PveGuestListEntry | null): boolean {
  return live?.name !== undefined && row.name !== undefined && live.name !== row.name;
}

/** What the server makes up for a guest without a name. Source: qemu-server and pve-container, vmstatus. */
function isSynthetic(name: string, { kind, vmid }: PveGuestResource): boolean {
  return kind === 'qemu' ? name === `VM ${vmid}` : name === `CT${vmid}` || name === `CT ${vmid}`;
}

function telemetryOf(row: PveGuestResource, live: PveGuestListEntry | null): GuestTelemetry {
  const { cpu, mem, disk, uptime, netin, netout } = live ?? row;
  return {
    cpu: cpu ?? null,
    memoryUsedBytes: mem ?? null,
    // A virtual machine's use of its disks is not known: the server sends 0.
    diskUsedBytes: row.kind === 'qemu' ? null : (disk ?? null),
    uptimeSeconds: uptime ?? null,
    netInBytes: netin ?? null,
    netOutBytes: netout ?? null,
  };
}
