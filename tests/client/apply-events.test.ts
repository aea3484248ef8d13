import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { adoptState, applyIncrement } from '../../src/client/apply-events.ts';
import { findById } from '../../src/client/keyed-list.ts';
import type { FeedEvent, Increment, State } from '../../src/protocol/feed.ts';
import { emptyState, host, node, operation, provider, sorted, stateAfter, storage } from './states.ts';

function filled(): State {
  return {
    ...emptyState(),
    providers: [provider('p1'), provider('p2')],
    hosts: [host('a'), host('b'), host('c', { providerId: 'p2' })],
    nodes: [node('n1'), node('n2', { providerId: 'p2' })],
    storages: [storage('s1'), storage('s2', { providerId: 'p2' })],
    operations: [operation('o1')],
  };
}

const CASES: [string, FeedEvent[], Partial<Record<keyof State, string[]>>][] = [
  ['a provider is added', [{ type: 'provider_added', provider: provider('p3') }], { providers: ['p1', 'p2', 'p3'] }],
  [
    'a provider goes with what belongs to it',
    [{ type: 'provider_removed', id: 'p2' }],
    { providers: ['p1'], hosts: ['a', 'b'], nodes: ['n1'], storages: ['s1'] },
  ],
  [
    'a guest of a provider that goes was taken over by another before',
    [
      { type: 'host_changed', host: host('c', { providerId: 'p1' }) },
      { type: 'provider_removed', id: 'p2' },
    ],
    { providers: ['p1'], hosts: ['a', 'b', 'c'], nodes: ['n1'], storages: ['s1'] },
  ],
  [
    'what came in the same increment goes with its provider',
    [
      { type: 'host_added', host: host('d', { providerId: 'p2' }) },
      { type: 'provider_removed', id: 'p2' },
      { type: 'provider_added', provider: provider('p2') },
      { type: 'host_added', host: host('e', { providerId: 'p2' }) },
    ],
    { providers: ['p1', 'p2'], hosts: ['a', 'b', 'e'], nodes: ['n1'], storages: ['s1'] },
  ],
  ['a host is added', [{ type: 'host_added', host: host('d') }], { hosts: ['a', 'b', 'c', 'd'] }],
  ['a host is removed', [{ type: 'host_removed', id: 'b' }], { hosts: ['a', 'c'] }],
  ['a host that nobody knows is removed', [{ type: 'host_removed', id: 'x' }], {}],
  [
    'a host is removed and comes again',
    [
      { type: 'host_removed', id: 'a' },
      { type: 'host_added', host: host('a') },
    ],
    {},
  ],
  ['a node comes', [{ type: 'node_changed', node: node('n3') }], { nodes: ['n1', 'n2', 'n3'] }],
  ['a node goes', [{ type: 'node_removed', id: 'n1' }], { nodes: ['n2'] }],
  ['a storage comes', [{ type: 'storage_changed', storage: storage('s3') }], { storages: ['s1', 's2', 's3'] }],
  ['a storage goes', [{ type: 'storage_removed', id: 's1' }], { storages: ['s2'] }],
  ['an operation waits', [{ type: 'operation_changed', operation: operation('o2') }], { operations: ['o1', 'o2'] }],
  ...(['done', 'failed', 'cancelled'] as const).map(
    (state): [string, FeedEvent[], Partial<Record<keyof State, string[]>>] => [
      `an operation is ${state}`,
      [{ type: 'operation_changed', operation: operation('o1', { state }) }],
      { operations: [] },
    ],
  ),
];

const LISTS = ['providers', 'hosts', 'nodes', 'storages', 'operations'] as const;

function idsOf(state: Pick<State, (typeof LISTS)[number]> | null): Record<string, string[]> {
  if (state === null) throw new Error('no state');
  return Object.fromEntries(LISTS.map((name) => [name, state[name].map(({ id }) => id)]));
}

describe('an increment', () => {
  it.each(CASES)('%s', (_, events, ids) => {
    const before = filled();
    const { increment } = stateAfter(before, events);

    const after = applyIncrement(before, increment);

    expect(idsOf(after as State)).toEqual({ ...idsOf(before), ...ids });
    expect(after).toMatchObject({ version: increment.version, rev: increment.rev, epoch: increment.epoch });
  });

  it('takes the values of what changed', () => {
    const events: FeedEvent[] = [
      { type: 'host_changed', host: host('a', { name: 'renamed' }) },
      { type: 'host_unobservable', host: host('b', { presence: 'unobservable', reason: 'its node is down' }) },
      { type: 'provider_status_changed', provider: provider('p1', { status: 'failed' }) },
    ];
    const after = applyIncrement(filled(), stateAfter(filled(), events).increment);

    expect(findById(after?.hosts ?? [], 'a')?.name).toBe('renamed');
    expect(findById(after?.hosts ?? [], 'b')).toMatchObject({ presence: 'unobservable', reason: 'its node is down' });
    expect(after?.providers[0]?.status).toBe('failed');
  });

  it('that begins at another version is refused', () => {
    const { increment } = stateAfter(filled(), []);
    expect(applyIncrement(filled(), { ...increment, from: 'e1.0' })).toBeNull();
  });

  it('with an event of a newer server is refused, so that the whole state is asked for', () => {
    const { increment } = stateAfter(filled(), []);
    const newer = { type: 'pool_changed', pool: {} } as unknown as FeedEvent;
    expect(applyIncrement(filled(), { ...increment, events: [newer] })).toBeNull();
  });
});

