import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openFeed } from '../../src/app/open-feed.ts';
import { openRecords } from '../../src/app/open-services.ts';
import { applyIncrement } from '../../src/client/apply-events.ts';
import type { FeedEvent, Increment, State } from '../../src/protocol/feed.ts';
import type { Connection } from '../../src/repositories/db/connection.ts';
import { openDatabase } from '../../src/repositories/db/database.ts';
import { FeedRepository } from '../../src/repositories/feed/feed-repository.ts';
import { AuditRepository } from '../../src/repositories/maintenance/audit-repository.ts';
import { PruneRepository } from '../../src/repositories/maintenance/prune-repository.ts';
import { FeedHub } from '../../src/services/feed/feed-hub.ts';
import { FeedStore } from '../../src/services/feed/feed-store.ts';
import { pickHosts } from '../../src/services/feed/pick-hosts.ts';
import { toState } from '../../src/services/feed/view.ts';
import { pruneHistory } from '../../src/services/history/prune.ts';
import type { AccessScope } from '../../src/types/principal.ts';
import { openWorld, type World } from '../helpers/world.ts';

let world: World;
let connection: Connection;
let hub: FeedHub;
const increments: (Increment | null)[] = [];

beforeEach(async () => {
  world = await openWorld({ nodes: 3, vms: 6, containers: 1 });
  await world.rollcall('discover-all --quiet');
  connection = await openDatabase(world.databaseUrl);
  hub = await openFeed(connection, { clock: () => world.clock.now() });
  increments.splice(0);
  hub.subscribe(await hub.look(null, null), (increment) => increments.push(increment));
});
afterEach(() => connection.close());

const admin = () => world.lab.as('admin@pve');

/** Everything of a state but when it was read, in an order of its own. */
function comparable({ at: _, ...state }: State) {
  const sorted = (rows: readonly { id: string }[]) => rows.toSorted((a, b) => a.id.localeCompare(b.id));
  const { providers, nodes, storages, hosts, operations } = state;
  return {
    ...state,
    providers: sorted(providers),
    nodes: sorted(nodes),
    storages: sorted(storages),
    hosts: sorted(hosts),
    operations: sorted(operations),
  };
}

async function fresh(scope: AccessScope | null = null, filter: string | null = null): Promise<State> {
  const other = await openFeed(connection, { clock: () => world.clock.now() });
  return toState((await other.look(scope, filter)).snapshot);
}

async function sync(line = 'discover-all --quiet'): Promise<void> {
  world.clock.advance(60_000);
  await world.rollcall(line);
  await hub.tick();
}

function destroy(vmid: number): void {
  admin().setHa(vmid, null);
  admin().stop(vmid);
  admin().destroy(vmid);
}

const types = (increment: Increment | null | undefined) => (increment?.events ?? []).map(({ type }) => type);
const ofHosts = (events: readonly FeedEvent[] = []) => events.filter(({ type }) => type.startsWith('host_'));
const idOf = (name: string) => {
  for (const host of hub.current.hosts.values()) if (host.name === name) return host.id;
  throw new Error(`no host is called ${name}`);
};

describe('a version of the feed', () => {
  it('comes with every run, and tells of nothing but the provider if nothing has changed', async () => {
    await sync();
    expect(increments.map(types)).toEqual([['provider_updated']]);
    await hub.tick();
    expect(increments).toHaveLength(1);
  });

  it('tells of what changed, came and went', async () => {
    destroy(101);
    admin().stop(100);
    const vmid = admin().create('qemu', { name: 'new-01' });
    await sync();
    const events = increments.flatMap((increment) => ofHosts(increment?.events));
    expect(events).toContainEqual({
      type: 'host_changed',
      host: expect.objectContaining({ vmid: 100, status: 'stopped' }),
    });
    expect(events).toContainEqual({ type: 'host_added', host: expect.objectContaining({ vmid, name: 'new-01' }) });
    expect(events.filter(({ type }) => type === 'host_removed')).toHaveLength(1);
  });

  it('tells of a node that dies: its guests cannot be observed, and are not gone', async () => {
    const { rev } = hub.current;
    world.lab.node('pve3').powerOff();
    await sync();
    const events = increments.flatMap((increment) => increment?.events ?? []);
    const lost = events.filter(({ type }) => type === 'host_unobservable');
    expect(lost.length).toBeGreaterThan(0);
    expect(events.map(({ type }) => type)).toContain('provider_status_changed');
    expect(events.filter(({ type }) => type === 'host_removed')).toEqual([]);
    expect([...hub.current.providers.values()]).toMatchObject([
      { status: 'partial', counts: { unobservable: lost.length } },
    ]);
    // The node itself went offline, which is a change of it.
    expect(hub.current.rev - rev).toBe(1);
  });

  it('tells of a provider that is disabled, renamed and removed, with everything of it', async () => {
    const [provider] = [...hub.current.providers.values()];
    await world.rollcall(['providers', 'disable', provider?.name ?? '']);
    await hub.tick();
    expect(increments.at(-1)?.events).toMatchObject([
      { type: 'provider_status_changed', provider: { status: 'disabled' } },
    ]);
    await world.rollcall(['providers', 'remove', provider?.name ?? '', '--yes']);
    await hub.tick();
    expect(types(increments.at(-1))).toEqual(
      expect.arrayContaining(['provider_removed', 'host_removed', 'node_removed']),
    );
    expect(comparable(toState(hub.current))).toEqual(comparable(await fresh()));
    expect(hub.current.hosts.size).toBe(0);
  });

  it('tells who is connected to, and which addresses systems told', async () => {
    admin().stop(100);
    admin().setConfig(100, { ipconfig0: 'ip=10.0.0.9/24' });
    await sync();
    world.env['HOME'] = world.dir;
    await world.rollcall('import-hosts 100 --user admin --yes --quiet');
    await hub.tick();
    expect(ofHosts(increments.at(-1)?.events)).toMatchObject([
      {
        type: 'host_changed',
        host: {
          vmid: 100,
          importedAs: expect.any(String),
          addresses: expect.arrayContaining(['10.0.0.9', '10.20.0.100']),
        },
      },
    ]);
  });
});

