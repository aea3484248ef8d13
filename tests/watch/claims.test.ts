import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Connection, openDatabase } from '../../src/repositories/db/database.ts';
import { WatchClaims } from '../../src/repositories/providers/watch-claims.ts';
import { SyncRepository } from '../../src/repositories/sync/sync-repository.ts';
import type { DatabaseProvider } from '../../src/types/migration.ts';
import { at, CONFIG, plan } from '../helpers/plans.ts';
import { postgres } from '../helpers/postgres.ts';
import { tempDir } from '../helpers/temp.ts';

const dir = tempDir();

describe.each<DatabaseProvider>(['sqlite', 'postgresql'])('claims on %s', (database) => {
  const server = database === 'postgresql' ? postgres() : undefined;
  let connection: Connection;
  let claims: WatchClaims;
  let repository: SyncRepository;
  let id: string;

  beforeAll(async () => {
    connection = await openDatabase(server?.url ?? `file:${path.join(dir, 'claims.db')}`);
    claims = new WatchClaims(connection);
    repository = new SyncRepository(connection);
    await claims.ensure(CONFIG, at(0));
    id = (await claims.list(at(0)))[0]?.id ?? '';
  });
  afterAll(() => connection.close());

  const row = async (now = at(0)) => (await claims.list(now))[0];

  if (server) {
    // PGlite keeps no settings of a connection.
    const onServer = process.env['TEST_POSTGRES_URL'] === undefined ? it.skip : it;
    onServer('has PostgreSQL end a transaction in which nothing happens for 30 s', async () => {
      const rows = await connection.db.$queryRawUnsafe('SHOW idle_in_transaction_session_timeout');
      expect(rows).toEqual([{ idle_in_transaction_session_timeout: '30s' }]);
    });
  }

  it('lists a provider as it was stored, with nobody who looks after it', async () => {
    expect(await row()).toEqual({
      id,
      name: 'home',
      isEnabled: true,
      schedule: { autoDiscover: true, discoverInterval: null, discoverCron: null },
      lastRunAt: null,
      failures: 0,
      retryAt: null,
      pausedAt: null,
      pauseReason: null,
      claim: null,
      isRunning: false,
    });
  });

  it('gives a provider to one of two that ask at once, and to a third only when it names the holder', async () => {
    const now = at(0);
    const both = await Promise.all(['a', 'b'].map((holder) => claims.take(id, { holder, from: null, now })));
    expect(both.filter(Boolean)).toHaveLength(1);
    const holder = both[0] ? 'a' : 'b';
    expect((await row())?.claim).toEqual({ holder, isOver: false });
    expect(await claims.take(id, { holder: 'c', from: null, now })).toBe(false);
    expect(await claims.take(id, { holder: 'c', from: 'somebody', now })).toBe(false);
    expect(await claims.take(id, { holder: 'c', from: holder, now })).toBe(true);
    // What was taken is not its own any more.
    await claims.renew(holder, now);
    await claims.release(holder);
    expect((await row())?.claim).toEqual({ holder: 'c', isOver: false });
    await claims.release('c', id);
    expect((await row())?.claim).toBeNull();
  });

  it('lets a claim run out after 30 s, by the clock that all who share the database share', async () => {
    await claims.take(id, { holder: 'a', from: null, now: at(0) });
    // Whatever this machine's clock says, PostgreSQL goes by its own.
    expect((await row(at(31)))?.claim?.isOver).toBe(database === 'sqlite');
    await connection.db.provider.update({ where: { id }, data: { watchUntil: new Date(at(0).getTime() - 1) } });
    expect((await row())?.claim).toEqual({ holder: 'a', isOver: true });
    await claims.renew('a', at(0));
    expect((await row())?.claim).toEqual({ holder: 'a', isOver: false });
    await claims.release('a');
  });

  it('tells that a run is under way', async () => {
    const lease = await repository.acquireLease(id, { holder: 'r', now: at(0), ttlMs: 30_000 });
    expect((await row())?.isRunning).toBe(true);
    await repository.releaseLease(id, lease);
    expect((await row())?.isRunning).toBe(false);
  });

  it('counts failures, tells when to try again on the clock of who asks, and forgets them after a run that got through', async () => {
    await claims.recordFailure(id, { now: at(0), retryAfterMs: 60_000, pauseReason: null });
    await claims.recordFailure(id, { now: at(0), retryAfterMs: 60_000, pauseReason: 'refused' });
    const failed = await row();
    expect(failed).toMatchObject({ failures: 2, pausedAt: expect.any(Date), pauseReason: 'refused' });
    expect(Math.abs((failed?.retryAt?.getTime() ?? 0) - at(60).getTime())).toBeLessThan(10_000);
    await repository.apply(plan(id, { run: { id: 'failed-run', outcome: 'failed' } }));
    expect(await row()).toMatchObject({ failures: 2, pauseReason: 'refused' });
    await repository.apply(plan(id, { run: { id: 'good-run' } }));
    expect(await row()).toMatchObject({ failures: 0, retryAt: null, pausedAt: null, pauseReason: null });
  });

  it('counts the last failures of one kind, and knows the last full run', async () => {
    const refused = { code: 'unauthenticated', message: 'no' };
    const run = (name: string, second: number, changes: object) =>
      repository.apply(plan(id, { run: { id: name, startedAt: at(second), finishedAt: at(second + 1), ...changes } }));
    const all = ['nodes', 'vms', 'containers', 'storage', 'tasks'];
    await run('full', 100, { requested: all });
    await run('part', 110, { requested: ['tasks'] });
    await run('partial', 120, { requested: all, trigger: 'feed' });
    expect(await claims.lastFullRunAt(id, 5)).toEqual(at(100));
    expect(await claims.countFailures(id, 'unauthenticated', 3)).toBe(0);
    await run('refused-1', 130, { outcome: 'failed', error: refused });
    await run('refused-2', 140, { outcome: 'failed', error: refused });
    expect(await claims.countFailures(id, 'unauthenticated', 3)).toBe(2);
    await run('refused-3', 150, { outcome: 'failed', error: refused });
    await run('refused-4', 160, { outcome: 'failed', error: refused });
    expect(await claims.countFailures(id, 'unauthenticated', 3)).toBe(3);
  });

  it('leaves out providers that were removed', async () => {
    await connection.db.provider.update({ where: { id }, data: { removedAt: at(200), removedKey: id } });
    expect(await claims.list(at(200))).toEqual([]);
    expect(await claims.lastFullRunAt('nobody', 5)).toBeNull();
  });
});
