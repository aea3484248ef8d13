import type { FeedState } from '../../src/client/feed-state.ts';
import type { FeedEvent, Increment, State } from '../../src/protocol/feed.ts';
import type { Host, Node, Operation, Provider, Storage } from '../../src/protocol/resources.ts';

const AT = '2026-11-27T12:00:00.000Z';

export function emptyState(epoch = 'e1'): State {
  return {
    version: `${epoch}.1`,
    epoch,
    rev: 1,
    at: AT,
    providers: [provider('p1')],
    nodes: [],
    storages: [],
    operations: [],
    hosts: [],
  };
}

export function provider(id: string, changes: Partial<Provider> = {}): Provider {
  return {
    id,
    name: id,
    type: 'proxmox',
    isEnabled: true,
    status: 'complete',
    clusterName: null,
    schedule: { autoDiscover: true, discoverInterval: null, discoverCron: null },
    lastRun: null,
    lastCompleteAt: null,
    pauseReason: null,
    counts: { present: 0, unobservable: 0 },
    unobservable: [],
    incomplete: [],
    held: [],
    unavailableStorages: [],
    ...changes,
  };
}

export function host(id: string, changes: Partial<Host> = {}): Host {
  return {
    id,
    providerId: 'p1',
    kind: 'qemu',
    vmid: 100,
    nativeId: id,
    name: id,
    node: 'pve1',
    status: 'running',
    tags: [],
    addresses: [],
    presence: 'present',
    firstSeenAt: AT,
    ...changes,
  };
}

export function node(id: string, changes: Partial<Node> = {}): Node {
  return { id, providerId: 'p1', name: id, status: 'online', presence: 'present', firstSeenAt: AT, ...changes };
}

export function storage(id: string, changes: Partial<Storage> = {}): Storage {
  return {
    id,
    providerId: 'p1',
    name: id,
    content: [],
    isShared: false,
    presence: 'present',
    firstSeenAt: AT,
    ...changes,
  };
}

export function operation(id: string, changes: Partial<Operation> = {}): Operation {
  return {
    id,
    kind: 'sync',
    providerId: 'p1',
    providerName: 'p1',
    parameters: {},
    state: 'waiting',
    requestedBy: 'ada',
    requestedVia: 'web',
    requestedAt: AT,
    startedAt: null,
    finishedAt: null,
    progress: null,
    error: null,
    cancelledBy: null,
    alsoAskedBy: [],
    ...changes,
  };
}

/** The next version of a state, made without the code under test. */
export function stateAfter(state: State, events: readonly FeedEvent[]): { increment: Increment; state: State } {
  const rev = state.rev + 1;
  const version = `${state.epoch}.${rev}`;
  const head = { version, epoch: state.epoch, rev, at: state.at };
  return {
    increment: { ...head, from: state.version, events: [...events] },
    state: { ...events.reduce(step, state), ...head },
  };
}

function step(state: State, event: FeedEvent): State {
  switch (event.type) {
    case 'provider_added':
    case 'provider_updated':
    case 'provider_status_changed':
      return { ...state, providers: put(state.providers, event.provider) };
    case 'provider_removed': {
      const isOther = ({ providerId }: { providerId: string }) => providerId !== event.id;
      return {
        ...state,
        providers: without(state.providers, event.id),
        hosts: state.hosts.filter(isOther),
        nodes: state.nodes.filter(isOther),
        storages: state.storages.filter(isOther),
      };
    }
    case 'host_added':
    case 'host_changed':
    case 'host_unobservable':
      return { ...state, hosts: put(state.hosts, event.host) };
    case 'host_removed':
      return { ...state, hosts: without(state.hosts, event.id) };
    case 'node_changed':
      return { ...state, nodes: put(state.nodes, event.node) };
    case 'node_removed':
      return { ...state, nodes: without(state.nodes, event.id) };
    case 'storage_changed':
      return { ...state, storages: put(state.storages, event.storage) };
    case 'storage_removed':
      return { ...state, storages: without(state.storages, event.id) };
    case 'operation_changed': {
      const isOpen = ['waiting', 'running'].includes(event.operation.state);
      const { operations } = state;
      return {
        ...state,
        operations: isOpen ? put(operations, event.operation) : without(operations, event.operation.id),
      };
    }
  }
}

function put<Item extends { id: string }>(list: readonly Item[], item: Item): Item[] {
  return list.some(({ id }) => id === item.id) ? list.map((one) => (one.id === item.id ? item : one)) : [...list, item];
}

function without<Item extends { id: string }>(list: readonly Item[], id: string): Item[] {
  return list.filter((one) => one.id !== id);
}

/** The same, in whatever order its lists are. */
export function sorted(state: FeedState | null): unknown {
  if (state === null) return null;
  return Object.fromEntries(
    Object.entries(state).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.toSorted((one, other) => (one.id < other.id ? -1 : 1)) : value,
    ]),
  );
}
