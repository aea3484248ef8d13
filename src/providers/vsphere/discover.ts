import { AppError } from '../../types/errors.ts';
import type { ClusterIdentity, Observation } from '../../types/observation.ts';
import type { ResourceScope } from '../../types/presence.ts';
import type { DiscoverOptions } from '../provider.ts';
import { attempt, skippedScope } from '../scope-reports.ts';
import { type GuestsSeen, observeGuests } from './guests.ts';
import { toIdentity } from './identity.ts';
import { type NodesSeen, observeNodes } from './nodes.ts';
import { type Places, readPlaces } from './places.ts';
import { readDatastores } from './read-datastores.ts';
import { readHosts } from './read-hosts.ts';
import { readVms } from './read-vms.ts';
import { type RecordsRead, readRecords } from './records/read-records.ts';
import { readRootAccess } from './root-access.ts';
import type { ServiceContent } from './soap/service-content.ts';
import type { VsphereClient } from './soap/vsphere-client.ts';
import { observeStorages, type StoragesSeen } from './storages.ts';
import type { RootAccess } from './walk-scope.ts';

export interface Discovery {
  client: VsphereClient;
  clock: () => Date;
}

/** What the reading of each scope needs. */
interface View extends Discovery {
  options: DiscoverOptions;
  access: RootAccess;
  places: Places;
  nodes: NodesSeen;
}

/**
 * Reads one vCenter or ESXi. A scope that fails is reported, and the run goes on; throws AppError only when the server cannot be used
 * at all or the run is interrupted. Events come last, so that they can explain everything that was read before.
 */
export async function discover({ client, clock }: Discovery, options: DiscoverOptions): Promise<Observation> {
  const { scopes, signal, onProgress } = options;
  const startedAt = clock();
  onProgress?.('logging in');
  const access = await accessOf(client, signal);
  // After the login, for a server that ended the session may be another one.
  const content = await client.content(signal);
  const places = await readPlaces(client, signal);
  onProgress?.('reading hosts and virtual machines');
  const hosts = observeNodes(await attempt(readHosts(client, { places, signal })), access);
  const view: View = { client, clock, options, access, places, nodes: hosts };
  const [guests, storages] = await Promise.all([readGuests(view), readStorages(view)]);
  const observedAt = clock();
  onProgress?.('reading events');
  const trace = await readTrace(view);
  return {
    startedAt,
    observedAt,
    requested: scopes,
    ...systemOf(client, content, hosts),
    scopes: [
      scopes.includes('nodes') ? hosts.scope : skippedScope('nodes'),
      ...guests.scopes,
      storages.scope,
      trace.scope,
    ],
    nodes: hosts.nodes,
    guests: guests.guests,
    storages: storages.storages,
    ...(storages.defined && { definedStorages: storages.defined }),
    records: trace.records,
    unidentified: guests.unidentified,
    warnings: guests.warnings,
  };
}

/** Reads only who answers. Throws AppError. */
export async function identify(client: VsphereClient, signal?: AbortSignal): Promise<ClusterIdentity> {
  const content = await client.content(signal);
  const places = await readPlaces(client, signal);
  const { rows } = await readHosts(client, { places, signal });
  return toIdentity({ about: content.about, endpoint: client.endpoint }, rows);
}

/** The first call of the session: a server that does not let the user in ends the run. */
export async function accessOf(client: VsphereClient, signal: AbortSignal | undefined): Promise<RootAccess> {
  const access = await attempt(readRootAccess(client, signal));
  if (access instanceof AppError && access.code === 'forbidden') return 'none';
  if (access instanceof AppError) throw access;
  return access;
}

/** What is told of the server itself. */
export function systemOf(client: VsphereClient, { about }: ServiceContent, nodes: NodesSeen) {
  const { message, coverage } = nodes.scope;
  return {
    clockSkewMs: client.clockSkewMs(),
    identity: toIdentity({ about, endpoint: client.endpoint }, nodes.hosts.values()),
    version: about.version,
    quorate: null,
    permissions: null,
    ...(coverage !== 'complete' && { membersDoubt: message ?? 'the list of hosts could not be read' }),
  } satisfies Partial<Observation>;
}

const NO_GUESTS: GuestsSeen = { guests: [], unidentified: [], warnings: [], scopes: [skippedScope('guests')] };

async function readGuests({ client, options, access, places, nodes }: View): Promise<GuestsSeen> {
  const { scopes, signal, maskKey, keeper } = options;
  if (!scopes.includes('vms')) return NO_GUESTS;
  const vms = await attempt(readVms(client, { places, signal }));
  const seen = observeGuests(vms, { places, maskKey, hosts: nodes.hosts }, access);
  const keep = await keeper?.();
  return keep === undefined ? seen : { ...seen, guests: seen.guests.map(keep) };
}

async function readStorages({ client, options, access, places, nodes }: View): Promise<StoragesSeen> {
  const { scopes, signal } = options;
  if (!scopes.includes('storage')) return { storages: [], scope: skippedScope('storage') };
  return observeStorages(await attempt(readDatastores(client, { places, signal })), nodes.hosts, access);
}

const TRACED: ReadonlySet<ResourceScope> = new Set(['vms', 'tasks']);

/** Events are read along with VMs, whose changes they explain. */
async function readTrace({ client, clock, options }: View): Promise<RecordsRead> {
  const { scopes, knownRecords, maskKey, signal } = options;
  if (!scopes.some((scope) => TRACED.has(scope))) return { records: [], scope: skippedScope('events') };
  return readRecords(client, { knownRecords, maskKey, clock, signal });
}
