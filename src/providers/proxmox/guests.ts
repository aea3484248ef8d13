import type { PveGuestResource } from '../../api/pve-types.ts';
import { AppError } from '../../types/errors.ts';
import type { GuestObservation, ScopeReport } from '../../types/observation.ts';
import { placedScope } from '../../types/scope.ts';
import type { KeepGuest, Progress } from '../provider.ts';
import { attempt } from '../scope-reports.ts';
import { type ClusterView, whyNotAsked } from './cluster.ts';
import { readConfigurations } from './configurations.ts';
import { observeGuest } from './guest-observation.ts';
import { configScope, guestsScope } from './guest-scope.ts';
import { type LiveLists, type NodeLists, readLiveLists } from './live-lists.ts';
import type { ConfigurationQuery, Place, ReadConfiguration } from './read-configuration.ts';
import { unreachableScope } from './scopes.ts';
import { vmidKey } from './vmid.ts';

export interface GuestsRead {
  guests: readonly GuestObservation[];
  scopes: readonly ScopeReport[];
}

export interface GuestQuery extends ConfigurationQuery {
  kinds: readonly PveGuestResource['kind'][];
  keep: KeepGuest;
  onProgress: Progress;
}

type Rows = ReadonlyMap<string, PveGuestResource>;
/** Guests whose configuration was read; without it, why it was not. */
type Observed = ReadonlyMap<string, GuestObservation | AppError>;

/** Reads the guests of the given kinds: the cluster's listing, each node's own list, and each configuration. */
export async function readGuests(query: GuestQuery, view: ClusterView, lists: NodeLists): Promise<GuestsRead> {
  const { client, call, kinds } = query;
  if (view.resources instanceof AppError) return { guests: [], scopes: [guestsScope(view, 0)] };
  const listed = rowsOf(view.resources.guests, kinds);
  const live = await readLiveLists(client, view, { kinds, call, lists });
  const first = await readEach(query, view, live, [...listed.values()]);
  const stray = findStray(listed, live, first);
  const { rows, observed, unlisted } =
    stray.size === 0
      ? { rows: listed, observed: first, unlisted: 0 }
      : await followStray(query, view, { listed, first, stray, live });
  const guests = [...rows.values()].sort((a, b) => a.vmid - b.vmid);
  return {
    guests: guests.map((row) => {
      const guest = observed.get(vmidKey(row));
      return guest === undefined || guest instanceof AppError ? observe(query, view, live, row, null) : guest;
    }),
    scopes: [guestsScope(view, guests.length, unlisted), ...live.scopes, ...configScopes(view, live, guests, observed)],
  };
}

function rowsOf(guests: readonly PveGuestResource[], kinds: readonly PveGuestResource['kind'][]): Rows {
  return new Map(guests.filter(({ kind }) => kinds.includes(kind)).map((row) => [vmidKey(row), row]));
}

function whyUnobservable(view: ClusterView, live: LiveLists, { node }: PveGuestResource): string | null {
  return whyNotAsked(view, node) ?? (live.silent.has(node) ? `node ${node} does not answer` : null);
}

/** Reads the configurations of the guests whose nodes can be asked. */
async function readEach(
  query: GuestQuery,
  view: ClusterView,
  live: LiveLists,
  rows: readonly PveGuestResource[],
): Promise<Observed> {
  const asked = rows.filter((row) => whyUnobservable(view, live, row) === null);
  let done = 0;
  return readConfigurations(
    {
      ...query,
      observe: (row, configuration) => observe(query, view, live, row, configuration),
      onDone: () => query.onProgress('reading configurations', ++done, asked.length),
    },
    asked,
  );
}

function isGone(answer: unknown): boolean {
  return answer instanceof AppError && answer.code === 'no-such-guest';
}

/** Guests that moved, came or went since the listing: gone from their node, or on a node and not listed. */
function findStray(listed: Rows, live: LiveLists, observed: Observed): ReadonlySet<string> {
  const gone = [...observed.keys()].filter((key) => isGone(observed.get(key)));
  const unlisted = live.rows
    .map(({ kind, entry }) => vmidKey({ kind, vmid: entry.vmid }))
    .filter((key) => !listed.has(key));
  return new Set([...gone, ...unlisted]);
}

/**
 * Reads the listing once more for the guests that went astray. Those that are not in it any more are absent; what a node holds
 * all the same makes the listing one that was cut short. A guest that moves keeps its place in /cluster/resources, whose
 * `node` flips at once (pmxcfs vmlist).
 */
async function followStray(
  query: GuestQuery,
  view: ClusterView,
  { listed, first, stray, live }: { listed: Rows; first: Observed; stray: ReadonlySet<string>; live: LiveLists },
): Promise<{ rows: Rows; observed: Observed; unlisted: number }> {
  const again = await attempt(query.client.getClusterResources(query.call));
  if (again instanceof AppError)
    return { rows: listed, observed: first, unlisted: [...stray].filter((key) => !listed.has(key)).length };
  const fresh = rowsOf(again.guests, query.kinds);
  const found = new Map([...fresh].filter(([key]) => stray.has(key)));
  const rows = new Map([...[...listed].filter(([key]) => !stray.has(key)), ...found]);
  const lost = live.rows.map(toPlace).filter((place) => {
    const key = vmidKey(place);
    return stray.has(key) && !fresh.has(key) && !listed.has(key);
  });
  const [second, unlisted] = await Promise.all([
    readEach(query, view, live, [...found.values()]),
    countHeld(query, lost),
  ]);
  return { rows, observed: new Map([...first, ...second]), unlisted };
}

function toPlace({ kind, node, entry: { vmid } }: LiveLists['rows'][number]): Place {
  return { kind, node, vmid };
}

/** More than these are a listing that was cut short, whatever their nodes say. */
const MAX_LOST = 200;

/** How many guests their nodes still hold: one that was destroyed after its node listed it is not missing from a listing. */
async function countHeld(query: GuestQuery, places: readonly Place[]): Promise<number> {
  if (places.length > MAX_LOST) return new Set(places.map(vmidKey)).size;
  const held = new Set<string>();
  // Each node for itself: while a guest moves, two list it.
  const nodes = new Set(places.map(({ node }) => node));
  await Promise.all(
    Array.from(nodes, async (name) => {
      const calls = { ...query, observe: () => null, onDone: () => undefined };
      const ofNode = places.filter(({ node }) => node === name);
      for (const [key, answer] of await readConfigurations(calls, ofNode)) if (!isGone(answer)) held.add(key);
    }),
  );
  return held.size;
}

function observe(
  { keep }: GuestQuery,
  view: ClusterView,
  live: LiveLists,
  row: PveGuestResource,
  configuration: ReadConfiguration | null,
): GuestObservation {
  const unobservable = whyUnobservable(view, live, row);
  return keep(observeGuest({ row, live: live.find(row), configuration, unobservable, permissions: view.permissions }));
}

function configScopes(
  view: ClusterView,
  live: LiveLists,
  guests: readonly PveGuestResource[],
  observed: Observed,
): ScopeReport[] {
  return [...view.nodes.keys()].map((node) => {
    const reason = whyNotAsked(view, node) ?? (live.silent.has(node) ? `node ${node} does not answer` : null);
    if (reason !== null) return unreachableScope(placedScope('config', node), reason);
    const read = guests.filter((row) => row.node === node).map((row) => observed.get(vmidKey(row)));
    const failures = read.filter((answer) => answer instanceof AppError);
    return configScope(node, read.length - failures.length, failures);
  });
}
