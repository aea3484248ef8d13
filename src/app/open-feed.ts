import type { Connection } from '../repositories/db/connection.ts';
import { FeedRepository } from '../repositories/feed/feed-repository.ts';
import { OperationFeedRepository } from '../repositories/operations/operation-feed-repository.ts';
import { FeedHub } from '../services/feed/feed-hub.ts';
import { FeedStore } from '../services/feed/feed-store.ts';
import { pickHosts } from '../services/feed/pick-hosts.ts';
import { toOperation } from '../services/feed/to-resource.ts';
import { openRecords } from './open-services.ts';

/** What clients see, kept up to date by {@link FeedHub.tick}. */
export async function openFeed(connection: Connection, { clock }: { clock: () => Date }): Promise<FeedHub> {
  const feed = new FeedRepository(connection);
  const { inventory, guests } = openRecords(connection);
  const operations = new OperationFeedRepository(connection);
  const store = await FeedStore.open({ feed, inventory, operations, clock });
  const pick = (filter: string) => pickHosts(guests, filter, clock());
  return new FeedHub({
    store,
    feed,
    operations: { listChanged: async (version) => (await operations.listChanged(version)).map(toOperation) },
    clock,
    pick,
  });
}