describe('a client that was away', () => {
  it('gets nothing, the events since, or everything', async () => {
    const look = () => hub.look(null, null);
    const then = toState(hub.current);
    expect(await hub.since(await look(), then.version)).toMatchObject({ kind: 'equal' });
    admin().stop(100);
    destroy(101);
    await sync();
    await sync();
    const answer = await hub.since(await look(), then.version);
    expect(answer.kind).toBe('increment');
    const increment = answer.kind === 'increment' ? answer.increment : null;
    const applied = increment && applyIncrement(then, increment);
    expect(applied && comparable({ ...applied, at: '' } as State)).toEqual(comparable(await fresh()));
    for (const [why, token] of [
      ['it had nothing', null],
      ['another database', `000000000000.${then.version.split('.').slice(1).join('.')}`],
      ['another copy of it', `${then.version}1`],
      ['ahead of the server', then.version.replace(/\.[^.]+\./, '.zzzz.')],
      ['no version', 'nonsense'],
    ] as const)
      expect([why, (await hub.since(await look(), token)).kind]).toEqual([why, 'state']);
    await connection.db.feedVersion.deleteMany({ where: { version: { lte: 3 } } });
    expect((await hub.since(await look(), then.version)).kind).toBe('state');
  });

  it('gets everything once the database is another one', async () => {
    await connection.db.meta.update({ where: { id: 1 }, data: { epoch: 'f'.repeat(32) } });
    await hub.tick();
    expect(increments).toEqual([null]);
    expect(toState(hub.current).version).toMatch(/^ffffffffffff\./);
  });

  it('gets everything once a backup took the place of the database, though its number is higher by now', async () => {
    const then = toState(hub.current);
    await sync();
    // As it is in a copy that went on by itself: a version of that number, made at another time.
    const { version } = hub.current.mark;
    await connection.db.feedVersion.update({ where: { version }, data: { at: new Date(0) } });
    await sync();
    await sync();
    expect(increments.at(0)).not.toBeNull();
    expect(increments).toContain(null);
    expect((await hub.since(await hub.look(null, null), then.version)).kind).toBe('increment');
    expect(comparable(toState(hub.current))).toEqual(comparable(await fresh()));
  });

  it('is told of a prune, which makes a revision', async () => {
    admin().stop(100);
    await sync();
    await sync();
    const before = hub.current.mark.version;
    const repositories = { prune: new PruneRepository(connection), audit: new AuditRepository(connection) };
    const report = await pruneHistory(repositories, { before: world.clock.now(), now: world.clock.now() });
    expect(report).toMatchObject({ changes: expect.any(Number), rev: hub.current.rev + 1 });
    await hub.tick();
    expect(hub.current.mark.version).toBe(before + 1);
  });
});

