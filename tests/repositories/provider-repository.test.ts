import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Connection, openDatabase } from '../../src/repositories/db/database.ts';
import { InventoryRepository } from '../../src/repositories/inventory/inventory-repository.ts';
import type { ProviderState } from '../../src/repositories/inventory/provider-rows.ts';
import { ProviderRepository } from '../../src/repositories/providers/provider-repository.ts';
import { SyncRepository } from '../../src/repositories/sync/sync-repository.ts';
import { recomputeChain } from '../helpers/chain.ts';
import { at, CONFIG, change, guest, node, plan } from '../helpers/plans.ts';
import { databaseAt } from '../helpers/postgres.ts';
import { tempDir } from '../helpers/temp.ts';

const dir = tempDir();

describe('ProviderRepository', () => {
  let connection: Connection;
  let repository: ProviderRepository;
  beforeAll(async () => {
    connection = await openDatabase(await databaseAt(path.join(dir, 'providers.db')));
    repository = new ProviderRepository(connection, ({ rev }) => `seal ${rev}`);
  });
  afterAll(() => connection.close());

  /** As the inventory reads it; a provider that is not there any more keeps its last settings. */
  async function stored(name: string) {
    const all = await new InventoryRepository(connection).listProviders();
    const found = all.findLast((one) => one.name === name) ?? all.find(({ id }) => id === last.get(name)?.id);
    const row = found ?? last.get(name);
    if (row === undefined) throw new Error(`no provider ${name}`);
    last.set(name, row);
    return { ...row, name };
  }
  const last = new Map<string, ProviderState>();

  it('adds, and refuses a name that is taken', async () => {
    const { id } = await repository.add(CONFIG, { now: at(0), discoverInterval: 300 });
    expect(await connection.db.provider.findMany()).toMatchObject([
      { id, name: 'home', discoverInterval: 300, createdAt: at(0), leaseHolder: null },
    ]);
    await expect(repository.add(CONFIG, { now: at(1) })).rejects.toMatchObject({ code: 'configuration' });
    await repository.add({ ...CONFIG, name: 'work' }, { now: at(1) });
  });

  it('changes what it is told to, and nothing else', async () => {
    await repository.update(
      await stored('home'),
      { endpoints: ['https://a:8006', 'https://b:8006'], discoverInterval: null },
      at(1),
    );
    await repository.update(
      await stored('home'),
      {
        tls: { mode: 'insecure' },
        credential: { kind: 'password', user: 'a@pam', passwordRef: 'env:P' },
      },
      at(1),
    );
    expect(
      await connection.db.provider.findUnique({ where: { name_removedKey: { name: 'home', removedKey: '' } } }),
    ).toMatchObject({
      endpoints: ['https://a:8006', 'https://b:8006'],
      tls: { mode: 'insecure' },
      credential: { kind: 'password', user: 'a@pam', passwordRef: 'env:P' },
      discoverInterval: null,
    });
    await expect(repository.update(await stored('home'), { name: 'work' }, at(1))).rejects.toMatchObject({
      code: 'configuration',
    });
    await repository.update(await stored('home'), { name: 'house' }, at(1));
    await expect(repository.update(await stored('home'), {}, at(1))).rejects.toMatchObject({
      code: 'not-found',
      message: 'There is no provider home',
    });
  });

  it('ends a pause when it is enabled, and when its credential changes', async () => {
    const pause = () =>
      connection.db.provider.updateMany({
        where: { name: 'work' },
        data: { pausedAt: at(1), pauseReason: '401', failures: 3, retryAt: at(9) },
      });
    const paused = () => connection.db.provider.findFirstOrThrow({ where: { name: 'work' } });
    const resumed = { pausedAt: null, pauseReason: null, failures: 0, retryAt: null };
    await pause();
    await repository.update(await stored('work'), { discoverInterval: 5 }, at(1));
    expect(await paused()).toMatchObject({ pausedAt: at(1), failures: 3 });
    await repository.update(
      await stored('work'),
      { credential: { kind: 'token', tokenId: 'a@pve!b', secretRef: 'env:S' } },
      at(1),
    );
    expect(await paused()).toMatchObject(resumed);
    await pause();
    await repository.setEnabled('work', false, at(2));
    expect(await paused()).toMatchObject({ isEnabled: false, pausedAt: at(1) });
    await repository.setEnabled('work', true, at(2));
    expect(await paused()).toMatchObject({ isEnabled: true, ...resumed });
  });

  it('puts a provider away with all that is recorded, wipes the reference to its secret, and frees its name', async () => {
    const sync = new SyncRepository(connection);
    const { id } = await sync.ensureProvider({ ...CONFIG, name: 'house' }, at(2));
    await sync.apply(plan(id, { guests: [guest('g1', 100)], nodes: [node('n1', 'pve1')], changes: [change('g1')] }));
    await sync.acquireLease(id, { holder: '1@here', now: at(2), ttlMs: 60_000 });
    await repository.remove(await stored('house'), at(3));
    expect(await connection.db.provider.findUniqueOrThrow({ where: { id } })).toMatchObject({
      name: 'house',
      removedKey: id,
      removedAt: at(3),
      leaseHolder: null,
      leaseUntil: null,
      credential: { secretRef: '' },
    });
    expect([await connection.db.guest.count(), await connection.db.syncRun.count()]).toEqual([1, 1]);
    expect(await recomputeChain(connection)).toMatch(/^[0-9a-f]{64}$/);
    const late = { lease: { holder: '1@here', token: 1 } };
    await expect(sync.apply(plan(id, { run: { id: 'late' } }), late)).rejects.toMatchObject({
      code: 'locked',
    });
    await expect(sync.acquireLease(id, { holder: '2@here', now: at(3), ttlMs: 60_000 })).rejects.toMatchObject({
      code: 'not-found',
    });
    await expect(repository.remove(await stored('house'), at(4))).rejects.toMatchObject({ code: 'not-found' });
    const again = await repository.add({ ...CONFIG, name: 'house' }, { now: at(4) });
    expect(again.id).not.toBe(id);
  });

  it('does not bring a removed provider back, nor write the settings that a process had of one', async () => {
    const sync = new SyncRepository(connection);
    const { id } = await repository.add({ ...CONFIG, name: 'gone' }, { now: at(5) });
    await repository.update(await stored('gone'), { endpoints: ['https://new:8006'] }, at(1));
    await sync.ensureProvider({ ...CONFIG, id, name: 'gone' }, at(6));
    expect(await connection.db.provider.findUniqueOrThrow({ where: { id } })).toMatchObject({
      endpoints: ['https://new:8006'],
    });
    await repository.remove(await stored('gone'), at(7));
    await expect(sync.ensureProvider({ ...CONFIG, id, name: 'gone' }, at(8))).rejects.toMatchObject({
      code: 'not-found',
      message: 'Provider gone was removed',
    });
  });
});
