import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Lab, startLab } from '../../src/lab/lab.ts';
import { openDatabase } from '../../src/repositories/db/database.ts';
import { createDatabase } from '../helpers/postgres.ts';
import { tempDir } from '../helpers/temp.ts';
import { runProgram } from '../helpers/world.ts';
import { judge } from './judge.ts';
import { elsewhere, finish, type Program, start, until, withProviders } from './processes.ts';

/** `npm run campaign:watch` asks for more. */
const SYNCS = Number(process.env['ROLLCALL_WATCH_SYNCS'] ?? 60);
const ROUNDS = Number(process.env['ROLLCALL_WATCH_ROUNDS'] ?? 40);
const SEED = Number(process.env['ROLLCALL_SEED'] ?? 1);
const SERVER = process.env['TEST_POSTGRES_URL'];
const HOURS_MS = 4 * 3_600_000;
/** How long a claim lasts that nobody renews. */
const CLAIM_MS = 30_000;
const WATCH = ['watch', '--interval', '1s', '--feed-interval', '1s', '--retry-after', '1s', '--quiet'];
const dir = tempDir();
const labs: Lab[] = [];

beforeAll(async () => {
  for (let i = 0; i < 4; i++)
    labs.push(await startLab({ nodes: 1, vms: 3, containers: 1, seed: i + 1, clusterName: `c${i}` }));
});
afterAll(() => Promise.all(labs.map((lab) => lab.close())));

/** A linear congruential generator: what happens is that of the seed, when it happens is the machine's. */
function random(): () => number {
  let state = SEED;
  return () => {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    return state / 2 ** 31;
  };
}

/** Changes a guest of one of the labs; gives how often it did. */
function keepChanging(next: () => number, everyMs: number): { stop(): number } {
  let count = 0;
  const timer = setInterval(() => {
    const lab = labs[Math.floor(next() * labs.length)];
    const vm = lab?.guests().find(({ kind, config }) => kind === 'qemu' && config['template'] === undefined);
    if (vm) lab?.as('admin@pve').setConfig(vm.vmid, { description: `change ${++count}` });
  }, everyMs);
  return {
    stop: () => {
      clearInterval(timer);
      return count;
    },
  };
}

(SERVER ? it : it.skip)(
  `three watchers of which one after the other is killed: ${SYNCS} runs, none twice at once, none lost (needs TEST_POSTGRES_URL)`,
  async () => {
    const url = await createDatabase(SERVER ?? '');
    const env = await withProviders(labs, url);
    const connection = await openDatabase(url);
    const next = random();
    const away = elsewhere();
    const begin = (i: number) =>
      start(
        WATCH.filter((word) => word !== '--quiet'),
        env,
        i === 0 ? away : [],
      );
    const watches = (program: Program | undefined) => / info watching /.test(program?.stderr() ?? '');
    const watchers: Program[] = [0, 1, 2].map(begin);
    const changing = keepChanging(next, 400);
    const startedMs = performance.now();
    let kills = 0;
    let lastKillMs = 0;
    while ((await connection.db.syncRun.count()) < SYNCS) {
      await sleep(2000 + next() * 6000);
      const i = Math.floor(next() * watchers.length);
      watchers[i]?.child.kill('SIGKILL');
      lastKillMs = Date.now();
      kills += 1;
      await sleep(next() * 2000);
      watchers[i] = begin(i);
      if (kills % 2 === 0) await until('it watches', () => watches(watchers[i]), 60_000);
    }
    const changes = changing.stop();
    const seconds = (performance.now() - startedMs) / 1000;
    await until('all three watch', () => watchers.every(watches), 60_000);
    // A claim that ends later was made or renewed by one that lives.
    const ofTheDead = { watchUntil: { lte: new Date(lastKillMs + CLAIM_MS + 500) } };
    const isLeft = () => connection.db.provider.count({ where: { ...ofTheDead, watchHolder: { not: null } } });
    await until('no claim of a killed one is left', async () => (await isLeft()) === 0, 90_000);
    for (const watcher of watchers) watcher.terminate();
    expect(await Promise.all(watchers.map(({ ended }) => ended))).toEqual([0, 0, 0]);
    const found = await judge(connection);
    expect(await connection.db.provider.count({ where: { watchHolder: { not: null } } })).toBe(0);
    await connection.close();
    expect(await finish(['verify', '--quiet'], env)).toMatchObject({ status: 0 });
    process.stdout.write(
      `watch: ${found.runs} runs and ${found.revisions} revisions of ${labs.length} clusters, ${changes} changes, ${kills} kills, ${seconds.toFixed(0)} s (seed ${SEED})\n`,
    );
  },
  HOURS_MS,
);

it(
  `one watcher, readers and a prune on one SQLite file: ${ROUNDS} rounds, and no error`,
  async () => {
    const url = `file:${path.join(dir, 'shared.db')}`;
    const env = await withProviders(labs, url);
    const watcher = start(WATCH, env);
    await until('every cluster was read', async () =>
      (await finish(['list-vms', '-o', 'name'], env)).stdout.includes('lab3/'),
    );
    const changing = keepChanging(random(), 200);
    const connection = await openDatabase(url);
    const readers = ['list-vms', 'show-changes --limit 5', 'sync-status', 'list-vms --at 2s'];
    const startedMs = performance.now();
    let reads = 0;
    // Each command opens the file anew; in every tenth round each is a process of its own.
    const here = async (line: string) => runProgram(line, { env, clock: () => new Date() });
    const apart = async (line: string) => finish(line.split(' '), env);
    for (let round = 0; round < ROUNDS; round++) {
      const [one = '', other = ''] = [readers[round % readers.length], readers[(round + 1) % readers.length]];
      const command = round % 10 === 0 ? apart : here;
      const ran = await Promise.all([one, other, 'prune --keep 10s --yes'].map((line) => command(`${line} --quiet`)));
      for (const result of ran) expect({ round, ...result }).toMatchObject({ status: 0, stderr: '' });
      reads += ran.length;
    }
    const changes = changing.stop();
    watcher.child.kill('SIGTERM');
    expect(await watcher.ended).toBe(0);
    expect(watcher.stderr()).toBe('');
    const failed = await connection.db.syncRun.count({ where: { outcome: 'failed' } });
    const { runs, revisions } = await judge(connection, { isPruned: true });
    await connection.close();
    expect(failed).toBe(0);
    expect(await finish(['verify', '--quiet'], env)).toMatchObject({ status: 0 });
    process.stdout.write(
      `watch on SQLite: ${ROUNDS} rounds, ${reads} commands beside ${runs} runs (${revisions} revisions), ${changes} changes, ${((performance.now() - startedMs) / 1000).toFixed(0)} s\n`,
    );
  },
  HOURS_MS,
);