describe('a view', () => {
  it.each([
    ['a tag', { providers: [], pools: [], tags: ['shown'] }],
    ['a pool', { providers: [], pools: ['test'], tags: [] }],
  ] as const)(
    'by %s shows these guests, and nothing of nodes, storages, counts and events of others',
    async (_what, scope) => {
      if (scope.pools.length > 0) {
        for (const { vmid } of hub.current.hosts.values()) admin().setPool(vmid ?? 0, vmid === 100 ? 'test' : null);
      } else admin().setConfig(100, { tags: 'shown' });
      await sync();
      const view = await hub.look(scope, null);
      const seen: (Increment | null)[] = [];
      const { snapshot } = view;
      hub.subscribe(view, (increment) => seen.push(increment));
      expect([...snapshot.hosts.values()].map(({ vmid }) => vmid)).toEqual([100]);
      expect([snapshot.nodes.size, snapshot.storages.size]).toEqual([0, 0]);
      expect([...snapshot.providers.values()]).toMatchObject([{ counts: { present: 1, unobservable: 0 } }]);
      admin().stop(101);
      await sync();
      expect(ofHosts(seen.at(-1)?.events)).toEqual([]);
      if (scope.pools.length > 0) admin().setPool(100, null);
      else admin().setConfig(100, { tags: '' });
      await sync();
      expect(types(seen.at(-1))).toEqual(expect.arrayContaining(['provider_removed', 'host_removed']));
      expect((await hub.look(scope, null)).snapshot.providers.size).toBe(0);
    },
  );

  it('by a selector follows what changes, and refuses what changes by itself', async () => {
    const view = await hub.look(null, 'status=running');
    const seen: (Increment | null)[] = [];
    const { snapshot } = view;
    hub.subscribe(view, (increment) => seen.push(increment));
    expect(snapshot.hosts.size).toBeGreaterThan(0);
    const id = idOf([...snapshot.hosts.values()].find(({ vmid }) => vmid === 100)?.name ?? '');
    admin().stop(100);
    await sync();
    expect(ofHosts(seen.at(-1)?.events)).toEqual([{ type: 'host_removed', id }]);
    admin().start(100);
    await sync();
    expect(ofHosts(seen.at(-1)?.events)).toMatchObject([{ type: 'host_added', host: { id } }]);
    await expect(hub.look(null, 'backup.age>1d')).rejects.toMatchObject({ code: 'usage' });
  });

  it('has versions of its own: who sees more or less from now on is told everything', async () => {
    const whole = await hub.look(null, null);
    const [first] = [...hub.current.providers.keys()];
    const limited = await hub.look({ providers: [first ?? ''], pools: [], tags: [] }, null);
    const [ofWhole, ofLimited] = [toState(whole.snapshot), toState(limited.snapshot)];
    expect((await hub.since(limited, ofLimited.version)).kind).toBe('equal');
    expect((await hub.since(limited, ofWhole.version)).kind).toBe('state');
    expect((await hub.since(whole, ofLimited.version)).kind).toBe('state');
  });

  it('of a user who sees no provider is empty', async () => {
    const state = toState((await hub.look({ providers: ['-'], pools: [], tags: [] }, null)).snapshot);
    expect(comparable(state)).toMatchObject({ providers: [], nodes: [], storages: [], hosts: [], operations: [] });
  });
});

describe('state after increments', () => {
  it('equals a fresh state, whatever happened', async () => {
    let state: State = toState(hub.current);
    hub.subscribe(await hub.look(null, null), (increment, now) => {
      const next = increment === null ? toState(now) : applyIncrement(state, increment);
      if (next === null) throw new Error('an increment does not follow');
      state = { ...next, at: '' } as State;
    });
    const acts = [
      () => admin().stop(100),
      () => admin().start(100),
      () => admin().create('lxc', {}),
      () => admin().migrate(103, 'pve2'),
      () => world.lab.node('pve2').powerOff(),
      () => world.lab.node('pve2').powerOn(),
      () => admin().setConfig(102, { tags: 'a;b' }),
      () => destroy(101),
    ];
    for (const act of acts) {
      act();
      await sync();
      expect(comparable(state)).toEqual(comparable(await fresh()));
    }
  });
});

describe('who looks while a version is made', () => {
  it('gets the hosts of the next version with the next step, however late its selector was read', async () => {
    let pass: (() => void) | undefined;
    const { inventory, guests } = openRecords(connection);
    const feed = new FeedRepository(connection);
    const operations = { listChanged: async () => [], listOpen: async () => [] };
    const clock = () => world.clock.now();
    const store = await FeedStore.open({ feed, inventory, operations, clock });
    const pick = async (filter: string) => {
      const picked = await pickHosts(guests, filter, clock());
      await new Promise<void>((resolve) => {
        pass = resolve;
      });
      return picked;
    };
    const slow = new FeedHub({ store, feed, operations, pick, clock });
    const looking = slow.look(null, 'status=running');
    await until(() => pass !== undefined);
    admin().stop(100);
    world.clock.advance(60_000);
    await world.rollcall('discover-all --quiet');
    await slow.tick();
    pass?.();
    const seen = await looking;
    const told: (Increment | null)[] = [];
    const subscription = slow.subscribe(seen, (increment) => told.push(increment));
    const ticked = slow.tick();
    await until(
      () => told.length > 0,
      () => pass?.(),
    );
    await ticked;
    const running = [...slow.current.hosts.values()].filter(({ status }) => status === 'running');
    expect([...subscription.snapshot.hosts.keys()].toSorted()).toEqual(running.map(({ id }) => id).toSorted());
    expect(told).toEqual([null]);
  });

  it('and leaves twice, takes nobody else along', async () => {
    const first = hub.subscribe(await hub.look(null, 'status=running'), () => undefined);
    first.end();
    const seen: (Increment | null)[] = [];
    hub.subscribe(await hub.look(null, 'status=running'), (increment) => seen.push(increment));
    first.end();
    admin().stop(100);
    await sync();
    expect(seen).toHaveLength(1);
  });
});

async function until(isSo: () => boolean, meanwhile: () => void = () => undefined): Promise<void> {
  for (let turn = 0; turn < 2000 && !isSo(); turn++) {
    await new Promise((resolve) => setTimeout(resolve, 2));
    meanwhile();
  }
}
