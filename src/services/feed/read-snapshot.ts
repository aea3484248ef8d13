import type { Host, Node, Provider, Storage } from '../../protocol/resources.ts';
import type { FeedPosition, FeedRepository } from '../../repositories/feed/feed-repository.ts';
import type { InventoryRepository } from '../../repositories/inventory/inventory-repository.ts';
import type { Operation as StoredOperation } from '../../types/operation.ts';
import { statusesOf } from '../inventory/provider-status.ts';
import { type ChangedIds, changedIds } from './changed-ids.ts';
import type { FeedSnapshot, Touched } from './snapshot.ts';
import { toHost, toNode, toOperation, toProvider, toStorage } from './to-resource.ts';

/** Reading more rows one by one costs more than reading all. */
const MOST_IDS = 500;
/** A writer may commit between two reads; then all is read again. */
const MOST_READS = 5;
const NOBODY: ReadonlyMap<string, string> = new Map();

export interface FeedSources {
  feed: FeedRepository;
  inventory: InventoryRepository;
  /** Open operations, and those that changed after a version. */
  operations: { listChanged(version: number): Promise<StoredOperation[]>; listOpen(): Promise<StoredOperation[]> };
  clock: () => Date;
}

/** What was read, and what of it may differ from an earlier snapshot. */
export interface ReadSnapshot {
  snapshot: FeedSnapshot;
  touched: Touched;
}

/** Reads until no version was made meanwhile, so that everything is of the same version. */
export async function readConsistently<T>(feed: FeedRepository, read: (at: FeedPosition) => Promise<T>): Promise<T> {
  let position = await feed.position();
  for (let count = 1; ; count++) {
    const found = await read(position);
    const after = await feed.position();
    const isSame = after.version === position.version && after.at === position.at && after.epoch === position.epoch;
    // A database that is written without a pause: what is newer than its version comes again with the next one.
    if (isSame || count === MOST_READS) return found;
    position = after;
  }
}

export async function readWhole(sources: FeedSources, position: FeedPosition): Promise<FeedSnapshot> {
  const { feed, inventory, operations } = sources;
  const presence = ['present', 'unobservable'] as const;
  const imported = await feed.importedNames();
  const [providers, live] = await readProviders(inventory, null);
  const isLive = ({ providerId }: { providerId: string }) => live.has(providerId);
  const guests = (await inventory.listGuests({ presence })).filter(isLive);
  const nodes = (await inventory.listNodes({ presence })).filter(isLive);
  const storages = (await inventory.listStorages({ presence })).filter(isLive);
  const open = await operations.listOpen();
  return {
    mark: position,
    rev: position.rev,
    at: sources.clock(),
    providers,
    nodes: byId(nodes.map(toNode)),
    storages: byId(storages.map(toStorage)),
    hosts: byId(guests.map((guest) => toHost(guest, imported.get(guest.id)))),
    operations: byId(open.map(toOperation)),
  };
}

/** Reads what changed since a snapshot. */
export async function readChanges(
  sources: FeedSources,
  before: FeedSnapshot,
  position: FeedPosition,
): Promise<ReadSnapshot> {
  const { feed } = sources;
  const changes = await feed.changesSince(before.mark.version);
  const providerIds = changes.providers.map(({ providerId }) => providerId);
  const ids = await changedIds(feed, changes);
  const [providers, live] = await readProviders(sources.inventory, { before: before.providers, ids: providerIds });
  const read = await readRows(sources, { ids, live });
  const operations = changes.hasOperations ? await readOperations(sources, before) : null;
  const snapshot: FeedSnapshot = {
    mark: position,
    rev: position.rev,
    at: sources.clock(),
    providers,
    nodes: replaced(before.nodes, ids.nodes, read.nodes, live),
    storages: replaced(before.storages, ids.storages, read.storages, live),
    hosts: replaced(before.hosts, ids.guests, read.hosts, live),
    operations: operations?.open ?? before.operations,
  };
  const touched = {
    providers: new Set([...before.providers.keys(), ...providers.keys()]),
    nodes: withGone(ids.nodes, before.nodes, live),
    storages: withGone(ids.storages, before.storages, live),
    hosts: withGone(ids.guests, before.hosts, live),
    operations: operations?.changed ?? [],
  };
  return { snapshot, touched };
}

