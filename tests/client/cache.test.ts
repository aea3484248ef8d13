import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import 'fake-indexeddb/auto';
import { WebSocket } from 'ws';
import { fileCache } from '../../src/client/file-cache.ts';
import { indexedDbCache } from '../../src/client/indexed-db-cache.ts';
import { RollcallClient, type RollcallClientOptions } from '../../src/client/rollcall-client.ts';
import { memoryCache, type StateCache } from '../../src/client/state-cache.ts';
import { tempDir } from '../helpers/temp.ts';
import { FakeServer } from './fake-server.ts';
import { FakeTime, until } from './fake-time.ts';
import { emptyState, host } from './states.ts';

const DAY_MS = 86_400_000;
const dir = tempDir();
let server: FakeServer;
let time: FakeTime;
let count = 0;
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

function open(cache: StateCache, options: Partial<RollcallClientOptions> = {}): RollcallClient {
  const client = new RollcallClient({
    url: server.url,
    webSocket: WebSocket,
    token: 'a-secret-token',
    cache,
    clock: time.clock,
    timers: time.timers,
    random: () => 0.5,
    ...options,
  });
  clients.push(client);
  return client;
}

/** A client that has seen a host, and has ended. */
async function fill(cache: StateCache, options: Partial<RollcallClientOptions> = {}): Promise<void> {
  const client = open(cache, options);
  await client.initialize();
  server.commit({ type: 'host_added', host: host(`h${++count}`) });
  await until(() => client.getState()?.version === server.state.version);
  await client.destroy();
}

const KINDS: [string, () => StateCache][] = [
  ['memory', memoryCache],
  ['a file', () => fileCache(path.join(dir, `states-${++count}`, 'state'))],
  ['IndexedDB', () => indexedDbCache(`test-${++count}`)],
];

describe.each(KINDS)('a cache in %s', (_, newCache) => {
  it('shows the last state at once, and when it was current, while there is no server', async () => {
    const cache = newCache();
    await fill(cache);
    const savedAt = time.now;
    await server.kill();
    time.now += DAY_MS;

    const client = open(cache);
    const state = await client.initialize();

    expect(state?.hosts).toEqual(server.state.hosts);
    expect(client).toMatchObject({ status: 'stale', staleSince: new Date(savedAt) });
  });

  it('is where a client goes on from, and the server wins', async () => {
    const cache = newCache();
    await fill(cache);
    server.commitSilently({ type: 'host_removed', id: server.state.hosts[0]?.id ?? '' });

    const client = open(cache);
    await client.initialize();
    await until(() => client.status === 'synced');

    expect(server.resumes.at(-1)?.version).toBe('e1.2');
    expect(client.getState()?.hosts).toEqual([]);
  });

  it('of another epoch gives way', async () => {
    const cache = newCache();
    await fill(cache);
    server.restore({ ...emptyState('e2'), hosts: [host('other')] });
    const client = open(cache);
    await client.initialize();
    await until(() => client.status === 'synced');
    expect(client.getState()).toEqual(server.state);
  });

  it.each<[string, Partial<RollcallClientOptions>, number]>([
    ['another user', { user: 'bob' }, 0],
    ['another filter', { filter: 'tag=prod' }, 0],
    ['another server', { url: 'http://127.0.0.1:9' }, 0],
    ['more than a week ago', {}, 7 * DAY_MS + 1],
    ['longer ago than is wanted', { cacheTtlMs: 1000 }, 1001],
  ])('of %s is not shown', async (__, options, laterMs) => {
    const cache = newCache();
    await fill(cache);
    await server.kill();
    time.now += laterMs;
    const client = open(cache, options);
    expect(await client.initialize()).toBeNull();
    expect(client.status).toBe('disconnected');
  });

  it('is cleared when the server says that nobody is logged in', async () => {
    const cache = newCache();
    await fill(cache);
    server.failWith = { status: 401 };
    const client = open(cache);
    await client.initialize();
    await until(() => client.status === 'error');
    await client.destroy();
    await server.kill();
    expect(await open(cache).initialize()).toBeNull();
  });

  it('has the state again once somebody is logged in, though it is the same', async () => {
    const cache = newCache();
    const client = open(cache);
    await client.initialize();
    await time.advance(5000);
    server.send({ type: 'goodbye', reason: 'session', afterMs: 0 });
    await until(() => client.status === 'error');
    await client.forceSync();
    await time.advance(5000);
    await client.destroy();
    await server.kill();
    expect(await open(cache).initialize()).not.toBeNull();
  });

  it('has no secret', async () => {
    const saved: unknown[] = [];
    const inner = newCache();
    await fill({ ...inner, save: async (entry) => void saved.push(entry) });
    expect(saved).toHaveLength(1);
    expect(JSON.stringify(saved)).not.toContain('a-secret-token');
  });
});

describe('a file', () => {
  it('is only for its owner, and replaced as a whole', async () => {
    const file = path.join(dir, 'own', 'state');
    await fill(fileCache(file));
    await fill(fileCache(file));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(path.dirname(file))).toEqual(['state']);
  });

  it.each<[string, (text: string) => string]>([
    ['cut', (text) => text.slice(0, -10)],
    ['altered', (text) => text.replace('"running"', '"stopped"')],
    ['empty', () => ''],
    ['of another program', () => '{"format":1}'],
  ])('that is %s is ignored', async (name, damage) => {
    const file = path.join(dir, name, 'state');
    mkdirSync(path.dirname(file));
    await fill(fileCache(file));
    writeFileSync(file, damage(readFileSync(file, 'utf8')));
    await server.kill();
    expect(await open(fileCache(file)).initialize()).toBeNull();
  });
});

it('a state that is damaged in the browser is ignored', async () => {
  const cache = memoryCache();
  await fill(cache);
  const load = async (key: string) => {
    const entry = structuredClone(await cache.load(key)) as { state: { hosts: unknown } };
    entry.state.hosts = [null];
    return entry;
  };
  await server.kill();
  expect(await open({ ...cache, load }).initialize()).toBeNull();
});

it('a cache that fails is done without', async () => {
  const fails = async () => {
    throw new Error('denied');
  };
  const client = open({ load: fails, save: fails, clear: fails });
  await client.initialize();
  await until(() => client.status === 'synced');
  await time.advance(10_000);
  await client.clearCache();
  await client.destroy();
});

it('a state that stays the same does not grow old', async () => {
  const cache = memoryCache();
  const client = open(cache);
  await client.initialize();
  for (let i = 0; i < 3000; i++) {
    await time.advance(25_000);
    server.heartbeat();
    await until(() => client.status === 'synced');
  }
  await server.kill();
  const later = open(cache, { cacheTtlMs: 2 * 3_600_000 });
  expect(await later.initialize()).not.toBeNull();
});
