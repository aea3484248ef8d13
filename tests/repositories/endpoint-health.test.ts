import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Connection, openDatabase } from '../../src/repositories/db/database.ts';
import { InventoryRepository } from '../../src/repositories/inventory/inventory-repository.ts';
import { EndpointHealthRepository } from '../../src/repositories/providers/endpoint-health.ts';
import { ProviderRepository } from '../../src/repositories/providers/provider-repository.ts';
import type { EndpointReport } from '../../src/types/endpoint.ts';
import { at, CONFIG } from '../helpers/plans.ts';
import { databaseAt } from '../helpers/postgres.ts';
import { tempDir } from '../helpers/temp.ts';

const dir = tempDir();
/** BEGIN, one statement, COMMIT. */
const TRANSACTION = 3;

const GOOD: EndpointReport = {
  url: 'https://192.0.2.1:8006',
  node: 'pve1',
  isConfigured: true,
  fingerprint: 'AA:BB',
  certificateEndsAt: at(99),
  lastOkAt: at(0),
  lastFailedAt: null,
  failures: 0,
  error: null,
  retryAt: null,
};
const BAD: EndpointReport = {
  ...GOOD,
  url: 'https://[2001:db8::2]:8006',
  node: 'pve2',
  isConfigured: false,
  fingerprint: null,
  certificateEndsAt: null,
  lastOkAt: null,
  lastFailedAt: at(1),
  failures: 3,
  error: 'the connection was refused (ECONNREFUSED)',
  retryAt: at(121),
};

describe('EndpointHealthRepository', () => {
  let connection: Connection;
  let repository: EndpointHealthRepository;
  let id: string;
  beforeAll(async () => {
    connection = await openDatabase(await databaseAt(path.join(dir, 'endpoints.db')));
    repository = new EndpointHealthRepository(connection);
    ({ id } = await new ProviderRepository(connection, () => '').add(CONFIG, { now: at(0) }));
  });
  afterAll(() => connection.close());

  async function statementsOf(work: () => Promise<unknown>): Promise<number> {
    const before = connection.statementCount();
    await work();
    return connection.statementCount() - before;
  }

  it('keeps every field, configured addresses first, in one transaction', async () => {
    expect(await repository.load('home')).toEqual([]);
    expect(await statementsOf(() => repository.save(id, [], [BAD, GOOD]))).toBe(TRANSACTION);
    expect(await repository.load('home')).toEqual([GOOD, BAD]);
    expect(await new InventoryRepository(connection).listEndpoints(id)).toEqual([
      { providerId: id, ...GOOD },
      { providerId: id, ...BAD },
    ]);
    expect(await repository.load('other')).toEqual([]);
  });

  it('writes nothing for an answer less than a minute after the one that is stored', async () => {
    const stored = await repository.load('home');
    const soon = stored.map((report) => (report.isConfigured ? { ...report, lastOkAt: at(59) } : report));
    expect(await statementsOf(() => repository.save(id, stored, soon))).toBe(0);
    // What is given back is what is stored, so that small steps add up.
    const kept = await repository.save(id, stored, soon);
    expect(kept).toEqual(stored);
    const later = soon.map((report) => (report.isConfigured ? { ...report, lastOkAt: at(61) } : report));
    expect(await statementsOf(() => repository.save(id, kept, later))).toBe(TRANSACTION);
    expect((await repository.load('home'))[0]).toMatchObject({ lastOkAt: at(61) });
  });

  it.each([
    [{ failures: 4 }],
    [{ error: 'reset' }],
    [{ retryAt: at(500) }],
    [{ fingerprint: 'CC:DD' }],
    [{ certificateEndsAt: at(100) }],
    [{ node: 'pve9' }],
  ])('writes that %j', async (change) => {
    const stored = await repository.load('home');
    const [first, second] = stored;
    if (!first || !second) throw new Error('two are stored');
    await repository.save(id, stored, [first, { ...second, ...change }]);
    expect((await repository.load('home'))[1]).toEqual({ ...second, ...change });
  });

  it('drops addresses that are known no more, and all of them when told to', async () => {
    const stored = await repository.load('home');
    await repository.save(id, stored, stored.slice(0, 1));
    expect(await repository.load('home')).toHaveLength(1);
    await repository.forget(id);
    expect(await repository.load('home')).toEqual([]);
  });
});