describe('what stays the same', () => {
  it('is the same object, and the state before is as it was', () => {
    const before = filled();
    const copy = structuredClone(before);
    const events: FeedEvent[] = [
      { type: 'host_changed', host: host('a', { name: 'renamed' }) },
      { type: 'node_changed', node: node('n1') },
    ];
    const after = applyIncrement(before, stateAfter(before, events).increment);

    expect(before).toEqual(copy);
    expect(after?.hosts[1]).toBe(before.hosts[1]);
    expect(after?.hosts).not.toBe(before.hosts);
    for (const name of ['providers', 'nodes', 'storages', 'operations'] as const)
      expect(after?.[name]).toBe(before[name]);
  });

  it('costs one copy of the list, and the index only when ids come or go', () => {
    const before = { ...emptyState(), hosts: Array.from({ length: 10_000 }, (_, at) => host(`h${at}`)) };
    expect(findById(before.hosts, 'h9999')).toBe(before.hosts[9999]);
    const events = before.hosts
      .slice(0, 100)
      .map((one): FeedEvent => ({ type: 'host_changed', host: { ...one, node: 'x' } }));
    const { increment } = stateAfter(before, events);
    const watched = watchIds(before.hosts);

    const after = applyIncrement({ ...before, hosts: watched.list }, increment);

    expect(findById(after?.hosts ?? [], 'h42')?.node).toBe('x');
    expect(findById(after?.hosts ?? [], 'h9999')).toBe(watched.list[9999]);
    // To make the index of the list that was new here; the list after the increment has the same.
    expect(watched.reads()).toBeLessThanOrEqual(10_000 + 200);
  });

  it('in a whole state is the same object as well', () => {
    const before = filled();
    const next = structuredClone({ ...before, version: 'e1.9' });
    next.hosts.reverse();
    const [first] = next.hosts;
    if (first) first.name = 'renamed';

    const after = adoptState(before, next);

    expect(after).toEqual(next);
    expect(after.nodes).toBe(before.nodes);
    expect(after.hosts[2]).toBe(before.hosts[0]);
  });
});

/** Counts how often an id of the list is read. */
function watchIds(hosts: State['hosts']): { list: State['hosts']; reads: () => number } {
  let count = 0;
  const list = hosts.map(
    (one) =>
      new Proxy(one, {
        get: (target, name) => {
          if (name === 'id') count++;
          return Reflect.get(target, name);
        },
      }),
  );
  return { list, reads: () => count };
}

const id = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const providerId = fc.constantFrom('p1', 'p2', 'p3');
const name = fc.constantFrom('one', 'two', 'three');
const event: fc.Arbitrary<FeedEvent> = fc.oneof(
  fc.tuple(id, providerId, name).map(
    ([one, owner, called]): FeedEvent => ({
      type: 'host_changed',
      host: host(one, { providerId: owner, name: called }),
    }),
  ),
  fc
    .tuple(id, providerId)
    .map(([one, owner]): FeedEvent => ({ type: 'host_added', host: host(one, { providerId: owner }) })),
  id.map((one): FeedEvent => ({ type: 'host_removed', id: one })),
  fc
    .tuple(id, providerId)
    .map(([one, owner]): FeedEvent => ({ type: 'node_changed', node: node(one, { providerId: owner }) })),
  id.map((one): FeedEvent => ({ type: 'node_removed', id: one })),
  fc.tuple(id, providerId).map(
    ([one, owner]): FeedEvent => ({
      type: 'storage_changed',
      storage: storage(one, { providerId: owner }),
    }),
  ),
  id.map((one): FeedEvent => ({ type: 'storage_removed', id: one })),
  providerId.map((one): FeedEvent => ({ type: 'provider_removed', id: one })),
  fc.tuple(providerId, name).map(
    ([one, called]): FeedEvent => ({
      type: 'provider_updated',
      provider: provider(one, { name: called }),
    }),
  ),
  fc
    .tuple(id, fc.constantFrom('waiting', 'running', 'done', 'cancelled'))
    .map(([one, state]): FeedEvent => ({ type: 'operation_changed', operation: operation(one, { state }) })),
);

describe('property', () => {
  it('a state after increments is the state of the server', () => {
    fc.assert(
      fc.property(fc.array(fc.array(event, { maxLength: 12 }), { maxLength: 8 }), (steps) => {
        let server: State = filled();
        let client = adoptState(null, filled());
        const increments: Increment[] = [];
        for (const events of steps) {
          const next = stateAfter(server, events);
          server = next.state;
          increments.push(next.increment);
        }
        for (const increment of increments) client = applyIncrement(client, increment) ?? client;
        expect(sorted(client)).toEqual(sorted(server));
        for (const one of client.hosts) expect(findById(client.hosts, one.id)).toBe(one);
      }),
      { numRuns: 500 },
    );
  });
});
