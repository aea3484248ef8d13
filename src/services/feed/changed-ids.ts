import type { FeedChanges, FeedRepository } from '../../repositories/feed/feed-repository.ts';

/** Of rows that changed, also of those that are gone. */
export interface ChangedIds {
  guests: ReadonlySet<string>;
  nodes: ReadonlySet<string>;
  storages: ReadonlySet<string>;
}

export async function changedIds(
  feed: Pick<FeedRepository, 'changedIds'>,
  { providers }: Pick<FeedChanges, 'providers'>,
): Promise<ChangedIds> {
  const ids = { guests: new Set<string>(), nodes: new Set<string>(), storages: new Set<string>() };
  for (const table of ['guests', 'nodes', 'storages'] as const) {
    for (const step of providers) for (const id of await feed.changedIds(table, step)) ids[table].add(id);
  }
  return ids;
}
