import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Lab, startLab } from '../../src/lab/lab.ts';
import { type Connection, openDatabase } from '../../src/repositories/db/database.ts';
import { createDatabase } from '../helpers/postgres.ts';
import { tempDir } from '../helpers/temp.ts';
import { judge } from './judge.ts';
import { type Env, elsewhere, finish, start, until, withProviders } from './processes.ts';

const SERVER = process.env['TEST_POSTGRES_URL'];
const dir = tempDir();
const labs: Lab[] = [];
let databases = 0;

beforeAll(async () => {
  for (let i = 0; i < 2; i++)
    labs.push(await startLab({ nodes: 1, vms: 2, containers: 1, seed: i + 1, clusterName: `c${i}` }));
});
afterAll(() => Promise.all(labs.map((lab) => lab.close())));

/** Runs a test over a new database with a provider for each lab. */
async function inWorld(url: string, test: (env: Env, connection: Connection) => Promise<void>): Promise<void> {
  for (const lab of labs) lab.faults.clear();
  const env = await withProviders(labs, url);
  const connection = await openDatabase(url);
  try {
    await test(env, connection);
    await judge(connection);
    expect(await finish(['verify', '--quiet'], env)).toMatchObject({ status: 0 });
  } finally {
    await connection.close();
  }
}

const sqlite = () => `file:${path.join(dir, `${databases++}.db`)}`;
const owners = async ({ db }: Connection) => (await db.provider.findMany()).map(({ watchHolder }) => watchHolder ?? '');
const slow = (ms: number) => {
  for (const lab of labs) lab.faults.add({ match: /\/config/, effect: { kind: 'delay', ms } });
};

(SERVER ? describe : describe.skip)('two watchers on one PostgreSQL (needs TEST_POSTGRES_URL)', () => {
  it('share the providers; one that is killed in mid-run on another machine is replaced within 60 s', async () => {
    const away = elsewhere();
    await inWorld(await createDatabase(SERVER ?? ''), async (env, connection) => {
      const far = start(['watch', '--interval', '2s', '--no-feeds'], env, away);
      await until('the first takes both', async () => (await owners(connection)).every((owner) => owner !== ''));
      const [farHolder = ''] = await owners(connection);
      const near = start(['watch', '--interval', '2s', '--no-feeds'], env);
      await until('the second has its share', async () => new Set(await owners(connection)).size === 2);
      slow(4000);
      const held = await connection.db.provider.findFirstOrThrow({ where: { watchHolder: farHolder } });
      const running = () => connection.db.provider.findFirst({ where: { id: held.id, leaseHolder: { not: null } } });
      await until('a run is under way', running);
      far.child.kill('SIGKILL');
      const killedAt = new Date();
      for (const lab of labs) lab.faults.clear();
      const next = () =>
        connection.db.syncRun.findFirst({ where: { providerId: held.id, startedAt: { gt: killedAt } } });
      await until('the other syncs it', next, 60_000);
      const seconds = ((await next())?.startedAt.getTime() ?? 0) - killedAt.getTime();
      process.stdout.write(
        `taken over ${(seconds / 1000).toFixed(1)} s after kill -9 ${away.length > 0 ? 'elsewhere' : 'here'}\n`,
      );
      expect(seconds).toBeLessThan(60_000);
      near.child.kill('SIGTERM');
      expect(await near.ended).toBe(0);
      expect(await owners(connection)).toEqual(['', '']);
    });
  }, 150_000);
});

describe('a watcher', () => {
  it('is replaced at once when it was killed on the same machine', async () => {
    await inWorld(sqlite(), async (env, connection) => {
      const first = start(['watch', '--interval', '1m', '--no-feeds'], env);
      await until('the first has synced', async () => (await connection.db.syncRun.count()) === 2);
      first.child.kill('SIGKILL');
      await first.ended;
      const second = start(['watch', '--interval', '1s', '--no-feeds'], env);
      await until('the second has synced', async () => (await connection.db.syncRun.count()) >= 4);
      second.child.kill('SIGTERM');
      expect(await second.ended).toBe(0);
    });
  }, 60_000);

  it('that is asked to end lets its run end, stores it, and gives back what it held', async () => {
    await inWorld(sqlite(), async (env, connection) => {
      slow(4000);
      const program = start(['watch', '--no-feeds'], env);
      const running = async () => (await connection.db.provider.count({ where: { leaseHolder: { not: null } } })) === 2;
      await until('both runs are under way', running);
      program.child.kill('SIGTERM');
      expect(await program.ended).toBe(0);
      expect(await connection.db.syncRun.count({ where: { outcome: 'complete' } })).toBe(2);
      const held = { OR: [{ leaseHolder: { not: null } }, { watchHolder: { not: null } }] };
      expect(await connection.db.provider.count({ where: held })).toBe(0);
    });
  }, 60_000);

  it.each([
    ['at a second signal', ['--grace', '60s'], 2],
    ['after the grace period', ['--grace', '1s'], 1],
  ])(
    'gives its run up %s, stores nothing of it, and gives back what it held',
    async (_when, options, signals) => {
      await inWorld(sqlite(), async (env, connection) => {
        slow(30_000);
        const program = start(['watch', '--no-feeds', ...options], env);
        const running = async () =>
          (await connection.db.provider.count({ where: { leaseHolder: { not: null } } })) === 2;
        await until('both runs are under way', running);
        for (let i = 0; i < signals; i++) {
          program.child.kill('SIGTERM');
          await until('the signal has come', () => new Promise((resolve) => setTimeout(() => resolve(true), 300)));
        }
        expect(await program.ended).toBe(0);
        expect(await connection.db.syncRun.count()).toBe(0);
        const held = { OR: [{ leaseHolder: { not: null } }, { watchHolder: { not: null } }] };
        expect(await connection.db.provider.count({ where: held })).toBe(0);
      });
    },
    60_000,
  );
});

it('a zombie cannot commit: one that was stopped past its time finds its run refused', async () => {
  await inWorld(sqlite(), async (env, connection) => {
    slow(12_000);
    const zombie = start(['discover-all', '--provider', 'lab0'], env);
    const leased = async () =>
      (await connection.db.provider.findFirst({ where: { name: 'lab0' } }))?.leaseHolder ?? null;
    await until('its run is under way', leased);
    zombie.child.kill('SIGSTOP');
    for (const lab of labs) lab.faults.clear();
    const started = performance.now();
    const refused = await finish(['discover-all', '--quiet', '--provider', 'lab0'], env);
    expect(refused).toMatchObject({
      status: 1,
      stdout: '',
      stderr: expect.stringMatching(/^error: Provider lab0 is being synced by \d+@\S+ since /),
    });
    const heir = await finish(['discover-all', '--quiet', '--provider', 'lab0', '--wait', '60'], env);
    expect(heir).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(performance.now() - started).toBeGreaterThan(15_000);
    zombie.child.kill('SIGCONT');
    expect(await zombie.ended).toBe(1);
    expect(zombie.stderr()).toMatch(
      /error: (Another run has taken this provider over|The run of provider lab0 has lost its lease)/,
    );
    // The settings of the two providers are revisions 1 and 2.
    expect(await connection.db.syncRun.findMany({ select: { outcome: true, rev: true } })).toEqual([
      { outcome: 'complete', rev: 3 },
    ]);
  });
}, 90_000);
