import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { RollcallClient } from '../../src/client/rollcall-client.ts';
import { memoryCache } from '../../src/client/state-cache.ts';
import { Random } from '../campaign/random.ts';
import { databaseAt } from '../helpers/postgres.ts';
import { tempDir } from '../helpers/temp.ts';
import { FakeTime, settle } from './fake-time.ts';
import { FaultyProxy } from './faulty-proxy.ts';
import { type FeedServer, openFeedServer } from './feed-server.ts';
import { FeedStory } from './feed-story.ts';
import { sorted } from './states.ts';

/** What a second of the test's clock takes at least while something is awaited. */
const SECOND_MS = 20;
const ROUNDS = Number(process.env['ROLLCALL_FEED_ROUNDS'] ?? 300);
const FIRST_SEED = Number(process.env['ROLLCALL_SEED'] ?? 1);
const ROUNDS_PER_WORLD = 100;
const FILTER = 'status=running';
const dir = tempDir();

interface Tally {
  rounds: number;
  runs: number;
  increments: number;
  polled: number;
  faults: Record<string, number>;
  /** Of the increments. */
  events: Record<string, number>;
}

it(`a client has the state of the server after ${ROUNDS} rounds of runs and faults`, async () => {
  const tally: Tally = { rounds: 0, runs: 0, increments: 0, polled: 0, faults: {}, events: {} };
  for (let seed = FIRST_SEED; tally.rounds < ROUNDS; seed++) await playWorld(seed, tally);
  process.stdout.write(`feed campaign from seed ${FIRST_SEED}: ${JSON.stringify(tally, null, 2)}\n`);
  expect(tally.increments).toBeGreaterThan(ROUNDS / 10);
}, 7_200_000);

async function playWorld(seed: number, tally: Tally): Promise<void> {
  const url = await databaseAt(path.join(dir, `feed-${seed}.db`));
  const story = await FeedStory.open(url, new Random(seed));
  const world = new World(seed, url, story, tally);
  try {
    await world.open();
    for (let round = 0; round < ROUNDS_PER_WORLD && tally.rounds < ROUNDS; round++) await world.play(round);
  } finally {
    await world.close();
    await story.close();
  }
}

class World {
  readonly #seed: number;
  readonly #url: string;
  readonly #story: FeedStory;
  readonly #tally: Tally;
  readonly #random: Random;
  readonly #time = new FakeTime();
  readonly #cache = memoryCache();
  #server: FeedServer | null = null;
  #proxy = new FaultyProxy(0);
  #whole: RollcallClient | null = null;
  #filtered: RollcallClient | null = null;
  readonly #complaints: string[] = [];

  constructor(seed: number, url: string, story: FeedStory, tally: Tally) {
    this.#seed = seed;
    this.#url = url;
    this.#story = story;
    this.#tally = tally;
    this.#random = new Random(seed + 1_000_000);
  }

