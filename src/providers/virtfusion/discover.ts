import pLimit from 'p-limit';
import { AppError } from '../../types/errors.ts';
import type { ClusterIdentity, GuestObservation, Observation, ScopeReport } from '../../types/observation.ts';
import { CONFIG_SCOPE } from '../base-rules.ts';
import { requireFew } from '../guest-limit.ts';
import type { DiscoverOptions } from '../provider.ts';
import { attempt, completeScope, failedScope, skippedScope } from '../scope-reports.ts';
import type { ServerDetails, ServerRow } from './answers.ts';
import { observeGuest } from './guest-observation.ts';
import { type NodesSeen, observeNodes } from './nodes.ts';
import type { Listing } from './read-pages.ts';
import type { VirtfusionClient } from './virtfusion-client.ts';

/** Servers whose details are asked for at a time; with the power state each is a call to a hypervisor. */
const AT_A_TIME = 4;
const LIVE_AT_A_TIME = 2;

export interface Discovery {
  client: VirtfusionClient;
  clock: () => Date;
  /** Whether the power state of each server is asked for. */
  asksPower: boolean;
  maxGuests: number;
}

/** Reads one control panel. A scope that fails is reported; throws AppError only when the panel cannot be used at all. */
export async function discover(
  { client, clock, asksPower, maxGuests }: Discovery,
  options: DiscoverOptions,
): Promise<Observation> {
  const { scopes, signal, onProgress } = options;
  const startedAt = clock();
  await client.connect(signal);
  onProgress?.('reading hypervisors and servers');
  const nodes = observeNodes(await attempt(client.hypervisors(signal)));
  const guests = await readGuests({ client, nodes, asksPower, maxGuests }, options);
  return {
    startedAt,
    observedAt: clock(),
    clockSkewMs: client.clockSkewMs(),
    requested: scopes,
    identity: toIdentity(client, nodes),
    version: null,
    quorate: null,
    permissions: null,
    ...(nodes.scope.coverage !== 'complete' && {
      membersDoubt: nodes.scope.message ?? 'the list of hypervisors could not be read',
    }),
    scopes: [scopes.includes('nodes') ? nodes.scope : skippedScope('nodes'), ...guests.scopes, skippedScope('storage')],
    nodes: nodes.nodes,
    guests: guests.guests,
    storages: [],
    records: [],
    warnings: [],
  };
}

/** Reads only who answers. Throws AppError. */
export async function identify(client: VirtfusionClient, signal?: AbortSignal): Promise<ClusterIdentity> {
  return toIdentity(client, observeNodes(await client.hypervisors(signal)));
}

function toIdentity({ endpoint }: VirtfusionClient, { nodes, systemId }: NodesSeen): ClusterIdentity {
  return {
    clusterName: new URL(endpoint).host,
    nodeNames: nodes.map(({ name }) => name).toSorted(),
    rootCa: null,
    certificates: [],
    ...(systemId !== null && { systemId }),
  };
}

interface GuestsSeen {
  guests: readonly GuestObservation[];
  scopes: readonly ScopeReport[];
}

async function readGuests(
  { client, nodes, asksPower, maxGuests }: Omit<Discovery, 'clock'> & { nodes: NodesSeen },
  options: DiscoverOptions,
): Promise<GuestsSeen> {
  if (!options.scopes.includes('vms')) return { guests: [], scopes: [skippedScope('guests')] };
  const listing = await attempt(client.servers(options.signal));
  if (listing instanceof AppError) return { guests: [], scopes: [failedScope('guests', listing)] };
  requireFew(listing.rows.length, maxGuests, 'servers');
  const details = await readDetails({ client, rows: listing.rows, asksPower }, options);
  const keep = await options.keeper?.();
  const guests = listing.rows.map((row) => observeGuest(row, details.found.get(row.id) ?? null, nodeOf(row, nodes)));
  return {
    guests: keep === undefined ? guests : guests.map(keep),
    scopes: [listingScope(listing), details.scope],
  };
}

function nodeOf({ hypervisorId }: ServerRow, { names }: NodesSeen): string {
  if (hypervisorId === null || hypervisorId === undefined) return '';
  return names.get(hypervisorId) ?? `#${hypervisorId}`;
}

/** Never told: whether the token sees all servers. Each one that is missing is asked for by its number. */
function listingScope({ rows, doubt }: Listing<ServerRow>): ScopeReport {
  const scope = completeScope('guests', rows.length);
  return doubt === null ? scope : { ...scope, coverage: 'error', message: doubt };
}

async function readDetails(
  { client, rows, asksPower }: { client: VirtfusionClient; rows: readonly ServerRow[]; asksPower: boolean },
  { signal, onProgress }: DiscoverOptions,
): Promise<{ found: ReadonlyMap<number, ServerDetails>; scope: ScopeReport }> {
  const found = new Map<number, ServerDetails>();
  const errors: AppError[] = [];
  const limit = pLimit(asksPower ? LIVE_AT_A_TIME : AT_A_TIME);
  let done = 0;
  await Promise.all(
    rows.map((row) =>
      limit(async () => {
        const details = await readServer(client, { id: row.id, isLive: asksPower, signal });
        onProgress?.('reading servers', (done += 1), rows.length);
        if (details instanceof AppError) errors.push(details);
        // Gone since, or another one by now: the list counts.
        else if (details?.uuid.toLowerCase() === row.uuid.toLowerCase()) found.set(row.id, details);
      }),
    ),
  );
  const [first] = errors;
  if (first === undefined) return { found, scope: completeScope(CONFIG_SCOPE, found.size) };
  const scope = failedScope(CONFIG_SCOPE, first, found.size);
  // A server that the list shows may be read: where it is refused all the same, something is wrong.
  return { found, scope: scope.coverage === 'filtered' ? { ...scope, coverage: 'error' } : scope };
}

/** Where the hypervisor does not answer for its power state, all else of a server is read all the same. */
async function readServer(
  client: VirtfusionClient,
  { id, isLive, signal }: { id: number; isLive: boolean; signal: AbortSignal | undefined },
): Promise<ServerDetails | null | AppError> {
  const live = isLive ? await attempt(client.server(id, { signal, isLive })) : null;
  return live === null || live instanceof AppError ? attempt(client.server(id, { signal })) : live;
}
