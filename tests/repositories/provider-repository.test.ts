import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Connection, openDatabase } from '../../src/repositories/database.ts';
import { ProviderRepository } from '../../src/repositories/provider-repository.ts';
import { SyncRepository } from '../../src/repositories/sync-repository.ts';
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
    repository = new ProviderRepository(connection);
  });
  afterAll(() => connection.close());

  it('adds, and refuses a name that is taken', async () => {
    const { id } = await repository.add(CONFIG, { now: at(0), discoverInterval: 300 });
    expect(await connection.db.provider.findMany()).toMatchObject([
      { id, name: 'home', discoverInterval: 300, createdAt: at(0), leaseHolder: null },
    ]);
    await expect(repository.add(CONFIG, { now: at(1) })).rejects.toMatchObject({ code: 'configuration' });
    await repository.add({ ...CONFIG, name: 'work' }, { now: at(1) });
  });

  it('changes what it is told to, and nothing else', async () => {
    await repository.update('home', { endpoints: ['https://a:8006', 'https://b:8006'], discoverInterval: null });
    await repository.update('home', {
      tls: { mode: 'insecure' },
      credential: { kind: 'password', user: 'a@pam', passwordRef: 'env:P' },
    });
    expect(
      await connection.db.provider.findUnique({ where: { name_removedKey: { name: 'home', removedKey: '' } } }),
    ).toMatchObject({
      endpoints: ['https://a:8006', 'https://b:8006'],
      tls: { mode: 'insecure' },
      credential: { kind: 'password', user: 'a@pam', passwordRef: 'env:P' },
      discoverInterval: null,
    });
    await expect(repository.update('home', { name: 'work' })).rejects.toMatchObject({ code: 'configuration' });
    await repository.update('home', { name: 'house' });
    await expect(repository.update('home', {})).rejects.toMatchObject({
      code: 'not-found',
      message: 'There is no provider home',
    });
  });

  it('removes a provider with what it held, and keeps the history', async () => {
    const sync = new SyncRepository(connection);
    const { id } = await sync.ensureProvider({ ...CONFIG, name: 'house' }, at(2));
    await sync.apply(plan(id, { guests: [guest('g1', 100)], nodes: [node('n1', 'pve1')], changes: [change('g1')] }));
    await repository.remove('house');
    expect([
      await connection.db.guest.count(),
      await connection.db.node.count(),
      await connection.db.syncRun.count(),
    ]).toEqual([0, 0, 0]);
    expect(await connection.db.change.count()).toBe(1);
    expect(await recomputeChain(connection)).toMatch(/^[0-9a-f]{64}$/);
    await expect(repository.remove('house')).rejects.toMatchObject({ code: 'not-found' });
  });
});