/** The providers that are not removed, and their ids. With `old` only those of its ids are read. */
async function readProviders(
  inventory: InventoryRepository,
  old: { before: ReadonlyMap<string, Provider>; ids: readonly string[] } | null,
): Promise<[Map<string, Provider>, ReadonlySet<string>]> {
  const rows = (await inventory.listProviders()).filter(({ removedAt }) => removedAt === null);
  const wanted = rows.filter(({ id }) => old === null || old.ids.includes(id) || !old.before.has(id));
  const statuses = wanted.length === 0 ? [] : await statusesOf(inventory, wanted);
  const read = new Map(statuses.map((status) => [status.providerId, status]));
  const providers = new Map<string, Provider>();
  for (const row of rows) {
    const status = read.get(row.id);
    const provider = status ? toProvider(row, status) : old?.before.get(row.id);
    if (provider) providers.set(row.id, provider);
  }
  return [providers, new Set(providers.keys())];
}

async function readRows(
  { inventory, feed }: FeedSources,
  {
    ids: { guests: hostIds, nodes: nodeIds, storages: storageIds },
    live,
  }: { ids: ChangedIds; live: ReadonlySet<string> },
): Promise<{ hosts: Host[]; nodes: Node[]; storages: Storage[] }> {
  const presence = ['present', 'unobservable'] as const;
  const ids = hostIds.size <= MOST_IDS ? { ids: [...hostIds] } : {};
  const isSeen = (row: { providerId: string; presence: string }) => live.has(row.providerId) && row.presence !== 'gone';
  const guests = hostIds.size === 0 ? [] : await inventory.listGuests({ presence, ...ids });
  const imported = guests.length === 0 ? NOBODY : await feed.importedNames();
  const nodes = nodeIds.size === 0 ? [] : await inventory.listNodes({ presence });
  const storages = storageIds.size === 0 ? [] : await inventory.listStorages({ presence });
  return {
    hosts: guests.filter((one) => isSeen(one) && hostIds.has(one.id)).map((one) => toHost(one, imported.get(one.id))),
    nodes: nodes.filter((one) => isSeen(one) && nodeIds.has(one.id)).map(toNode),
    storages: storages.filter((one) => isSeen(one) && storageIds.has(one.id)).map(toStorage),
  };
}

async function readOperations({ operations }: FeedSources, before: FeedSnapshot) {
  const changed = (await operations.listChanged(before.mark.version)).map(toOperation);
  return { changed, open: byId((await operations.listOpen()).map(toOperation)) };
}

/** `before` with the rows of these ids as they are now; those that were not read are gone. */
function replaced<T extends { id: string; providerId: string }>(
  before: ReadonlyMap<string, T>,
  ids: ReadonlySet<string>,
  rows: readonly T[],
  live: ReadonlySet<string>,
): ReadonlyMap<string, T> {
  const isAnyDead = [...before.values()].some(({ providerId }) => !live.has(providerId));
  if (ids.size === 0 && !isAnyDead) return before;
  const after = new Map(before);
  const read = byId(rows);
  for (const id of withGone(ids, before, live)) if (!read.has(id)) after.delete(id);
  for (const row of rows) after.set(row.id, row);
  return after;
}

/** With those whose provider was removed. */
function withGone<T extends { id: string; providerId: string }>(
  ids: ReadonlySet<string>,
  before: ReadonlyMap<string, T>,
  live: ReadonlySet<string>,
): Set<string> {
  const all = new Set(ids);
  for (const { id, providerId } of before.values()) if (!live.has(providerId)) all.add(id);
  return all;
}

function byId<T extends { id: string }>(rows: readonly T[]): Map<string, T> {
  return new Map(rows.map((row) => [row.id, row]));
}
