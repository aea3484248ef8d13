import type { FeedEvent, Increment, State } from '../../../src/protocol/feed.ts';

interface Named {
  id: string;
}

/** The state after an increment; the same object for what it does not touch. */
export function applyIncrement(state: State, { events, ...rest }: Increment): State {
  const next: State = { ...state, version: rest.version, epoch: rest.epoch, rev: rest.rev, at: rest.at };
  const edits = new Edits(next);
  for (const event of events) edits.add(event);
  edits.finish(next);
  return next;
}

class Edits {
  readonly #providers: Map<string, State['providers'][number]>;
  readonly #nodes: Map<string, State['nodes'][number]>;
  readonly #storages: Map<string, State['storages'][number]>;
  readonly #hosts: Map<string, State['hosts'][number]>;
  readonly #operations: Map<string, State['operations'][number]>;

  constructor(state: State) {
    this.#providers = byId(state.providers);
    this.#nodes = byId(state.nodes);
    this.#storages = byId(state.storages);
    this.#hosts = byId(state.hosts);
    this.#operations = byId(state.operations);
  }

  add(event: FeedEvent): void {
    switch (event.type) {
      case 'provider_added':
      case 'provider_updated':
      case 'provider_status_changed':
        this.#providers.set(event.provider.id, event.provider);
        break;
      case 'provider_removed':
        this.#removeProvider(event.id);
        break;
      case 'host_added':
      case 'host_changed':
      case 'host_unobservable':
        this.#hosts.set(event.host.id, event.host);
        break;
      case 'host_removed':
        this.#hosts.delete(event.id);
        break;
      case 'node_changed':
        this.#nodes.set(event.node.id, event.node);
        break;
      case 'node_removed':
        this.#nodes.delete(event.id);
        break;
      case 'storage_changed':
        this.#storages.set(event.storage.id, event.storage);
        break;
      case 'storage_removed':
        this.#storages.delete(event.id);
        break;
      case 'operation_changed':
        if (event.operation.finishedAt === null) this.#operations.set(event.operation.id, event.operation);
        else this.#operations.delete(event.operation.id);
    }
  }

  finish(state: State): void {
    state.providers = [...this.#providers.values()];
    state.nodes = [...this.#nodes.values()];
    state.storages = [...this.#storages.values()];
    state.hosts = [...this.#hosts.values()];
    state.operations = [...this.#operations.values()];
  }

  #removeProvider(id: string): void {
    this.#providers.delete(id);
    for (const map of [this.#nodes, this.#storages, this.#hosts]) {
      for (const [key, one] of map) if (one.providerId === id) map.delete(key);
    }
  }
}

function byId<T extends Named>(list: readonly T[]): Map<string, T> {
  return new Map(list.map((one) => [one.id, one]));
}
