import net from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { RollcallClient, type RollcallClientOptions } from '../../src/client/rollcall-client.ts';
import { type Connection, openDatabase } from '../../src/repositories/db/database.ts';
import { openWorld, type World } from '../helpers/world.ts';
import { type Program, start, until } from '../watch/processes.ts';
import { FakeTime, settle } from './fake-time.ts';
import { FaultyProxy } from './faulty-proxy.ts';
import { sorted } from './states.ts';

let world: World;
let connection: Connection;
let server: Program;
let proxy: FaultyProxy;
let time: FakeTime;
/** Of the server that runs now; the client knows the proxy's alone. */
let port: number;
/** Name of the guest that the last run found. */
let newest: string;
const clients: RollcallClient[] = [];

beforeEach(async () => {
  world = await openWorld({ nodes: 3, vms: 6, containers: 1 });
  await world.rollcall('discover-all --quiet');
  connection = await openDatabase(world.databaseUrl);
  proxy = new FaultyProxy(0);
  await proxy.start();
  time = new FakeTime();
  server = await serve();
});

afterEach(async () => {
  for (const client of clients.splice(0)) await client.destroy();
  await proxy.close();
  server.child.kill('SIGKILL');
  await server.ended;
  await connection.close();
});

/** On a port that the system chooses: one that was left may be somebody else's by now. */
async function serve(): Promise<Program> {
  const program = start(['serve', '--listen', '127.0.0.1:0'], { ...world.env, HOME: world.dir });
  await until('the server listens', () => {
    if (program.child.exitCode !== null) throw new Error(program.stderr());
    port = Number(/serving http:\/\/127\.0\.0\.1:(\d+)/.exec(program.stderr())?.[1] ?? 0);
    return port > 0;
  });
  proxy.target = port;
  return program;
}

/** Timers of the client run when the test says so; its sockets are real. */
async function opened(options: Partial<RollcallClientOptions> = {}): Promise<RollcallClient> {
  const client = new RollcallClient({
    url: proxy.url,
    webSocket: WebSocket,
    clock: time.clock,
    timers: time.timers,
    ...options,
  });
  clients.push(client);
  await client.initialize();
  expect(client.status).toBe('synced');
  return client;
}

async function fresh(): Promise<Awaited<ReturnType<RollcallClient['initialize']>>> {
  const answer = await fetch(`http://127.0.0.1:${port}/api/v1/state`);
  return (await answer.json()) as never;
}

/** A run by another process: the server hears of it from the database. */
async function changed(): Promise<void> {
  const admin = world.lab.as('admin@pve');
  world.clock.advance(60_000);
  newest = `new-${Math.random().toString(36).slice(2, 8)}`;
  admin.create('qemu', { name: newest });
  admin.setConfig(100, { tags: `t${world.clock.now().getTime() % 1e9}` });
  expect((await world.rollcall('discover-all --quiet')).status).toBe(0);
}

/** Virtual time passes for the client until it has what the last run found, and what the server tells. */
async function heals(client: RollcallClient): Promise<void> {
  let told: Awaited<ReturnType<typeof fresh>> = null;
  await until('the client has the state of the server', async () => {
    await time.advance(500);
    await settle();
    const state = client.getState();
    if (client.status !== 'synced' || state?.hosts.some(({ name }) => name === newest) !== true) return false;
    // The server may hear of something else at any time: what it tells now is compared with what the client had before.
    told = await fresh();
    return told?.version === state.version && client.getState() === state;
  });
  expect(sorted(client.getState() && ({ ...client.getState(), at: '' } as never))).toEqual(
    sorted({ ...(told as object | null), at: '' } as never),
  );
}