  async open(): Promise<void> {
    await this.#story.write();
    await this.startServer();
    await this.#proxy.start();
    this.#whole = this.#newClient();
    this.#filtered = this.#newClient(FILTER);
    for (const client of [this.#whole, this.#filtered]) void client.initialize();
  }

  async close(): Promise<void> {
    await this.#whole?.destroy();
    await this.#filtered?.destroy();
    await this.#proxy.close();
    await this.#server?.close();
  }

  async play(round: number): Promise<void> {
    const fault = this.#random.pick(Object.keys(FAULTS));
    const heal = await this.#inject(fault);
    for (let runs = this.#random.below(4); runs > 0; runs--) await this.#run();
    if (this.#random.chance(0.3)) await this.#time.advance(this.#random.below(40_000));
    await heal();
    this.#proxy.mode = 'pass';
    this.#proxy.bytesToCut = Number.POSITIVE_INFINITY;
    await this.#server?.tick();
    try {
      await this.#judge();
    } catch (error) {
      throw new Error(`seed ${this.#seed} round ${round} (${fault}): ${String(error)}`);
    }
    this.#tally.rounds++;
    this.#tally.faults[fault] = (this.#tally.faults[fault] ?? 0) + 1;
  }

  async #run(): Promise<void> {
    await this.#story.write();
    this.#tally.runs++;
    // Several runs may be one step of the feed.
    if (this.#random.chance(0.7)) await this.#server?.tick();
    if (this.#random.chance(0.5)) await settle();
    if (this.#random.chance(0.05)) await this.#story.backUp();
  }

  async #inject(fault: string): Promise<() => Promise<void>> {
    const heal = await FAULTS[fault]?.({
      random: this.#random,
      proxy: this.#proxy,
      time: this.#time,
      story: this.#story,
      client: this.#whole,
      world: this,
    });
    return heal ?? (async () => undefined);
  }

  async #judge(): Promise<void> {
    const fresh = await this.#story.fresh();
    await this.#settles(this.#whole, fresh.version);
    await this.#settles(this.#filtered, fresh.version);
    const when = { at: '' };
    const known = this.#whole?.getState() ?? null;
    // First what the server tells: it has read the database step by step.
    const told = this.#server?.state() ?? null;
    expect(sorted(told && { ...told, ...when })).toEqual(sorted({ ...fresh, ...when }));
    expect(sorted(known && { ...known, ...when })).toEqual(sorted({ ...fresh, ...when }));
    const wanted = fresh.hosts.filter(({ status }) => status === 'running');
    const filtered = this.#filtered?.getState() ?? null;
    expect(sorted(filtered && { ...filtered, ...when })).toEqual(sorted({ ...fresh, ...when, hosts: wanted }));
    expect(this.#complaints).toEqual([]);
  }

  /** Virtual time passes until the client has this version. */
  async #settles(client: RollcallClient | null, version: string): Promise<void> {
    const isThere = () => client?.status === 'synced' && client.getState()?.version === version;
    for (let turn = 0; turn < 40 && !isThere(); turn++) await settle();
    for (let passed = 0; passed < 180_000 && !isThere(); passed += 1000) {
      await this.#time.advance(1000);
      for (let turn = 0; turn < 20 && !isThere(); turn++) await settle();
      // The database answers in its own time, longer on a busy machine: by the clock of the test a call must not be over before.
      if (!isThere()) await sleep(SECOND_MS);
    }
    if (!isThere()) throw new Error(`${client?.status} at ${client?.getState()?.version}, not at ${version}`);
    if (client?.transport === 'polling') this.#tally.polled++;
  }

  #newClient(filter?: string): RollcallClient {
    const client = new RollcallClient({
      url: this.#proxy.url,
      webSocket: WebSocket,
      clock: this.#time.clock,
      timers: this.#time.timers,
      random: () => this.#random.next(),
      cache: this.#cache,
      ...(filter !== undefined && { filter }),
    });
    if (filter !== undefined) return client;
    let versions: [string | undefined, string | undefined] = [undefined, undefined];
    client.subscribe(() => {
      const version = client.getState()?.version;
      if (version !== versions[1]) versions = [versions[1], version];
    });
    // Each increment leads from where the client was to where it is: none is passed over, and none counts twice.
    client.on('increment', ({ from, version, events }) => {
      this.#tally.increments++;
      for (const { type } of events) this.#tally.events[type] = (this.#tally.events[type] ?? 0) + 1;
      const isStep = from === version ? version === versions[1] : from === versions[0] && version === versions[1];
      if (!isStep) this.#complaints.push(`${from} → ${version}, and the client went ${versions.join(' → ')}`);
    });
    return client;
  }

  /** The page is closed and opened again. */
  async comeAgain(): Promise<void> {
    await this.#whole?.destroy();
    this.#whole = this.#newClient();
    void this.#whole.initialize();
  }

  async stopServer(): Promise<void> {
    const closing = this.#server?.close();
    await settle();
    this.#proxy.cut();
    await closing;
    this.#server = null;
  }

  async startServer(): Promise<void> {
    this.#server = await openFeedServer(this.#url, () => this.#story.now());
    this.#proxy.target = this.#server.port;
  }
}

interface FaultParts {
  random: Random;
  proxy: FaultyProxy;
  time: FakeTime;
  story: FeedStory;
  client: RollcallClient | null;
  world: World;
}

/** Each begins before the runs of a round, and gives what ends it after them. */
const FAULTS: Readonly<Record<string, (parts: FaultParts) => Promise<(() => Promise<void>) | undefined>>> = {
  none: async () => undefined,
  'no fault': async () => undefined,
  'connections cut': async ({ proxy }) => {
    proxy.cut();
    return undefined;
  },
  'cut in a message': async ({ proxy, random }) => {
    proxy.bytesToCut = random.below(3000);
    return undefined;
  },
  'half-open': async ({ proxy, time }) => {
    proxy.mode = 'stall';
    return async () => time.advance(60_000);
  },
  'no upgrades': async ({ proxy }) => {
    proxy.mode = 'refuse-upgrades';
    proxy.cut();
    return undefined;
  },
  '502': async ({ proxy, time, random }) => {
    proxy.mode = 'bad-gateway';
    proxy.cut();
    return async () => time.advance(random.below(60_000));
  },
  'server restarted': async ({ world, time, random }) => {
    await world.stopServer();
    return async () => {
      await time.advance(random.below(60_000));
      await world.startServer();
    };
  },
  'database restored': async ({ story, world }) => {
    await world.stopServer();
    await story.restore();
    await world.startServer();
    return undefined;
  },
  'feed pruned': async ({ story, proxy }) => {
    proxy.cut();
    return () => story.prune();
  },
  sleep: async ({ time, random }) => {
    time.sleep(random.pick([100_000, 3_600_000, -3_600_000]));
    return undefined;
  },
  'forced sync': async ({ client }) => {
    const forced = client?.forceSync().catch(() => undefined);
    return async () => void (await forced);
  },
  'page opened again': async ({ world }) => {
    await world.comeAgain();
    return undefined;
  },
};
