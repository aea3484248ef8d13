import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { RollcallClient, type RollcallClientOptions } from '../../src/client/rollcall-client.ts';
import { memoryCache } from '../../src/client/state-cache.ts';
import type { Increment } from '../../src/protocol/feed.ts';
import { FakeServer } from './fake-server.ts';
import { FakeTime, settle, until } from './fake-time.ts';
import { emptyState, host, sorted } from './states.ts';

let server: FakeServer;
let time: FakeTime;
const clients: RollcallClient[] = [];

beforeEach(async () => {
  server = new FakeServer();
  time = new FakeTime();
  await server.start();
});

afterEach(async () => {
  for (const client of clients.splice(0)) await client.destroy();
  await server.kill();
});

function open(options: Partial<RollcallClientOptions> = {}): RollcallClient {
  const client = new RollcallClient({
    url: server.url,
    webSocket: WebSocket,
    clock: time.clock,
    timers: time.timers,
    random: () => 0.5,
    ...options,
  });
  clients.push(client);
  return client;
}

async function opened(options: Partial<RollcallClientOptions> = {}): Promise<RollcallClient> {
  const client = open(options);
  await client.initialize();
  await until(() => client.status === 'synced');
  return client;
}

function isEqual(client: RollcallClient): boolean {
  return client.status === 'synced' && client.getState()?.version === server.state.version;
}

/** Lets virtual time pass until the client has the state of the server. */
async function heals(client: RollcallClient, withinMs = 120_000): Promise<void> {
  for (let passed = 0; passed < withinMs && !isEqual(client); passed += 500) {
    await time.advance(500);
    for (let turn = 0; turn < 20 && !isEqual(client); turn++) await settle();
  }
  expect(client.status).toBe('synced');
  expect(sorted(client.getState())).toEqual(sorted(server.state));
}

describe('a client of a server without faults', () => {
  it('has the state at once, and each step when it is committed', async () => {
    const client = await opened();
    expect(client).toMatchObject({ transport: 'websocket', staleSince: null, error: null });
    server.commit({ type: 'host_added', host: host('a') });
    await until(() => isEqual(client));
    expect(client.getState()?.hosts).toEqual([host('a')]);
    expect(server.requests).toEqual(['upgrade']);
  });

  it('sends its token with the upgrade and with calls, its filter and whether it wants telemetry', async () => {
    const client = await opened({ token: 'secret', filter: 'tag=prod', telemetry: true });
    await client.forceSync();
    expect(server.authorizations).toEqual(['Bearer secret', 'Bearer secret']);
    expect(server.resumes).toEqual([{ type: 'resume', version: null, filter: 'tag=prod', telemetry: true }]);
  });

  it('tells of what is no part of the state, and changes nothing for it', async () => {
    const client = await opened();
    const told: unknown[] = [];
    let updates = 0;
    client.subscribe(() => updates++);
    client.on('run_started', (news) => told.push(news.providerId));
    const end = client.on('telemetry', (news) => told.push(news.telemetry));
    server.send({ type: 'run_started', providerId: 'p1', at: server.state.at, holder: 'ada' });
    server.send({ type: 'telemetry', telemetry: { a: [0.5, 1, null] } });
    server.raw('{"type":"of-a-newer-server"}');
    await until(() => told.length === 2);
    end();
    server.send({ type: 'telemetry', telemetry: {} });
    server.heartbeat();
    await settle();
    expect(told).toEqual(['p1', { a: [0.5, 1, null] }]);
    expect(updates).toBe(0);
    expect(client.transport).toBe('websocket');
  });

  it('loads the first state by a call if told to, and goes on from it over the socket', async () => {
    const first = server.state.version;
    const client = open({ firstLoad: 'call' });
    const statuses = record(client);
    await client.initialize();
    expect(isEqual(client)).toBe(true);
    await until(() => client.transport === 'websocket');
    expect(statuses).toEqual(['syncing', 'synced']);
    expect(server.requests).toEqual(['GET /state', 'upgrade']);
    expect(server.resumes).toEqual([{ type: 'resume', version: first }]);
  });

  it('loads the first state over the socket where the call fails', async () => {
    server.failWith = { status: 503 };
    const opening = opened({ firstLoad: 'call' });
    await until(() => server.requests.length > 0);
    server.failWith = null;
    await time.advance(5000);
    const client = await opening;
    await until(() => isEqual(client));
    expect(server.requests[0]).toBe('GET /state');
  });

  it('polls where there is no WebSocket', async () => {
    const client = await opened({ webSocket: null });
    expect(client.transport).toBe('polling');
    server.commit({ type: 'host_added', host: host('a') });
    await time.advance(29_000);
    expect(isEqual(client)).toBe(false);
    await time.advance(1000);
    await until(() => isEqual(client));
    expect(server.requests).toEqual(['GET /state', 'GET /version', 'POST /sync']);
  });
});

