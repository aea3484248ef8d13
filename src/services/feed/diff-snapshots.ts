import { isDeepStrictEqual } from 'node:util';
import type { FeedEvent, Increment } from '../../protocol/feed.ts';
import type { Host, Node, Provider, Storage } from '../../protocol/resources.ts';
import type { FeedSnapshot, Touched } from './snapshot.ts';
import { toToken } from './version-token.ts';

/**
 * The events that lead from one snapshot to another. `touched` are the resources that may differ; what is equal makes no event, so
 * that nothing is told twice.
 */
export function diffSnapshots(before: FeedSnapshot, after: FeedSnapshot, touched: Touched): Increment {
  const events = [
    ...providerEvents(before, after, touched.providers),
    ...changed(before.nodes, after.nodes, touched.nodes, NODE_EVENTS),
    ...changed(before.storages, after.storages, touched.storages, STORAGE_EVENTS),
    ...changed(before.hosts, after.hosts, touched.hosts, {
      set: hostEvent,
      remove: (id) => ({ type: 'host_removed', id }),
    }),
    ...touched.operations.map((operation): FeedEvent => ({ type: 'operation_changed', operation })),
  ];
  return {
    from: toToken(before.mark),
    version: toToken(after.mark),
    epoch: after.mark.epoch,
    rev: after.rev,
    at: after.at.toISOString(),
    events,
  };
}

/** What is told of a row that is there, and of one that is not. */
export interface EventsOf<T> {
  set: (after: T, before: T | undefined) => FeedEvent;
  remove: (id: string) => FeedEvent;
}

export const NODE_EVENTS: EventsOf<Node> = {
  set: (node) => ({ type: 'node_changed', node }),
  remove: (id) => ({ type: 'node_removed', id }),
};

export const STORAGE_EVENTS: EventsOf<Storage> = {
  set: (storage) => ({ type: 'storage_changed', storage }),
  remove: (id) => ({ type: 'storage_removed', id }),
};

function changed<T>(
  before: ReadonlyMap<string, T>,
  after: ReadonlyMap<string, T>,
  ids: ReadonlySet<string>,
  { set, remove }: EventsOf<T>,
): FeedEvent[] {
  const events: FeedEvent[] = [];
  for (const id of ids) {
    const [old, now] = [before.get(id), after.get(id)];
    if (now === undefined) {
      if (old !== undefined) events.push(remove(id));
    } else if (old === undefined || !isDeepStrictEqual(old, now)) events.push(set(now, old));
  }
  return events;
}

function hostEvent(host: Host, before: Host | undefined): FeedEvent {
  if (before === undefined) return { type: 'host_added', host };
  const isLost = host.presence === 'unobservable' && before.presence === 'present';
  return { type: isLost ? 'host_unobservable' : 'host_changed', host };
}

function providerEvents(before: FeedSnapshot, after: FeedSnapshot, ids: ReadonlySet<string>): FeedEvent[] {
  return changed(before.providers, after.providers, ids, {
    set: (provider, old) => ({ type: providerEventType(provider, old), provider }),
    remove: (id) => ({ type: 'provider_removed', id }),
  });
}

function providerEventType(provider: Provider, before: Provider | undefined) {
  if (before === undefined) return 'provider_added';
  const isStatus =
    provider.status !== before.status ||
    !isDeepStrictEqual(provider.unobservable, before.unobservable) ||
    !isDeepStrictEqual(provider.incomplete, before.incomplete);
  return isStatus ? 'provider_status_changed' : 'provider_updated';
}
