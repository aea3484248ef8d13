import pLimit from 'p-limit';
import { AppError } from '../../types/errors.ts';
import { type AreaRead, nodeName } from '../cloud/areas.ts';
import { attempt, type ScopeFailure } from '../scope-reports.ts';
import type { Instance, Volume } from './answers.ts';
import type { AwsClient, Place, Session } from './aws-client.ts';
import { isTerminated } from './guest-observation.ts';
import type { AccountPlan } from './plan-accounts.ts';

/** Regions that are read at a time: calls wait for their turn, and what they gave waits in memory. */
const AT_A_TIME = 64;

/** What a region of an account told. */
export interface PlaceRead {
  place: Place;
  /** `ACCOUNT/REGION`. */
  node: string;
  /** Each once, without those that are gone. */
  instances: readonly Instance[];
  /** Ids of instances that are listed as gone. */
  terminated: readonly string[];
  /** By their ids; an error: they could not be read. */
  volumes: ReadonlyMap<string, Volume> | AppError;
}

export interface AccountsRead {
  areas: readonly AreaRead[];
  /** Those that told of all their instances. */
  places: readonly PlaceRead[];
}

/** Reads the instances of accounts in all their regions. An account or a region that fails is told of, and all others count. */
export async function readAccounts(
  client: AwsClient,
  plans: readonly AccountPlan[],
  { signal, onDone }: { signal: AbortSignal | undefined; onDone?: (done: number) => void },
): Promise<AccountsRead> {
  const limit = pLimit(AT_A_TIME);
  let done = 0;
  const read = await Promise.all(
    plans.map(async (plan) => {
      const session = client.session(plan.account, plan.role);
      const regions = await attempt(regionsOf(client, plan, { session, signal }));
      if (regions instanceof AppError) return { area: failedArea(plan, regions), places: [] };
      const places = await Promise.all(
        [...regions].map((region) =>
          limit(async () =>
            attempt(readPlace(client, { ...session, region }, signal)).then((one) => ({ region, one })),
          ),
        ),
      );
      onDone?.((done += 1));
      return toArea(plan, regions, places);
    }),
  );
  return { areas: read.map(({ area }) => area), places: read.flatMap(({ places }) => places) };
}

/** Of given ones nothing is asked but whether the account can be used. */
async function regionsOf(
  client: AwsClient,
  { regions }: AccountPlan,
  { session, signal }: { session: Session; signal: AbortSignal | undefined },
): Promise<ReadonlySet<string>> {
  if (regions === null) return new Set(await client.regions(session, signal));
  await session.keys.current(signal);
  return regions;
}

function failedArea({ account, regions }: AccountPlan, failure: ScopeFailure): AreaRead {
  return { name: account, failure, doubts: new Map(), places: regions };
}

function toArea(
  { account }: AccountPlan,
  regions: ReadonlySet<string>,
  read: readonly { region: string; one: PlaceRead | AppError }[],
): { area: AreaRead; places: readonly PlaceRead[] } {
  const doubts = new Map<string, ScopeFailure>();
  const places: PlaceRead[] = [];
  for (const { region, one } of read) {
    if (one instanceof AppError) doubts.set(region, one);
    else places.push(one);
  }
  return { area: { name: account, failure: null, doubts, places: regions }, places };
}

async function readPlace(client: AwsClient, place: Place, signal: AbortSignal | undefined): Promise<PlaceRead> {
  const rows = new Map((await client.instances(place, signal)).map((row) => [row.instanceId, row]));
  const instances = [...rows.values()].filter((row) => !isTerminated(row));
  const terminated = [...rows.values()].filter(isTerminated).map(({ instanceId }) => instanceId);
  const hasDisks = instances.some(({ blockDeviceMapping }) => blockDeviceMapping.length > 0);
  const volumes = hasDisks ? await attempt(client.volumes(place, signal)) : [];
  const node = nodeName(place.account, place.region);
  return { place, node, instances, terminated, volumes: volumes instanceof AppError ? volumes : byId(volumes) };
}

function byId(volumes: readonly Volume[]): ReadonlyMap<string, Volume> {
  return new Map(volumes.map((volume) => [volume.volumeId, volume]));
}
