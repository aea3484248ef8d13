import { createHash } from 'node:crypto';
import type { State } from '../../protocol/feed.ts';
import type { Host, Provider } from '../../protocol/resources.ts';
import type { AccessScope } from '../../types/principal.ts';
import { limitsGuests, seesGuest, seesProvider } from '../people/scope.ts';
import type { FeedSnapshot } from './snapshot.ts';
import { toToken } from './version-token.ts';

/** The part of the inventory that some clients see. */
export interface View {
  /** The same for clients that see the same. */
  key: string;
  scope: AccessScope | null;
  /** A selector; null: none. */
  filter: string | null;
  /** Ids of the hosts that it picked; null: all. */
  picked: ReadonlySet<string> | null;
}

const TAG_DIGITS = 10;

export const WHOLE: View = { key: '', scope: null, filter: null, picked: null };

function seesHost({ scope, picked }: View, host: Host): boolean {
  return (picked === null || picked.has(host.id)) && scopeHasHost(scope, host);
}

function scopeHasHost(scope: AccessScope | null, { providerId, pool, tags }: Host): boolean {
  return seesGuest(scope, { providerId, pool: pool ?? null, tags });
}

/** Whether the nodes, storages and operations of a provider are seen. */
export function hasInfrastructure(scope: AccessScope | null, providerId: string | null): boolean {
  if (scope === null) return true;
  if (limitsGuests(scope) || providerId === null) return false;
  return seesProvider(scope, providerId);
}

/** A provider as a view shows it: with counts of what is seen, and nothing of the rest. null: it is not seen. */
function viewedProvider(view: View, provider: Provider, hosts: readonly Host[]): Provider | null {
  const { scope } = view;
  if (scope === null) return provider;
  if (!seesProvider(scope, provider.id)) return null;
  if (!limitsGuests(scope)) return provider;
  const seen = hosts.filter((host) => scopeHasHost(scope, host));
  if (seen.length === 0) return null;
  const ids = new Set(seen.map(({ id }) => id));
  const hidden = seen.filter(({ presence }) => presence === 'unobservable');
  return {
    ...provider,
    lastRun: provider.lastRun && { ...provider.lastRun, rev: null, error: null, warnings: 0 },
    pauseReason: null,
    counts: { present: seen.length - hidden.length, unobservable: hidden.length },
    unobservable: byReason(hidden),
    incomplete: [],
    held: provider.held.filter(({ hostId }) => ids.has(hostId)),
    unavailableStorages: [],
  };
}

function byReason(hosts: readonly Host[]): Provider['unobservable'] {
  const groups = new Map<string, Provider['unobservable'][number]>();
  for (const { reason = '', unobservableSince: since = null } of hosts) {
    const group = groups.get(reason) ?? { reason, count: 0, since };
    const first = group.since !== null && since !== null && since < group.since ? since : group.since;
    groups.set(reason, { reason, count: group.count + 1, since: first ?? since });
  }
  return [...groups.values()].sort((a, b) => b.count - a.count);
}

/** A snapshot as a view shows it. */
export function viewed(view: View, snapshot: FeedSnapshot): FeedSnapshot {
  if (view.scope === null && view.picked === null) return snapshot;
  const { providers, nodes, storages, hosts, operations } = snapshot;
  const byProvider = view.scope !== null && limitsGuests(view.scope) ? hostsByProvider(hosts) : NONE;
  const shown = [...providers.values()].flatMap((one) => viewedProvider(view, one, byProvider.get(one.id) ?? []) ?? []);
  const isShown = ({ providerId }: { providerId: string | null }) => hasInfrastructure(view.scope, providerId);
  return {
    ...snapshot,
    mark: { ...snapshot.mark, ...(view.scope !== null && { scope: tagOf(view.scope) }) },
    providers: new Map(shown.map((provider) => [provider.id, provider])),
    nodes: only(nodes, isShown),
    storages: only(storages, isShown),
    operations: only(operations, isShown),
    hosts: only(hosts, (host) => seesHost(view, host)),
  };
}

function tagOf(scope: AccessScope): string {
  return createHash('sha256').update(JSON.stringify(scope)).digest('hex').slice(0, TAG_DIGITS);
}

const NONE: ReadonlyMap<string, readonly Host[]> = new Map();

function hostsByProvider(hosts: ReadonlyMap<string, Host>): Map<string, Host[]> {
  const found = new Map<string, Host[]>();
  for (const host of hosts.values()) {
    const list = found.get(host.providerId);
    if (list) list.push(host);
    else found.set(host.providerId, [host]);
  }
  return found;
}

function only<T>(all: ReadonlyMap<string, T>, test: (one: T) => boolean): Map<string, T> {
  return new Map([...all].filter(([, one]) => test(one)));
}

export function toState({ mark, rev, at, providers, nodes, storages, operations, hosts }: FeedSnapshot): State {
  return {
    version: toToken(mark),
    epoch: mark.epoch,
    rev,
    at: at.toISOString(),
    providers: [...providers.values()],
    nodes: [...nodes.values()],
    storages: [...storages.values()],
    operations: [...operations.values()],
    hosts: [...hosts.values()],
  };
}