describe('a client of `rollcall serve`', () => {
  it('is told of runs of other processes', async () => {
    const client = await opened();
    expect(client.transport).toBe('websocket');
    const types: string[] = [];
    client.on('increment', ({ events }) => types.push(...events.map(({ type }) => type)));
    await changed();
    await until('it is told', () => types.includes('host_added') && types.includes('host_changed'));
    await heals(client);
    expect(client.transport).toBe('websocket');
  });

  it('sees only the hosts of its filter', async () => {
    const client = await opened({ filter: 'kind=container' });
    expect(client.getState()?.hosts.map(({ kind }) => kind)).toEqual(['lxc']);
  });

  it('is refused with a filter that nobody understands', async () => {
    const client = new RollcallClient({
      url: proxy.url,
      webSocket: WebSocket,
      filter: 'backup.age>1d',
      timers: time.timers,
    });
    clients.push(client);
    expect(await client.initialize()).toBeNull();
    expect(client).toMatchObject({ status: 'error', error: { status: 400, code: 'usage' } });
  });

  it('gets typed answers to its calls, and problems as errors', async () => {
    const { api } = await opened();
    const { items } = await api.listHosts({ limit: 2 });
    const [host] = items;
    expect(items).toHaveLength(2);
    expect((await api.getHost(host?.id ?? '')).id).toBe(host?.id);
    expect((await api.listChanges({ limit: 5 })).length).toBeGreaterThan(0);
    expect((await api.hostHistory(host?.id ?? '')).length).toBeGreaterThan(0);
    expect((await api.listRuns()).length).toBe(1);
    expect(await api.listOperations()).toEqual([]);
    expect((await api.session()).principal).toMatchObject({ via: 'local' });
    await expect(api.getHost('nobody')).rejects.toMatchObject({ status: 404, code: 'not-found', isRefusal: true });
    const [provider] = await api.listProviders();
    // Without users whoever is on this machine reads.
    await expect(api.requestSync(provider?.id ?? '')).rejects.toMatchObject({ status: 403, code: 'forbidden' });
  });
});

describe('a server', () => {
  it.each<NodeJS.Signals>(['SIGKILL', 'SIGTERM'])('that ends by %s and starts again', async (signal) => {
    const client = await opened();
    server.child.kill(signal);
    await until('the client notices', () => client.status === 'stale');
    await server.ended;
    await changed();
    server = await serve();
    await heals(client);
    await until('the stream is back', async () => {
      await time.advance(1000);
      return client.transport === 'websocket';
    });
  });

  it('whose database was restored', async () => {
    const client = await opened();
    await connection.db.meta.update({ where: { id: 1 }, data: { epoch: 'f'.repeat(32) } });
    await changed();
    await until('the client has it', () => client.getState()?.epoch === 'f'.repeat(32));
    await heals(client);
  });

  it('whose feed was pruned while the client was away', async () => {
    const client = await opened();
    proxy.mode = 'bad-gateway';
    proxy.cut();
    await until('the client notices', () => client.status === 'stale');
    await changed();
    await changed();
    await connection.db.feedVersion.deleteMany({});
    await changed();
    proxy.mode = 'pass';
    await heals(client);
  });
});

describe('a network', () => {
  it('that cuts a socket in the middle of a message', async () => {
    const client = await opened();
    proxy.bytesToCut = 300;
    await changed();
    await until('it is cut', () => proxy.bytesToCut === 0);
    proxy.bytesToCut = Number.POSITIVE_INFINITY;
    await heals(client);
  });

  it('that is half-open', async () => {
    const client = await opened();
    proxy.mode = 'stall';
    await changed();
    await time.advance(54_000);
    expect(client).toMatchObject({ status: 'synced', transport: 'websocket' });
    proxy.mode = 'pass';
    await time.advance(2000);
    await heals(client);
  });

  it('that refuses upgrades, until it takes them', async () => {
    proxy.mode = 'refuse-upgrades';
    const client = await opened();
    expect(client.transport).toBe('polling');
    await changed();
    await heals(client);
    expect(client.transport).toBe('polling');
    proxy.mode = 'pass';
    await until('the stream is there', async () => {
      await time.advance(1000);
      return client.transport === 'websocket';
    });
  });

  it('that answers 502 for a while', async () => {
    const client = await opened();
    proxy.mode = 'bad-gateway';
    proxy.cut();
    await until('the client notices', () => client.status === 'stale');
    await changed();
    await time.advance(120_000);
    expect(client.error).toMatchObject({ status: 502 });
    proxy.mode = 'pass';
    await heals(client);
  });

  it('that is slow', async () => {
    proxy.delayPerKilobyteMs = 20;
    const client = await opened();
    for (let run = 0; run < 3; run++) await changed();
    await heals(client);
  });
});

it('a laptop that slept has the state as soon as it wakes', async () => {
  const client = await opened();
  // In its sleep nothing of it runs, and the server gave it up.
  proxy.cut();
  await changed();
  time.sleep(8 * 3_600_000);
  await time.advance(5000);
  await heals(client);
});

it('a server ends at once though somebody holds a connection that says nothing', async () => {
  await opened();
  const silent = net.connect(port, '127.0.0.1');
  silent.on('error', () => undefined);
  await new Promise((resolve) => silent.once('connect', resolve));
  server.child.kill('SIGTERM');
  expect(await server.ended).toBe(0);
  silent.destroy();
});
