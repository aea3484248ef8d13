import type { FeedEvent, Increment, State } from '../protocol/feed.ts';
import type { FeedState, Lists } from './feed-state.ts';
import { editList, keepEqual } from './keyed-list.ts';

type Edits = { [Name in keyof Lists]: Map<string, Lists[Name][number] | null> };

/**
 * The state after an increment; null when the increment begins at another version, or tells of something that this client does
 * not know. What an increment does not touch stays the same object.
 */
export function applyIncrement(state: FeedState, increment: Increment): FeedState | null {
  if (increment.from !== state.version) return null;
  const edits: Edits = {
    providers: new Map(),
    nodes: new Map(),
    storages: new Map(),
    operations: new Map(),
    hosts: new Map(),
  };
  for (const event of increment.events) if (!collect(event, edits, state)) return null;
  return {
    version: increment.version,
    epoch: increment.epoch,
    rev: increment.rev,
    at: increment.at,
    providers: editList(state.providers, edits.providers),
    nodes: editList(state.nodes, edits.nodes),
    storages: editList(state.storages, edits.storages),
    operations: editList(state.operations, edits.operations),
    hosts: editList(state.hosts, edits.hosts),
  };
}

/** A whole state in place of another one: what is equal stays the same object, so that nothing is drawn anew for it. */
export function adoptState(known: FeedState | null, next: State): FeedState {
  if (known === null) return next;
  return {
    version: next.version,
    epoch: next.epoch,
    rev: next.rev,
    at: next.at,
    providers: keepEqual(known.providers, next.providers),
    nodes: keepEqual(known.nodes, next.nodes),
    storages: keepEqual(known.storages, next.storages),
    operations: keepEqual(known.operations, next.operations),
    hosts: keepEqual(known.hosts, next.hosts),
  };
}

/** False: a newer server tells of something that is not known here. */
function collect(event: FeedEvent, edits: Edits, state: FeedState): boolean {
  switch (event.type) {
    case 'provider_added':
    case 'provider_updated':
    case 'provider_status_changed':
      edits.providers.set(event.provider.id, event.provider);
      return true;
    case 'provider_removed':
      removeProvider(event.id, edits, state);
      return true;
    case 'host_added':
    case 'host_changed':
    case 'host_unobservable':
      edits.hosts.set(event.host.id, event.host);
      return true;
    case 'host_removed':
      edits.hosts.set(event.id, null);
      return true;
    case 'node_changed':
      edits.nodes.set(event.node.id, event.node);
      return true;
    case 'node_removed':
      edits.nodes.set(event.id, null);
      return true;
    case 'storage_changed':
      edits.storages.set(event.storage.id, event.storage);
      return true;
    case 'storage_removed':
      edits.storages.set(event.id, null);
      return true;
    case 'operation_changed': {
      const { operation } = event;
      const isOpen = operation.state === 'waiting' || operation.state === 'running';
      edits.operations.set(operation.id, isOpen ? operation : null);
      return true;
    }
    default:
      return false;
  }
}

function removeProvider(id: string, edits: Edits, state: FeedState): void {
  edits.providers.set(id, null);
  removeOf(id, state.hosts, edits.hosts);
  removeOf(id, state.nodes, edits.nodes);
  removeOf(id, state.storages, edits.storages);
}

interface Owned {
  readonly id: string;
  readonly providerId: string;
}

function removeOf<Item extends Owned>(
  providerId: string,
  list: readonly Item[],
  edits: Map<string, Item | null>,
): void {
  for (const item of list) if (item.providerId === providerId && !edits.has(item.id)) edits.set(item.id, null);
  for (const [id, item] of edits) if (item?.providerId === providerId) edits.set(id, null);
}
