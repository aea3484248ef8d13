import type { FeedEvent } from '../../protocol/feed.ts';
import type { Operation } from '../../protocol/resources.ts';
import type { FeedRepository } from '../../repositories/feed/feed-repository.ts';
import { changedIds } from './changed-ids.ts';
import { type EventsOf, NODE_EVENTS, STORAGE_EVENTS } from './diff-snapshots.ts';
import type { FeedSnapshot } from './snapshot.ts';
import type { VersionMark } from './version-token.ts';

/** A way of more than half of the hosts is no shorter than the whole. */
const SMALL = 100;

export interface EventSources {
  feed: Pick<FeedRepository, 'isKept' | 'changesSince' | 'changedIds'>;
  operations: { listChanged(version: number): Promise<Operation[]> };
}

/**
 * The events that lead a client from an earlier version, whose rows nobody has any more, to a snapshot: each changed resource as it is
 * now. null: the version is not known, or the way is longer than the state.
 */
export async function eventsSince(
  { feed, operations }: EventSources,
  from: VersionMark,
  now: FeedSnapshot,
): Promise<FeedEvent[] | null> {
  if (from.version >= now.mark.version || !(await feed.isKept(from))) return null;
  const changes = await feed.changesSince(from.version);
  const ids = await changedIds(feed, changes);
  if (ids.guests.size > SMALL + now.hosts.size / 2) return null;
  const changed = changes.hasOperations ? await operations.listChanged(from.version) : [];
  return [
    ...told(
      changes.providers.map(({ providerId }) => providerId),
      now.providers,
      {
        set: (provider) => ({ type: 'provider_updated', provider }),
        remove: (id) => ({ type: 'provider_removed', id }),
      },
    ),
    ...told(ids.nodes, now.nodes, NODE_EVENTS),
    ...told(ids.storages, now.storages, STORAGE_EVENTS),
    ...told(ids.guests, now.hosts, {
      set: (host) => ({ type: isAfter(host.firstSeenAt, from) ? 'host_added' : 'host_changed', host }),
      remove: (id) => ({ type: 'host_removed', id }),
    }),
    ...changed.map((operation): FeedEvent => ({ type: 'operation_changed', operation })),
  ];
}

function told<T>(ids: Iterable<string>, now: ReadonlyMap<string, T>, { set, remove }: EventsOf<T>): FeedEvent[] {
  return [...ids].map((id) => {
    const one = now.get(id);
    return one === undefined ? remove(id) : set(one, undefined);
  });
}

function isAfter(time: string, { at }: VersionMark): boolean {
  return Date.parse(time) > at;
}
