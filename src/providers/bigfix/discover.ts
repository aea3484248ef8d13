import { AppError } from '../../types/errors.ts';
import type {
  ClusterIdentity,
  GuestObservation,
  NodeObservation,
  Observation,
  ScopeReport,
} from '../../types/observation.ts';
import { MAX_SKEW_MS } from '../../types/server-clock.ts';
import { CONFIG_SCOPE } from '../base-rules.ts';
import { requireFew } from '../guest-limit.ts';
import type { DiscoverOptions } from '../provider.ts';
import { attempt, completeScope, failedScope, skippedScope } from '../scope-reports.ts';
import type { ComputerList, ListedComputer, Masthead } from './answers.ts';
import type { BigfixClient } from './bigfix-client.ts';
import type { ComputerFacts } from './facts.ts';
import { currentFacts, LAG_MS, observeComputer, whySilent } from './guest-observation.ts';
import { listingScope } from './operator-view.ts';

export interface Discovery {
  client: BigfixClient;
  clock: () => Date;
  maxGuests: number;
}

/** Reads one BigFix server. A scope that fails is reported; throws AppError only when the server cannot be used at all. */
export async function discover(
  { client, clock, maxGuests }: Discovery,
  options: DiscoverOptions,
): Promise<Observation> {
  const { scopes, signal, onProgress } = options;
  const startedAt = clock();
  // By itself: several refusals of one password at once may lock the operator.
  await client.login(signal);
  const masthead = await client.masthead(signal);
  onProgress?.('reading computers');
  const computers = await readComputers({ client, clock, maxGuests }, masthead, options);
  return {
    startedAt,
    observedAt: clock(),
    clockSkewMs: client.clockSkewMs(),
    requested: scopes,
    identity: toIdentity(masthead),
    version: null,
    quorate: null,
    permissions: null,
    scopes: [
      scopes.includes('nodes') ? completeScope('nodes', 1) : skippedScope('nodes'),
      ...computers.scopes,
      skippedScope('storage'),
    ],
    nodes: [toNode(masthead)],
    guests: computers.guests,
    storages: [],
    records: [],
    warnings: [],
  };
}

/** Reads only who answers. Throws AppError. */
export async function identify(client: BigfixClient, signal?: AbortSignal): Promise<ClusterIdentity> {
  await client.login(signal);
  return toIdentity(await client.masthead(signal));
}

function toIdentity({ server, serial }: Masthead): ClusterIdentity {
  return {
    clusterName: server,
    nodeNames: [server],
    rootCa: null,
    certificates: [],
    systemId: `masthead ${serial} of ${server}`,
  };
}

/** The server that answered, as the only place that computers are at. */
function toNode({ server }: Masthead): NodeObservation {
  return {
    name: server,
    status: 'online',
    document: { status: 'online' },
    isComplete: true,
    telemetry: null,
    unobservable: null,
  };
}

interface ComputersSeen {
  guests: readonly GuestObservation[];
  scopes: readonly ScopeReport[];
}

async function readComputers(
  { client, clock, maxGuests }: Discovery,
  { server }: Masthead,
  { scopes, signal, keeper }: DiscoverOptions,
): Promise<ComputersSeen> {
  if (!scopes.includes('vms')) return { guests: [], scopes: [skippedScope('guests')] };
  const list = await attempt(client.computers(signal));
  if (list instanceof AppError) return { guests: [], scopes: [failedScope('guests', list)] };
  requireFew(list.computers.length, maxGuests, 'computers');
  // After the list: it is whole only if its reader still sees everything, and facts are compared with the times in it.
  const [master, facts] = await Promise.all([attempt(client.isMaster(signal)), attempt(client.facts(signal))]);
  const skewMs = client.clockSkewMs() ?? 0;
  const nowMs = clock().getTime() + skewMs;
  const sources = {
    node: server,
    nowMs,
    skewMs: Math.abs(skewMs) > MAX_SKEW_MS ? skewMs : 0,
    facts: facts instanceof AppError ? NO_FACTS : facts,
  };
  const keep = await keeper?.();
  const guests = list.computers.map((computer) => observeComputer(computer, sources));
  return {
    guests: keep === undefined ? guests : guests.map(keep),
    scopes: [listingScope(list, master, client.user), factsScope(list, facts, nowMs)],
  };
}

const NO_FACTS: ReadonlyMap<string, ComputerFacts> = new Map();

/** The query is answered by another program, from a copy that may lag behind. */
function factsScope(
  { computers }: ComputerList,
  facts: ReadonlyMap<string, ComputerFacts> | AppError,
  nowMs: number,
): ScopeReport {
  if (facts instanceof AppError) {
    const scope = failedScope(CONFIG_SCOPE, facts);
    // Whoever is given the list may ask: where that is refused all the same, something is wrong.
    return scope.coverage === 'filtered' ? { ...scope, coverage: 'error' } : scope;
  }
  const reporting = computers.filter((computer) => whySilent(computer, nowMs) === null);
  const unread = reporting.filter((computer) => currentFacts(computer, facts) === null);
  const scope = completeScope(CONFIG_SCOPE, reporting.length - unread.length);
  const copiedAtMs = copyTime(reporting, facts);
  const behind = unread.filter(({ id, reportedAtMs }) => {
    return !facts.has(id) || copiedAtMs === null || (reportedAtMs ?? 0) <= copiedAtMs;
  });
  if (behind.length === 0) return scope;
  return {
    ...scope,
    coverage: 'error',
    message: `the query does not have the last report of ${behind.length} of ${reporting.length} computers yet`,
    hint: 'Web Reports or the BigFix Explorer answers queries, from a copy that may lag behind: look at it if this stays',
  };
}

/**
 * The newest report that the copy has: of a computer that was off for long and reported after that, it cannot have the report yet. null:
 * the copy lags too far behind the list for that to be an excuse.
 */
function copyTime(reporting: readonly ListedComputer[], facts: ReadonlyMap<string, ComputerFacts>): number | null {
  const newest = (times: readonly (number | null)[]): number => times.reduce<number>((a, b) => Math.max(a, b ?? 0), 0);
  const copiedAtMs = newest([...facts.values()].map(({ reportedAtMs }) => reportedAtMs));
  return copiedAtMs + LAG_MS < newest(reporting.map(({ reportedAtMs }) => reportedAtMs)) ? null : copiedAtMs;
}
