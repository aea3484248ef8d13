import { AppError } from '../../types/errors.ts';
import type { ClusterIdentity, Observation, ScopeReport } from '../../types/observation.ts';
import { observePlaces, placesScope } from '../cloud/areas.ts';
import { areasId } from '../cloud/rules.ts';
import { requireFew } from '../guest-limit.ts';
import type { DiscoverOptions } from '../provider.ts';
import { skippedScope } from '../scope-reports.ts';
import type { GcpAddress } from './address.ts';
import type { GcpApi } from './gcp-api.ts';
import { observeGuest } from './guest-observation.ts';
import { readMachineTypes } from './machine-types.ts';
import { Project } from './project.ts';
import { findProjects } from './projects.ts';
import { type ProjectRead, readProject } from './read-project.ts';
import { readRecords } from './records.ts';

export interface Discovery {
  api: GcpApi;
  addresses: readonly GcpAddress[];
  clock: () => Date;
  /** Most instances of all projects. */
  maxGuests: number;
}

/**
 * Reads the instances of all projects. A project or zone that does not answer is one that cannot be observed, and so are its
 * instances; throws AppError only when no project could be read.
 */
export async function discover(
  { api, addresses, clock, maxGuests }: Discovery,
  options: DiscoverOptions,
): Promise<Observation> {
  const { scopes, signal, onProgress, maskKey, knownIdentity, knownRecords } = options;
  const startedAt = clock();
  const withGuests = scopes.includes('vms');
  const { read, failures } = await readProjects({ api, addresses, withGuests }, options);
  requireFew(
    read.reduce((sum, { rows }) => sum + rows.length, 0),
    maxGuests,
    'instances',
  );
  const { types, scope: typeScope } = await readMachineTypes(read, signal);
  const keep = await options.keeper?.();
  const guests = read.flatMap(({ project: { name: project }, rows }) =>
    rows.map((row) => observeGuest(row, { project, types, maskKey })),
  );
  const areas = read.map(({ area }) => area);
  const places = observePlaces({
    areas,
    guestNodes: guests.map(({ node }) => node),
    knownNodes: knownIdentity?.nodeNames ?? [],
    noun: 'project',
    documentOf: (_project, zone) => ({ region: zone.replace(/-[a-z]$/, '') }),
  });
  const observedAt = clock();
  onProgress?.('reading the audit log');
  // Last, so that it can explain everything that was read before.
  const clockSkewMs = api.clockSkewMs();
  const asked = { knownRecords, clock, clockSkewMs, signal, maskKey };
  const trace = withGuests ? await readRecords(read.flatMap(reached), asked) : null;
  return {
    startedAt,
    observedAt,
    clockSkewMs,
    requested: scopes,
    identity: { ...toIdentity(addresses, read), nodeNames: places.nodeNames },
    version: null,
    quorate: null,
    permissions: null,
    scopes: [
      scopes.includes('nodes') ? placesScope(places.nodes, areas) : skippedScope('nodes'),
      ...(withGuests ? [...places.scopes, ...failures, typeScope] : [skippedScope('guests')]),
      trace?.scope ?? skippedScope('events'),
    ],
    nodes: places.nodes,
    guests: keep === undefined ? guests : guests.map(keep),
    storages: [],
    records: trace?.records ?? [],
    warnings: [],
  };
}

/** Reads only who answers. Throws AppError. */
export async function identify({ api, addresses }: Discovery, signal?: AbortSignal): Promise<ClusterIdentity> {
  const { read } = await readProjects({ api, addresses, withGuests: false }, { signal });
  return toIdentity(addresses, read);
}

async function readProjects(
  { api, addresses, withGuests }: Pick<Discovery, 'api' | 'addresses'> & { withGuests: boolean },
  { signal, onProgress }: { signal?: AbortSignal | undefined; onProgress?: DiscoverOptions['onProgress'] },
): Promise<{ read: readonly ProjectRead[]; failures: readonly ScopeReport[] }> {
  const { names, failures, error } = await findProjects(api, addresses, signal);
  let done = 0;
  const read = await Promise.all(
    names.map(async (name) => {
      const one = await readProject(new Project(api, name), { withGuests, signal });
      onProgress?.('reading projects', (done += 1), names.length);
      return one;
    }),
  );
  const refusals = read.flatMap(({ number }) => (number instanceof AppError ? [number] : []));
  const [refusal = error] = refusals;
  if (refusal !== null && refusals.length === read.length) throw refusal;
  return { read, failures };
}

function reached({ project, area }: ProjectRead): Project[] {
  return area.failure === null ? [project] : [];
}

function toIdentity(addresses: readonly GcpAddress[], read: readonly ProjectRead[]): ClusterIdentity {
  const ids = read.flatMap(({ number }) => (number instanceof AppError ? [] : [number]));
  const [first] = addresses;
  const more = addresses.length > 1 ? ` and ${addresses.length - 1} more` : '';
  return {
    clusterName: `${first?.project ?? first?.parent ?? ''}${more}`,
    nodeNames: [],
    rootCa: null,
    certificates: [],
    ...(ids.length > 0 && { systemId: areasId('projects', ids) }),
  };
}
