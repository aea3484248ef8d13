import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findPostgres, startPostgres } from '../../scripts/postgres-server.mjs';
import { type Lab, startLab } from '../../src/lab/lab.ts';
import { openDatabase } from '../../src/repositories/db/database.ts';
import { judge } from './judge.ts';
import { start, until, withProviders } from './processes.ts';

const isThere = findPostgres() !== null;

(isThere ? describe : describe.skip)('while PostgreSQL is away (needs its programs)', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab({ nodes: 1, vms: 2, containers: 0 });
  });
  afterAll(() => lab.close());

  it('a watcher tells it once, waits, and goes on when it is back', async () => {
    const server = await startPostgres();
    try {
      const admin = await openDatabase(server.url);
      await admin.db.$executeRawUnsafe('CREATE DATABASE watched');
      const url = Object.assign(new URL(server.url), { pathname: '/watched' }).href;
      const env = await withProviders([lab], url);
      const watcher = start(['watch', '--interval', '1s', '--feed-interval', '1s'], env);
      await until('two runs', () => (watcher.stdout().match(/lab0: complete/g) ?? []).length >= 2);
      // As by a restart: connections are cut, and no new ones are taken for a while.
      const { db } = admin;
      await db.$executeRawUnsafe('ALTER DATABASE watched WITH ALLOW_CONNECTIONS false');
      await db.$queryRawUnsafe(
        "SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity WHERE datname = 'watched'",
      );
      await until('it is told', () => / error The database /.test(watcher.stderr()));
      await new Promise((resolve) => setTimeout(resolve, 4000));
      expect(watcher.stderr().match(/ error /g)).toHaveLength(1);
      const before = watcher.stdout().length;
      await db.$executeRawUnsafe('ALTER DATABASE watched WITH ALLOW_CONNECTIONS true');
      await until('it goes on', () => watcher.stdout().length > before, 60_000);
      expect(watcher.stderr()).toMatch(/ info the database answers again\n/);
      watcher.terminate();
      expect(await watcher.ended).toBe(0);
      await admin.close();
      const connection = await openDatabase(url);
      await judge(connection);
      await connection.close();
    } finally {
      await server.stop();
    }
  }, 120_000);
});
