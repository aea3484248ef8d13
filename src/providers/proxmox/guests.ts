import type { ProxmoxClient } from '../../api/proxmox-client.ts';
import type { CallOptions, PveGuestResource } from '../../api/pve-types.ts';
import { AppError } from '../../types/errors.ts';
import type { GuestKind } from '../../types/guest.ts';
import type { GuestObservation, ScopeReport } from '../../types/observation.ts';
import type { KeepGuest, Progress } from '../provider.ts';
import { attempt, unreachableScope } from './attempt.ts';
import { type ClusterView, whyNotAsked } from './cluster.ts';
import { guestKey, type ReadConfiguration, readConfigurations } from './configurations.ts';
import { observeGuest } from './guest-observation.ts';
import { configScope, guestsScope } from './guest-scope.ts';
import { type LiveLists, readLiveLists } from './live-lists.ts';

export interface GuestsRead {
  guests: readonly GuestObservation[];
  scopes: readonly ScopeReport[];
}

export interface GuestQuery {
  client: ProxmoxClient;
  call: CallOptions;
  kinds: readonly GuestKind[];
  maskKey: string;
  keep: KeepGuest;
  onProgress: Progress;
}

type Rows = ReadonlyMap<string, PveGuestResource>;
/** Guests whose configuration was read; without it, why it was not. */
type Observed = ReadonlyMap<string, GuestObservation | AppError>;

/** Reads the guests of the given kinds: the cluster's listing, each node's own list, and each configuration. */
export async function readGuests(query: GuestQuery, view: ClusterView): Promise<GuestsRead> {
  const { client, call, kinds } = query;
  if (view.resources instanceof AppError) return { guests: [], scopes: [guestsScope(view, 0)] };
  const listed = rowsOf(view.resources.guests, kinds);
  const live = await readLiveLists(client, view, { kinds, call });
  const first = await readEach(query, view, live, [...listed.values()]);
  const stray = findStray(listed, live, first);
  const { rows, observed, unlisted } =
    stray.size === 0
      ? { rows: listed, observed: first, unlisted: 0 }
      : await followStray(query, view, { listed, first, stray, live });
  const guests = [...rows.values()].sort((a, b) => a.vmid - b.vmid);
  return {
    guests: guests.map((row) => {
      const guest = observed.get(guestKey(row));
      return guest === undefined || guest instanceof AppError ? observe(query, view, live, row, null) : guest;
    }),
    scopes: [guestsScope(view, guests.length, unlisted), ...live.scopes, ...configScopes(view, live, guests, observed)],
  };
}

function rowsOf(guests: readonly PveGuestResource[], kinds: readonly GuestKind[]): Rows {
  return new Map(guests.filter(({ kind }) => kinds.includes(kind)).map((row) => [guestKey(row), row]));
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

function isGone(answer: GuestObservation | AppError | undefined): boolean {
  return answer instanceof AppError && answer.code === 'no-such-guest';
}

/** Guests that moved, came or went since the listing: gone from their node, or on a node and not listed. */
function findStray(listed: Rows, live: LiveLists, observed: Observed): ReadonlySet<string> {
  const gone = [...observed.keys()].filter((key) => isGone(observed.get(key)));
  const unlisted = live.rows
    .map(({ kind, entry }) => guestKey({ kind, vmid: entry.vmid }))
    .filter((key) => !listed.has(key));
  return new Set([...gone, ...unlisted]);
}

/**
 * Reads the listing once more for the guests that went astray. Those that are not in it any more are absent. A guest that
 * moves keeps its place in /cluster/resources, whose `node` flips at once (pmxcfs vmlist).
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
  const rows = new Map(listed);
  const found: PveGuestResource[] = [];
  let unlisted = 0;
  for (const key of stray) {
    const row = fresh.get(key);
    if (row === undefined) {
      if (!rows.delete(key)) unlisted++;
    } else {
      rows.set(key, row);
      found.push(row);
    }
  }
  const second = await readEach(query, view, live, found);
  return { rows, observed: new Map([...first, ...second]), unlisted };
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
    if (reason !== null) return unreachableScope(`config/${node}`, reason);
    const read = guests.filter((row) => row.node === node).map((row) => observed.get(guestKey(row)));
    const failures = read.filter((answer) => answer instanceof AppError);
    return configScope(node, read.length - failures.length, failures);
  });
}