describe('versions', () => {
  it.each([
    ['an increment that was lost', () => server.commitSilently({ type: 'host_added', host: host('lost') })],
    ['another epoch', () => server.restore({ ...emptyState('e2'), hosts: [host('other')] })],
    ['a lower version', () => server.restore({ ...emptyState('e1'), version: 'e1.0', rev: 0 })],
    [
      'a history that was pruned',
      () => {
        server.commitSilently({ type: 'host_added', host: host('lost') });
        server.kept = 0;
      },
    ],
  ])('%s shows at the next heartbeat, and is healed', async (_, damage) => {
    const client = await opened();
    damage();
    server.heartbeat();
    await until(() => isEqual(client));
    expect(sorted(client.getState())).toEqual(sorted(server.state));
    expect(client.transport).toBe('websocket');
    expect(server.requests).toEqual(['upgrade', 'POST /sync']);
  });

  it('that come twice count once, and a gap is asked for', async () => {
    const client = await opened();
    const applied: string[] = [];
    client.on('increment', ({ version }) => applied.push(version));
    const increment = server.commit({ type: 'host_added', host: host('a') });
    server.send({ type: 'incremental_update', increment });
    await until(() => isEqual(client));
    server.commitSilently({ type: 'host_added', host: host('b') });
    server.commit({ type: 'host_added', host: host('c') });
    await until(() => isEqual(client));
    expect(applied).toEqual(['e1.2', 'e1.4']);
    expect(client.getState()?.hosts.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
    expect(server.requests).toEqual(['upgrade', 'POST /sync']);
  });

  it('that come while a gap is asked for follow it', async () => {
    const client = await opened();
    const go = holdSync();
    server.commitSilently({ type: 'host_added', host: host('a') });
    server.commit({ type: 'host_added', host: host('b') });
    await until(() => client.status === 'syncing');
    await until(() => server.requests.includes('POST /sync'));
    server.commit({ type: 'host_added', host: host('c') });
    await settle();
    go();
    await until(() => isEqual(client));
    expect(sorted(client.getState())).toEqual(sorted(server.state));
  });

  it('that never follow end the stream, not in a storm of calls', async () => {
    const client = await opened();
    const wrong: Increment = { ...server.commitSilently(), from: 'nowhere', version: 'nowhere.2' };
    for (let i = 0; i < 200; i++) {
      server.send({ type: 'incremental_update', increment: wrong });
      await settle();
    }
    const calls = server.requests.filter((one) => one === 'POST /sync').length;
    expect(calls).toBeLessThan(15);
    await heals(client);
  });

  it('the server wins over what is known here, by forceSync', async () => {
    const client = await opened();
    server.restore({ ...server.state, hosts: [host('only here')] });
    expect((await client.forceSync()).hosts).toEqual([host('only here')]);
    expect(client.status).toBe('synced');
  });
});

describe('a server', () => {
  it('that is killed and started again', async () => {
    const client = await opened();
    const statuses = record(client);
    await server.kill();
    await until(() => client.status === 'stale');
    expect(client.staleSince).toEqual(new Date('2026-11-27T12:00:00Z'));
    expect(client.getState()).not.toBeNull();
    await time.advance(60_000);
    server.commitSilently({ type: 'host_added', host: host('meanwhile') });
    await server.start();
    await heals(client);
    await time.advance(31_000);
    await until(() => client.transport === 'websocket');
    expect(statuses[0]).toBe('stale');
    expect(server.resumes.at(-1)?.version).toMatch(/^e1\.[12]$/);
  });

  it('that is away is tried less and less often, at most every 30 s', async () => {
    let tries = 0;
    const own = open({
      fetch: async () => {
        tries++;
        throw new Error('refused');
      },
      webSocket: null,
      random: () => 1,
    });
    await own.initialize();
    expect(own).toMatchObject({ status: 'disconnected', staleSince: null });
    expect(own.error?.code).toBe('network');
    const at: number[] = [];
    for (let second = 0; second < 124; second++) {
      const before = tries;
      await time.advance(1000);
      if (tries > before) at.push(second + 1);
    }
    expect(at).toEqual([2, 6, 14, 30, 60, 90, 120]);
  });

  it('that says goodbye is left alone for as long as it asks', async () => {
    const client = await opened();
    server.send({ type: 'goodbye', reason: 'restart', afterMs: 10_000 });
    await until(() => client.status === 'stale');
    await time.advance(14_900);
    expect(server.requests).toEqual(['upgrade']);
    await time.advance(200);
    await heals(client);
    expect(server.requests).toEqual(['upgrade', 'upgrade']);
  });

  it.each([
    ['says goodbye', () => server.send({ type: 'goodbye', reason: 'restart', afterMs: 60_000 })],
    ['ends the session', () => server.send({ type: 'goodbye', reason: 'session', afterMs: 0 })],
  ])('that %s while a gap is asked for is not taken for synced by the answer that comes later', async (_, leave) => {
    const client = await opened();
    const go = holdSync();
    server.commitSilently({ type: 'host_added', host: host('a') });
    server.heartbeat();
    await until(() => server.requests.includes('POST /sync'));
    const statuses = record(client);
    leave();
    await until(() => client.status !== 'syncing');
    await answered(go);
    expect(statuses).not.toContain('synced');
    expect(client.getState()?.hosts).toEqual([]);
    expect((await client.forceSync()).hosts).toEqual([host('a')]);
    expect(client.status).toBe('synced');
  });

  it('that says goodbye while forceSync waits for its answer is asked once more', async () => {
    const client = await opened();
    const go = holdSync();
    server.commitSilently({ type: 'host_added', host: host('a') });
    const forced = client.forceSync();
    await until(() => server.requests.includes('GET /state'));
    server.send({ type: 'goodbye', reason: 'restart', afterMs: 60_000 });
    await until(() => client.status === 'stale');
    go();
    expect((await forced).hosts).toEqual([host('a')]);
    expect(client.status).toBe('synced');
    expect(server.requests).toEqual(['upgrade', 'GET /state', 'GET /state']);
  });

  it('that ends the session is not tried again, until somebody asks', async () => {
    const client = await opened({ cache: memoryCache() });
    server.send({ type: 'goodbye', reason: 'session', afterMs: 0 });
    await until(() => client.status === 'error');
    expect(client.error).toMatchObject({ status: 401, code: 'session-ended' });
    await time.advance(600_000);
    expect(server.requests).toEqual(['upgrade']);
    await client.forceSync();
    await until(() => isEqual(client) && client.transport === 'websocket');
  });

  it.each([
    [401, 'unauthenticated'],
    [403, 'forbidden'],
    [400, 'bad-selector'],
  ])('that refuses with %i is not tried again', async (status, code) => {
    const body = JSON.stringify({ type: 'about:blank', title: 'No', status, code, hint: 'Log in.' });
    server.failWith = { status, body };
    const client = open();
    expect(await client.initialize()).toBeNull();
    expect(client.status).toBe('error');
    expect(client.error).toMatchObject({ status, code, title: 'No', hint: 'Log in.' });
    const { length } = server.requests;
    await time.advance(600_000);
    expect(server.requests).toHaveLength(length);
    server.failWith = null;
    await client.forceSync();
    expect(client.status).toBe('synced');
  });

  it.each([500, 502, 503, 429, 404, 200])('whose proxy answers %i meanwhile is tried again', async (status) => {
    server.failWith = { status, body: '<html>', headers: { 'retry-after': '7' } };
    const client = open();
    expect(await client.initialize()).toBeNull();
    expect(client.status).toBe('disconnected');
    await time.advance(60_000);
    server.failWith = null;
    await heals(client);
  });

  it('that asks to wait is left alone that long', async () => {
    server.failWith = { status: 503, headers: { 'retry-after': '25' } };
    const client = open({ webSocket: null });
    await client.initialize();
    await time.advance(24_000);
    expect(server.requests).toHaveLength(1);
    await time.advance(1000);
    expect(server.requests).toHaveLength(2);
  });

  it('that fails while a gap is asked for', async () => {
    const client = await opened();
    server.failWith = { status: 500 };
    server.commitSilently({ type: 'host_added', host: host('a') });
    server.heartbeat();
    await until(() => client.status === 'stale');
    server.failWith = null;
    await heals(client);
  });
});

describe('a connection', () => {
  it('that says nothing for two heartbeats is dead', async () => {
    const client = await opened();
    await time.advance(54_000);
    expect(client.status).toBe('synced');
    server.commitSilently({ type: 'host_added', host: host('a') });
    await time.advance(2000);
    await heals(client);
    await time.advance(31_000);
    await until(() => client.transport === 'websocket');
    expect(server.requests.filter((one) => one === 'upgrade')).toHaveLength(2);
  });

  it('with heartbeats lives on', async () => {
    const client = await opened();
    for (let i = 0; i < 20; i++) {
      await time.advance(25_000);
      server.heartbeat();
      await settle();
    }
    expect(client.status).toBe('synced');
    expect(server.requests).toEqual(['upgrade']);
  });

  it('that brings no JSON is begun anew', async () => {
    const client = await opened();
    server.raw('{"type":"incremental_up');
    await until(() => client.transport !== 'websocket');
    server.commitSilently({ type: 'host_added', host: host('a') });
    await heals(client);
  });

  it('through a proxy that refuses upgrades is by polls, without a word of it, and then by a WebSocket again', async () => {
    server.upgrades = 'refuse';
    const client = await opened();
    const statuses = record(client);
    expect(client.transport).toBe('polling');
    for (let i = 0; i < 4; i++) await time.advance(29_000);
    expect(statuses).toEqual([]);
    server.commitSilently({ type: 'host_added', host: host('a') });
    await heals(client);
    server.upgrades = 'accept';
    await time.advance(31_000);
    await until(() => client.transport === 'websocket');
    expect(isEqual(client)).toBe(true);
  });

  it('through a proxy that keeps upgrades waiting is by polls after 3 s', async () => {
    server.upgrades = 'swallow';
    const client = open();
    void client.initialize();
    await until(() => server.requests.length === 1);
    await time.advance(2900);
    expect(server.requests).toEqual(['upgrade']);
    await time.advance(100);
    await until(() => client.status === 'synced');
    expect(client.transport).toBe('polling');
  });
});

describe('a machine', () => {
  it.each([
    ['slept', 3_600_000],
    ['had its clock set back', -3_600_000],
  ])('that %s asks at once', async (_, ms) => {
    const client = await opened();
    server.commitSilently({ type: 'host_added', host: host('a') });
    time.sleep(ms);
    await time.advance(5000);
    await until(() => isEqual(client));
    expect(client.transport).toBe('websocket');
    expect(server.requests).toEqual(['upgrade', 'upgrade']);
  });

  it('whose browser runs timers once a minute does not', async () => {
    const client = await opened();
    time.sleep(60_000);
    await time.advance(5000);
    expect(client.status).toBe('synced');
    expect(server.requests).toEqual(['upgrade']);
  });
});

describe('an end', () => {
  it('leaves no timer, no socket and no call, whenever it comes', async () => {
    for (const wait of [0, 1, 2, 5, 10]) {
      const client = open();
      const started = client.initialize();
      for (let i = 0; i < wait; i++) await settle();
      await client.destroy();
      await started;
      await until(() => server.sockets.size === 0);
      expect(time.waiting).toBe(0);
      expect(client.status).toBe('disconnected');
      await expect(client.forceSync()).rejects.toThrow('destroyed');
    }
  });

  it('aborts the calls that are under way', async () => {
    const client = await opened();
    holdSync();
    const forced = client.forceSync();
    await until(() => server.requests.includes('GET /state'));
    const ends = expect(forced).rejects.toThrow('destroyed');
    await client.destroy();
    await ends;
    expect(time.waiting).toBe(0);
  });
});

/** Answers that bring a state wait until the returned function is called. */
function holdSync(): () => void {
  let go = (): void => undefined;
  server.hold = new Promise((resolve) => {
    go = resolve;
  });
  return () => {
    server.hold = null;
    go();
  };
}

/** Lets held answers go, and waits until the client has read them. */
async function answered(go: () => void): Promise<void> {
  const before = server.answers;
  go();
  await until(() => server.answers > before);
  for (let turn = 0; turn < 20; turn++) await settle();
}

function record(client: RollcallClient): string[] {
  const statuses: string[] = [];
  let last = client.status;
  client.subscribe(() => {
    if (client.status !== last) statuses.push(client.status);
    last = client.status;
  });
  return statuses;
}
