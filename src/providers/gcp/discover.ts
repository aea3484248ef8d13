import { AppError } from '../../types/errors.ts';
import type { ClusterIdentity, NodeObservation, Observation, ScopeReport } from '../../types/observation.ts';
import { CONFIG_SCOPE } from '../base-rules.ts';
import type { DiscoverOptions } from '../provider.ts';
import { attempt, completeScope, failedScope, skippedScope } from '../scope-reports.ts';
import type { Instance, MachineType } from './answers.ts';
import type { GcpClient } from './gcp-client.ts';
import { type MachineTypes, observeGuest } from './guest-observation.ts';
import type { Aggregated } from './read-aggregated.ts';
import { readRecords } from './records.ts';

export interface Discovery {
  client: GcpClient;
  clock: () => Date;
}

/**
 * Reads the instances of one project. A zone that does not answer is a node that cannot be observed, and so are its instances; throws
 * AppError only when the project cannot be used at all.
 */
export async function discover({ client, clock }: Discovery, options: DiscoverOptions): Promise<Observation> {
  const { scopes, signal, onProgress } = options;
  const startedAt = clock();
  const project = await client.project(signal);
  onProgress?.(`reading the instances of ${project.name}`);
  const wanted = scopes.includes('vms');
  const listing = wanted ? await attempt(client.instances(signal)) : null;
  const types = wanted ? await attempt(client.machineTypes(signal)) : null;
  const nodes = zonesOf(listing);
  const keep = await options.keeper?.();
  const byName = toTypes(types);
  const guests = rowsOf(listing).map((row) => observeGuest(row, byName));
  const observedAt = clock();
  onProgress?.('reading the audit log');
  // Last, so that it can explain everything that was read before.
  const { knownRecords } = options;
  const trace = wanted ? await readRecords(client, { knownRecords, clock, signal }) : null;
  return {
    startedAt,
    observedAt,
    clockSkewMs: client.clockSkewMs(),
    requested: scopes,
    identity: toIdentity(project, nodes),
    version: null,
    quorate: null,
    permissions: null,
    ...(!isWhole(listing) && { membersDoubt: 'not all zones could be asked' }),
    scopes: [
      scopes.includes('nodes') ? nodeScope(listing, nodes) : skippedScope('nodes'),
      ...guestScopes(listing, types),
      trace?.scope ?? skippedScope('events'),
    ],
    nodes,
    guests: keep === undefined ? guests : guests.map(keep),
    storages: [],
    records: trace?.records ?? [],
    warnings: [],
  };
}

/** Reads only who answers. Throws AppError. */
export async function identify(client: GcpClient, signal?: AbortSignal): Promise<ClusterIdentity> {
  return toIdentity(await client.project(signal), []);
}

type Listed<T> = Aggregated<T> | AppError | null;

function rowsOf<T>(listing: Listed<T>): readonly T[] {
  return listing === null || listing instanceof AppError ? [] : listing.rows;
}

function isWhole(listing: Listed<unknown>): boolean {
  return listing !== null && !(listing instanceof AppError) && listing.doubts.size === 0 && listing.doubt === null;
}

/** Those in use, and those that do not answer: hundreds of others have nothing. */
function zonesOf(listing: Listed<Instance>): NodeObservation[] {
  if (listing === null || listing instanceof AppError) return [];
  const names = new Set([...listing.rows.map(({ zone }) => zone ?? ''), ...listing.doubts.keys()]);
  return [...names]
    .filter((name) => name !== '')
    .toSorted()
    .map((name) => toNode(name, listing.doubts.get(name) ?? null));
}

function toNode(name: string, doubt: string | null): NodeObservation {
  const status = doubt === null ? 'online' : 'unknown';
  return {
    name,
    status,
    document: doubt === null ? { status, region: name.replace(/-[a-z]$/, '') } : {},
    isComplete: doubt === null,
    telemetry: null,
    unobservable: doubt === null ? null : `zone ${name} did not answer: ${doubt}`,
  };
}

function toIdentity({ id, name }: { id: string; name: string }, nodes: readonly NodeObservation[]): ClusterIdentity {
  return {
    clusterName: name,
    nodeNames: nodes.map((node) => node.name),
    rootCa: null,
    certificates: [],
    systemId: `project ${id}`,
  };
}

function nodeScope(listing: Listed<Instance>, nodes: readonly NodeObservation[]): ScopeReport {
  if (listing === null) return skippedScope('nodes');
  if (listing instanceof AppError) return failedScope('nodes', listing);
  const told = nodes.filter(({ unobservable }) => unobservable === null);
  return doubtedScope(completeScope('nodes', told.length), listing);
}

/** A zone that does not answer makes the run partial; its instances are in doubt by their node, and all others count. */
function guestScopes(listing: Listed<Instance>, types: Listed<MachineType>): ScopeReport[] {
  if (listing === null) return [skippedScope('guests')];
  if (listing instanceof AppError) return [failedScope('guests', listing)];
  const scope = completeScope('guests', listing.rows.length);
  const guests = listing.doubt === null ? scope : { ...scope, coverage: 'error' as const, message: listing.doubt };
  const zones = [...listing.doubts].map(
    ([zone, why]): ScopeReport => ({ scope: `guests/${zone}`, coverage: 'unreachable', count: 0, message: why }),
  );
  return [guests, ...zones, typeScope(types)];
}

function typeScope(types: Listed<MachineType>): ScopeReport {
  if (types instanceof AppError) {
    const scope = failedScope(CONFIG_SCOPE, types);
    return scope.coverage === 'filtered' ? { ...scope, coverage: 'error' } : scope;
  }
  return completeScope(CONFIG_SCOPE, types?.rows.length ?? 0);
}

function doubtedScope(scope: ScopeReport, { doubt, doubts }: Aggregated<unknown>): ScopeReport {
  if (doubt !== null) return { ...scope, coverage: 'error', message: doubt };
  if (doubts.size === 0) return scope;
  return { ...scope, coverage: 'unreachable', message: `not all zones answered: ${[...doubts.keys()].join(', ')}` };
}

function toTypes(types: Listed<MachineType>): MachineTypes {
  return new Map(rowsOf(types).map((type) => [`${type.zone ?? ''}/${type.name}`, type]));
}
