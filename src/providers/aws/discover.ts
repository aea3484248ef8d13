import { AppError } from '../../types/errors.ts';
import type { ClusterIdentity, GuestObservation, Observation, ScopeReport } from '../../types/observation.ts';
import { CONFIG_SCOPE } from '../base-rules.ts';
import { observePlaces, type Places, placesScope } from '../cloud/areas.ts';
import { areasId } from '../cloud/rules.ts';
import { requireFew } from '../guest-limit.ts';
import type { DiscoverOptions, FindConfiguration } from '../provider.ts';
import { attempt, completeScope, failedScope, skippedScope } from '../scope-reports.ts';
import type { Instance } from './answers.ts';
import type { AwsClient, Place } from './aws-client.ts';
import { observeGuest } from './guest-observation.ts';
import { type AccountPlan, type AccountsPlanned, planAccounts } from './plan-accounts.ts';
import { type AccountsRead, type PlaceRead, readAccounts } from './read-places.ts';
import { readRecords } from './read-records.ts';
import { type Named, readImageNames, readTypes } from './read-types.ts';
import type { Scope } from './scope.ts';

export interface Discovery {
  client: AwsClient;
  scopes: readonly Scope[];
  clock: () => Date;
  /** Most instances of all accounts. */
  maxGuests: number;
}

/** What a run found out besides the observation, for the questions that follow it. */
export interface Discovered {
  seen: Observation;
  /** By the names of nodes. */
  places: ReadonlyMap<string, Place>;
  /** Ids of instances that are listed as gone. */
  terminated: ReadonlySet<string>;
}

/**
 * Reads the instances of accounts in all their regions. An account that cannot be used, and a region that does not answer, are nodes
 * that cannot be observed; throws AppError only when the credential cannot be used at all.
 */
export async function discover(discovery: Discovery, options: DiscoverOptions): Promise<Discovered> {
  const { client, clock } = discovery;
  const { scopes, signal, onProgress, maskKey, knownRecords } = options;
  const startedAt = clock();
  const { caller, planned } = await findAccounts(discovery, signal);
  const { plans } = planned;
  const wanted = scopes.includes('vms');
  onProgress?.(`reading ${plans.length} accounts`, 0, plans.length);
  const read = await readAccounts(client, wanted ? plans : [], {
    signal,
    onDone: (done) => onProgress?.('reading accounts', done, plans.length),
  });
  requireFew(
    read.places.reduce((sum, { instances }) => sum + instances.length, 0),
    discovery.maxGuests,
    'instances',
  );
  const more = await readMore(client, read.places, options);
  const keep = await options.keeper?.();
  const guests = toGuests(read.places, more, options);
  const seenPlaces = placesOf(read, { guests, plans, known: options.knownIdentity?.nodeNames ?? [] });
  const observedAt = clock();
  onProgress?.('reading CloudTrail');
  const places = withInstances(client, seenPlaces, plans);
  // Last, so that it can explain everything that was read before.
  const query = { places: [...places.values()], types: more.types.found, maskKey, knownRecords, clock, signal };
  const trail = wanted ? await readRecords(client, query) : null;
  const seen: Observation = {
    startedAt,
    observedAt,
    clockSkewMs: client.clockSkewMs(),
    requested: scopes,
    identity: toIdentity(caller, plans, seenPlaces.nodeNames),
    version: null,
    quorate: null,
    permissions: null,
    scopes: [
      scopes.includes('nodes') && wanted ? placesScope(seenPlaces.nodes, read.areas) : skippedScope('nodes'),
      ...(wanted ? guestScopes(seenPlaces, planned, failureOf(read, more)) : [skippedScope('guests')]),
      trail?.scope ?? skippedScope('events'),
      skippedScope('storage'),
    ],
    nodes: wanted ? seenPlaces.nodes : [],
    guests: keep === undefined ? guests : guests.map(keep),
    storages: [],
    records: trail?.records ?? [],
    warnings: [],
  };
  return { seen, places, terminated: new Set(read.places.flatMap(({ terminated }) => terminated)) };
}

/** Reads only who answers. Throws AppError. */
export async function identify(discovery: Discovery, signal?: AbortSignal): Promise<ClusterIdentity> {
  const { caller, planned } = await findAccounts(discovery, signal);
  if (planned.failure !== null && planned.plans.length === 0) throw planned.failure;
  return toIdentity(caller, planned.plans, []);
}

