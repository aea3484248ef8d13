import { AppError } from '../../types/errors.ts';
import type {
  ClusterIdentity,
  GuestObservation,
  Observation,
  ScopeReport,
  UnidentifiedGuest,
} from '../../types/observation.ts';
import { CONFIG_SCOPE } from '../base-rules.ts';
import { observePlaces, placesScope } from '../cloud/areas.ts';
import { areasId } from '../cloud/rules.ts';
import { requireFew } from '../guest-limit.ts';
import type { DiscoverOptions } from '../provider.ts';
import { completeScope, failedScope, skippedScope } from '../scope-reports.ts';
import type { Subscription } from './answers.ts';
import type { ArmClient } from './arm-client.ts';
import { armKey } from './arm-id.ts';
import { observeGuest } from './guest-observation.ts';
import { readEvents } from './read-events.ts';
import { readSizes, type Sizes } from './read-sizes.ts';
import { failedRead, placeOf, readSubscription, type SubscriptionRead, toArea } from './read-subscription.ts';
import { type AskedSubscriptions, chooseSubscriptions } from './subscriptions.ts';

export interface Discovery {
  client: ArmClient;
  /** Ids of those to read; null: all that the login sees. */
  wanted: readonly string[] | null;
  clock: () => Date;
  /** Most machines that all subscriptions may have together. */
  maxGuests: number;
}

/**
 * Reads the machines of subscriptions. A subscription that cannot be read says nothing of its machines; throws AppError only when none
 * can be asked for at all.
 */
export async function discover(
  { client, wanted, clock, maxGuests }: Discovery,
  options: DiscoverOptions,
): Promise<Observation> {
  const { scopes, signal, maskKey, onProgress, knownIdentity } = options;
  const startedAt = clock();
  const asked = chooseSubscriptions(await client.subscriptions(signal), wanted);
  onProgress?.(`reading ${asked.usable.length} subscriptions`);
  const isWanted = scopes.includes('vms');
  const knownNodes = knownIdentity?.nodeNames ?? [];
  const reads = isWanted ? await readAll(client, asked, { knownNodes, signal }) : [];
  requireFew(
    reads.reduce((sum, { machines }) => sum + machines.length, 0),
    maxGuests,
    'virtual machines',
  );
  const sizes = await readSizes(client, reads, signal);
  const seen = observeMachines(reads, { sizes, maskKey });
  const keep = await options.keeper?.();
  const guests = keep === undefined ? seen.guests : seen.guests.map(keep);
  const observedAt = clock();
  onProgress?.('reading the activity log');
  // Last, so that it can explain everything that was read before.
  const { knownRecords } = options;
  const ids = asked.usable.map(idOf);
  const trace = isWanted ? await readEvents(client, ids, { knownRecords, clock, signal }) : null;
  const areas = reads.map(toArea);
  const places = observePlaces({
    areas,
    guestNodes: guests.map(({ node }) => node),
    knownNodes,
    noun: 'subscription',
    documentOf: (area, place) => ({ subscription: asked.names.get(area) ?? area, location: place }),
  });
  return {
    startedAt,
    observedAt,
    clockSkewMs: client.clockSkewMs(),
    requested: scopes,
    identity: toIdentity(asked, places.nodeNames),
    version: null,
    quorate: null,
    permissions: null,
    scopes: [
      scopes.includes('nodes') && isWanted ? placesScope(places.nodes, areas) : skippedScope('nodes'),
      ...(isWanted ? [...places.scopes, configScope(reads, sizes)] : [skippedScope('guests')]),
      trace?.scope ?? skippedScope('events'),
      skippedScope('storage'),
    ],
    nodes: isWanted ? places.nodes : [],
    guests,
    storages: [],
    records: trace?.records ?? [],
    ...(seen.unidentified.length > 0 && { unidentified: seen.unidentified }),
    warnings: [],
  };
}

/** Reads only who answers. Throws AppError. */
export async function identify(
  { client, wanted }: Pick<Discovery, 'client' | 'wanted'>,
  signal?: AbortSignal,
): Promise<ClusterIdentity> {
  return toIdentity(chooseSubscriptions(await client.subscriptions(signal), wanted), []);
}

function idOf({ subscriptionId }: Subscription): string {
  return subscriptionId.toLowerCase();
}

function toIdentity({ seenIds, names }: AskedSubscriptions, nodeNames: readonly string[]): ClusterIdentity {
  const [only = '', ...others] = seenIds;
  return {
    clusterName: others.length === 0 ? (names.get(only) ?? only) : `${seenIds.length} subscriptions`,
    nodeNames,
    rootCa: null,
    certificates: [],
    systemId: areasId('subscriptions', seenIds),
  };
}

async function readAll(
  client: ArmClient,
  { usable, refused }: AskedSubscriptions,
  { knownNodes, signal }: { knownNodes: readonly string[]; signal: AbortSignal | undefined },
): Promise<readonly SubscriptionRead[]> {
  const reading = usable.map((one) => {
    const id = idOf(one);
    const known = knownNodes.flatMap((node) => (node.startsWith(`${id}/`) ? [node.slice(id.length + 1)] : []));
    return readSubscription(client, id, { known, signal });
  });
  const failed = [...refused].map(([id, failure]) => failedRead(id, failure));
  return [...(await Promise.all(reading)), ...failed];
}

interface MachinesSeen {
  guests: readonly GuestObservation[];
  unidentified: readonly UnidentifiedGuest[];
}

/** A machine that moves is listed in both subscriptions for a while: as it was read first. */
function observeMachines(
  reads: readonly SubscriptionRead[],
  { sizes, maskKey }: { sizes: Sizes } & Pick<DiscoverOptions, 'maskKey'>,
): MachinesSeen {
  const guests = new Map<string, GuestObservation>();
  const unidentified: UnidentifiedGuest[] = [];
  for (const { name, machines, details } of reads) {
    for (const found of machines) {
      const { row } = found;
      const vmId = row.properties.vmId?.toLowerCase();
      if (vmId === undefined) {
        unidentified.push({ handle: armKey(row.id), name: row.name, reason: 'has no VM id yet' });
      } else if (!guests.has(vmId)) {
        const context = { subscription: name, details, sizes: sizes.byPlace.get(placeOf(row)) ?? null, maskKey };
        guests.set(vmId, observeGuest(found, vmId, context));
      }
    }
  }
  return { guests: [...guests.values()], unidentified };
}

/** What machines have besides the list: a refusal is no sign that machines are hidden. */
function configScope(reads: readonly SubscriptionRead[], sizes: Sizes): ScopeReport {
  const count = reads.reduce((sum, { machines }) => sum + machines.length, 0);
  const failure = reads.map(({ details }) => details.failure).find((one) => one !== null) ?? sizes.failure;
  if (!(failure instanceof AppError)) return completeScope(CONFIG_SCOPE, count);
  const scope = failedScope(CONFIG_SCOPE, failure, count);
  return scope.coverage === 'filtered' ? { ...scope, coverage: 'error' } : scope;
}