/** Whose credential it is, and the accounts to read. Throws AppError where the credential is refused. */
export async function findAccounts(
  { client, scopes }: Pick<Discovery, 'client' | 'scopes'>,
  signal: AbortSignal | undefined,
): Promise<{ caller: string; arn: string; planned: AccountsPlanned }> {
  const { account: caller, arn } = await client.caller(signal);
  const isOrganization = scopes.some(({ what }) => what === 'organization');
  const members = isOrganization ? await attempt(client.members(caller, signal)) : null;
  return { caller, arn, planned: planAccounts(scopes, caller, members) };
}

interface More {
  types: Awaited<ReturnType<typeof readTypes>>;
  images: Named<string>;
}

async function readMore(
  client: AwsClient,
  places: readonly PlaceRead[],
  { knownConfigurations, signal }: DiscoverOptions,
): Promise<More> {
  const find = await knownConfigurations?.();
  const [types, images] = await Promise.all([
    readTypes(client, places, signal),
    readImageNames(client, places, { known: (row) => knownImageName(row, find), signal }),
  ]);
  return { types, images };
}

function knownImageName({ instanceId, imageId }: Instance, find: FindConfiguration | undefined): string | null {
  const known = find?.({ kind: 'vm', nativeId: instanceId })?.document;
  const name = known?.['image'] === imageId ? known?.['imageName'] : undefined;
  return typeof name === 'string' ? name : null;
}

function toGuests(
  places: readonly PlaceRead[],
  { types, images }: More,
  { maskKey }: DiscoverOptions,
): GuestObservation[] {
  const isWhole = types.failure === null && images.failure === null;
  return places.flatMap(({ node, instances, volumes }) => {
    const facts = {
      node,
      volumes: volumes instanceof AppError ? new Map() : volumes,
      types: types.found,
      isWhole: isWhole && !(volumes instanceof AppError),
      maskKey,
    };
    return instances.map((row) =>
      observeGuest(row, { ...facts, imageName: images.found.get(row.imageId ?? '') ?? null }),
    );
  });
}

function placesOf(
  { areas }: AccountsRead,
  {
    guests,
    plans,
    known,
  }: { guests: readonly GuestObservation[]; plans: readonly AccountPlan[]; known: readonly string[] },
): Places {
  const names = new Map(plans.map(({ account, name }) => [account, name]));
  return observePlaces({
    areas,
    guestNodes: guests.map(({ node }) => node),
    knownNodes: known,
    noun: 'account',
    documentOf: (area, region) => {
      const name = names.get(area) ?? null;
      return { account: area, region, ...(name !== null && { accountName: name }) };
    },
  });
}

/** Nodes that were read, by their names: where something may have been done to an instance. */
function withInstances(
  client: AwsClient,
  { nodes }: Places,
  plans: readonly AccountPlan[],
): ReadonlyMap<string, Place> {
  const roles = new Map(plans.map(({ account, role }) => [account, role]));
  return new Map(
    nodes.flatMap(({ name, unobservable }) => {
      const [account = '', region = ''] = name.split('/');
      const role = roles.get(account);
      if (role === undefined || unobservable !== null) return [];
      return [[name, { ...client.session(account, role), region }] as const];
    }),
  );
}

/** A list of accounts that could not be read leaves all guests in doubt; so far no one can tell whose they are. */
function guestScopes({ scopes }: Places, { failure }: AccountsPlanned, details: AppError | null): ScopeReport[] {
  const told = scopes.map((scope) =>
    failure !== null && scope.scope === 'guests' ? failedScope('guests', failure, scope.count) : scope,
  );
  return [...told, configScope(details, scopes.find(({ scope }) => scope === 'guests')?.count ?? 0)];
}

/** Why details of instances are not known; null: all of them are. */
function failureOf({ places }: AccountsRead, { types, images }: More): AppError | null {
  const [unread = null] = places.flatMap(({ volumes }) => (volumes instanceof AppError ? [volumes] : []));
  return types.failure ?? images.failure ?? unread;
}

function configScope(failure: AppError | null, count: number): ScopeReport {
  if (failure === null) return completeScope(CONFIG_SCOPE, count);
  const scope = failedScope(CONFIG_SCOPE, failure, count);
  // Instances are listed all the same: where their details are refused, something is wrong.
  return scope.coverage === 'filtered' ? { ...scope, coverage: 'error' } : scope;
}

function toIdentity(caller: string, plans: readonly AccountPlan[], nodeNames: readonly string[]): ClusterIdentity {
  return {
    clusterName: `AWS ${caller}`,
    nodeNames,
    rootCa: null,
    certificates: [],
    // A credential of one account may read others: it is no part of them.
    ...(plans.length > 0 && {
      systemId: areasId(
        'accounts',
        plans.map(({ account }) => account),
      ),
    }),
  };
}
