import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { DiscoverOptions, Provider } from '../../src/providers/provider.ts';
import { rules } from '../../src/providers/proxmox/rules/rules.ts';
import { type Connection, openDatabase } from '../../src/repositories/db/database.ts';
import { SyncRepository } from '../../src/repositories/sync/sync-repository.ts';
import { withLease } from '../../src/services/sync/lease.ts';
import { SyncService } from '../../src/services/sync/sync-service.ts';
import { AppError } from '../../src/types/errors.ts';
import type { AbsenceProbe, Observation } from '../../src/types/observation.ts';
import { MASK_KEY } from '../helpers/mask-key.ts';
import { CONFIG } from '../helpers/plans.ts';
import { databaseAt } from '../helpers/postgres.ts';
import { minute, observe, task, vm } from '../helpers/sync-state.ts';
import { tempDir } from '../helpers/temp.ts';

const dir = tempDir();
let count = 0;
let connection: Connection;
let repository: SyncRepository;
const opened: Connection[] = [];

beforeEach(async () => {
  connection = await openDatabase(await databaseAt(path.join(dir, `service-${count++}.db`)));
  opened.push(connection);
  repository = new SyncRepository(connection);
});
afterAll(() => Promise.all(opened.map((one) => one.close())));

type Answer = Observation | ((options: DiscoverOptions) => Promise<Observation>);

/** Answers with the observations given, one a run. */
class ScriptedProvider
  implements
    Pick<
      Provider,
      'discover' | 'probeAbsent' | 'probeStorages' | 'poll' | 'discoverChanged' | 'readLog' | 'readDetails'
    >
{
  readonly answers: Answer[];
  readonly asked: DiscoverOptions[] = [];
  readonly probed: number[][] = [];
  probe: AbsenceProbe = 'gone';

  constructor(...answers: Answer[]) {
    this.answers = answers;
  }

  async discover(options: DiscoverOptions): Promise<Observation> {
    this.asked.push(options);
    const answer = this.answers.shift();
    if (answer === undefined) throw new Error('no answer is left');
    return typeof answer === 'function' ? answer(options) : { ...answer, requested: options.scopes };
  }

  poll(): Promise<never> {
    throw new Error('the feeds are not asked');
  }

  readLog(): Promise<never> {
    throw new Error('the feeds are not asked');
  }

  discoverChanged(): Promise<never> {
    throw new Error('the feeds are not asked');
  }

  readDetails(): Promise<never> {
    throw new Error('no details are asked');
  }

  async probeStorages(names: readonly string[]): Promise<ReadonlyMap<string, AbsenceProbe>> {
    return new Map(names.map((name) => [name, this.probe]));
  }

  async probeAbsent(guests: readonly { nativeId: string }[]): Promise<ReadonlyMap<string, AbsenceProbe>> {
    this.probed.push(guests.map(({ nativeId }) => Number(nativeId)));
    return new Map(guests.map(({ nativeId }) => [nativeId, this.probe]));
  }
}

let ids = 0;

function serviceOf(provider: ScriptedProvider, holder = '1@here'): SyncService {
  const newId = () => `id${String(++ids).padStart(14, '0')}`;
  return new SyncService({
    rules,
    provider,
    repository,
    config: CONFIG,
    maskKey: MASK_KEY,
    clock: () => new Date(minute(60).getTime() + ids),
    newId,
    holder,
    isDead: (other) => other === 'dead@here',
  });
}

async function runs() {
  return connection.db.syncRun.findMany({ orderBy: { id: 'asc' } });
}

async function leaseHolder(): Promise<string | null | undefined> {
  return (await connection.db.provider.findFirst())?.leaseHolder;
}

const GUESTS = [vm(100), vm(101)];

describe('SyncService', () => {
  it('discovers, stores, and finds nothing new the second time', async () => {
    const provider = new ScriptedProvider(observe(0, { guests: GUESTS }), observe(5, { guests: GUESTS }));
    const service = serviceOf(provider);
    const messages: string[] = [];
    const first = await service.syncAll({ onProgress: (message) => messages.push(message) });
    const second = await service.syncAll({ trigger: 'auto' });

    expect(first).toMatchObject({ success: true, outcome: 'complete', providerName: 'home', summary: { new: 2 } });
    expect(second.summary).toMatchObject({ new: 0, existing: 2 });
    expect(await connection.db.revision.count()).toBe(1);
    expect(await runs()).toMatchObject([
      { trigger: 'manual', rev: 1 },
      { trigger: 'auto', rev: null },
    ]);
    expect(provider.asked[0]).toMatchObject({
      maskKey: MASK_KEY,
      scopes: ['nodes', 'vms', 'containers', 'storage', 'tasks'],
    });
    expect(provider.asked[0]?.onProgress).toBeDefined();
    expect(provider.probed).toEqual([]);
    expect(await leaseHolder()).toBeNull();
  });

  it.each([
    ['syncNodes', 'nodes'],
    ['syncVMs', 'vms'],
    ['syncContainers', 'containers'],
    ['syncStorage', 'storage'],
    ['syncTasks', 'tasks'],
  ] as const)('%s asks for %s alone', async (method, scope) => {
    const provider = new ScriptedProvider(observe(0));
    expect(await serviceOf(provider)[method]()).toMatchObject({ success: true });
    expect(provider.asked[0]?.scopes).toEqual([scope]);
  });

  it('asks about missing guests before it calls them gone', async () => {
    const tasks = [task('qmdestroy', 100, 4)];
    const answers = [
      observe(0, { guests: GUESTS.concat(vm(102), vm(103)) }),
      observe(5, { guests: [vm(102)], records: tasks }),
    ];
    const provider = new ScriptedProvider(...answers);
    const service = serviceOf(provider);
    await service.syncAll();
    const messages: string[] = [];
    const { removedHosts } = await service.syncAll({ onProgress: (message) => messages.push(message) });
    // 100 was destroyed by a task.
    expect(provider.probed).toEqual([[101, 103]]);
    expect(new Set(removedHosts.map(({ vmid }) => vmid))).toEqual(new Set([100, 101, 103]));
    expect(messages).toEqual(['asking about 2 missing guests']);
  });

  it('hands over that removals are accepted', async () => {
    const provider = new ScriptedProvider(observe(0, { guests: GUESTS }), observe(5), observe(6));
    const service = serviceOf(provider);
    await service.syncAll();
    expect(await service.syncAll()).toMatchObject({ outcome: 'guarded', summary: { removed: 0 } });
    expect(await service.syncAll({ acceptRemovals: true })).toMatchObject({
      outcome: 'complete',
      summary: { removed: 2 },
    });
  });

  it('records a run that failed, and nothing else', async () => {
    const down = new AppError('unreachable', 'pve1 did not answer', { hint: 'is it on?', retryable: true });
    const provider = new ScriptedProvider(observe(0, { guests: GUESTS }), () => Promise.reject(down));
    const service = serviceOf(provider);
    await service.syncAll();
    const before = await connection.db.guest.findMany();
    const result = await service.syncAll();

    expect(result).toMatchObject({
      success: false,
      outcome: 'failed',
      error: { code: 'unreachable', message: 'pve1 did not answer', hint: 'is it on?', retryable: true },
      newHosts: [],
      summary: { total: 0 },
    });
    expect((await runs())[1]).toMatchObject({
      outcome: 'failed',
      rev: null,
      error: { code: 'unreachable', message: 'pve1 did not answer', hint: 'is it on?' },
    });
    expect(await connection.db.guest.findMany()).toEqual(before);
    expect(await leaseHolder()).toBeNull();
  });

  it('refuses another cluster, and keeps the inventory', async () => {
    const identity = { clusterName: 'other', nodeNames: ['x'], rootCa: null, certificates: [] };
    const service = serviceOf(new ScriptedProvider(observe(0, { guests: GUESTS }), observe(5, { identity })));
    await service.syncAll();
    expect(await service.syncAll()).toMatchObject({ outcome: 'failed', error: { code: 'wrong-cluster' } });
    expect((await runs())[1]).toMatchObject({ outcome: 'failed' });
    expect(await connection.db.guest.count({ where: { presence: 'present' } })).toBe(2);
  });

  it('says who holds the lease, and records nothing', async () => {
    const { id } = await repository.ensureProvider(CONFIG, minute(0));
    const holder = `${process.pid}@elsewhere.example`;
    await repository.acquireLease(id, { holder, now: minute(60), ttlMs: 600_000 });
    const result = await serviceOf(new ScriptedProvider()).syncAll();
    expect(result).toMatchObject({
      outcome: 'failed',
      error: { code: 'locked', message: expect.stringContaining(holder) },
    });
    expect(await runs()).toEqual([]);
    expect(await leaseHolder()).toBe(holder);
  });

  it('takes over the lease of a process that is dead', async () => {
    const { id } = await repository.ensureProvider(CONFIG, minute(0));
    await repository.acquireLease(id, { holder: 'dead@here', now: minute(60), ttlMs: 600_000 });
    expect(await serviceOf(new ScriptedProvider(observe(0))).syncAll()).toMatchObject({ outcome: 'complete' });
  });

  it('stores nothing of a run whose lease was taken over', async () => {
    const provider = new ScriptedProvider(async () => {
      await connection.db.provider.updateMany({ data: { leaseHolder: '2@there' } });
      return observe(0, { guests: GUESTS });
    });
    expect(await serviceOf(provider).syncAll()).toMatchObject({ outcome: 'failed', error: { code: 'locked' } });
    expect(await connection.db.guest.count()).toBe(0);
    expect(await leaseHolder()).toBe('2@there');
  });

  it('throws when it is interrupted, before and during a run, and stores nothing', async () => {
    const controller = new AbortController();
    const provider = new ScriptedProvider(async () => {
      controller.abort();
      return observe(0, { guests: GUESTS });
    });
    await expect(serviceOf(provider).syncAll({ signal: controller.signal })).rejects.toMatchObject({
      code: 'interrupted',
    });
    await expect(serviceOf(provider).syncAll({ signal: controller.signal })).rejects.toMatchObject({
      code: 'interrupted',
    });
    expect(await runs()).toEqual([]);
    expect(await connection.db.provider.count()).toBe(0);
  });

  it('throws an interruption that the provider tells of', async () => {
    const stopped = new AppError('interrupted', 'stopped');
    await expect(serviceOf(new ScriptedProvider(() => Promise.reject(stopped))).syncAll()).rejects.toBe(stopped);
    expect(await runs()).toEqual([]);
  });

  it('lets a bug through, and gives the lease back', async () => {
    const service = serviceOf(new ScriptedProvider(observe(0, { guests: GUESTS })));
    await service.syncAll();
    await expect(service.syncAll()).rejects.toThrow('no answer is left');
    expect(await leaseHolder()).toBeNull();
  });

  it('leaves nothing of a first contact that fails, however it ends', async () => {
    const refused = () => Promise.reject(new AppError('unauthenticated', 'refused'));
    const result = await serviceOf(new ScriptedProvider(refused)).syncAll();
    expect(result).toMatchObject({ providerId: '', outcome: 'failed', error: { code: 'unauthenticated' } });
    await expect(serviceOf(new ScriptedProvider()).syncAll()).rejects.toThrow('no answer is left');
    expect([await connection.db.provider.count(), await runs()]).toEqual([0, []]);
  });

  it('records a failure of what a run has read before, or another process is at work on', async () => {
    const refused = () => Promise.reject(new AppError('unauthenticated', 'refused'));
    const known = serviceOf(new ScriptedProvider(observe(0, { guests: GUESTS }), refused));
    await known.syncAll();
    expect(await known.syncAll()).toMatchObject({ providerId: expect.stringMatching(/./), outcome: 'failed' });
    expect(await runs()).toMatchObject([{ outcome: 'complete' }, { outcome: 'failed' }]);
    await connection.db.provider.deleteMany();
    const watched = serviceOf(
      new ScriptedProvider(async () => {
        await connection.db.provider.updateMany({ data: { watchHolder: '2@there' } });
        return refused();
      }),
    );
    expect(await watched.syncAll()).toMatchObject({ outcome: 'failed' });
    expect(await runs()).toMatchObject([{ outcome: 'failed' }]);
  });
});

describe('withLease', () => {
  // Before the next test opens its database: drivers wait with timers.
  afterEach(() => {
    jest.useRealTimers();
  });

  function leaseOf(renewLease: () => Promise<void>) {
    return {
      acquireLease: jest.fn(async () => ({ holder: '1@here', token: 1 })),
      renewLease: jest.fn(renewLease),
      releaseLease: jest.fn(async () => undefined),
    };
  }

  const options = { providerId: 'p', holder: '1@here', isDead: () => false, clock: () => minute(0), signal: undefined };

  it('renews a lease for as long as the work takes', async () => {
    jest.useFakeTimers();
    const lease = leaseOf(async () => undefined);
    const result = await withLease({ ...options, repository: lease }, async () => {
      await jest.advanceTimersByTimeAsync(61_000);
      return 'done';
    });
    expect(result).toBe('done');
    expect(lease.renewLease).toHaveBeenCalledTimes(6);
    await jest.advanceTimersByTimeAsync(61_000);
    expect(lease.renewLease).toHaveBeenCalledTimes(6);
    expect(lease.releaseLease).toHaveBeenCalledTimes(1);
  });

  it('ends the work when the lease is lost, with the reason', async () => {
    jest.useFakeTimers();
    const lost = new AppError('locked', 'taken over');
    const lease = leaseOf(() => Promise.reject(lost));
    const run = withLease({ ...options, repository: lease }, async (signal) => {
      await jest.advanceTimersByTimeAsync(21_000);
      signal.throwIfAborted();
    });
    await expect(run).rejects.toBe(lost);
    const late = withLease({ ...options, repository: lease }, async () => {
      await jest.advanceTimersByTimeAsync(21_000);
      throw new Error('cut off');
    });
    await expect(late).rejects.toBe(lost);
  });

  it('goes on while the database is away for less than the lease lasts, and then gives up', async () => {
    jest.useFakeTimers();
    const away = new AppError('database', 'The database does not answer', { retryable: true });
    let isAway = true;
    const lease = leaseOf(async () => {
      if (isAway) throw away;
    });
    const work = async (signal: AbortSignal) => {
      await jest.advanceTimersByTimeAsync(21_000);
      signal.throwIfAborted();
      isAway = false;
      await jest.advanceTimersByTimeAsync(10_000);
      isAway = true;
      await jest.advanceTimersByTimeAsync(20_000);
      signal.throwIfAborted();
      await jest.advanceTimersByTimeAsync(10_000);
      signal.throwIfAborted();
    };
    await expect(withLease({ ...options, repository: lease }, work)).rejects.toBe(away);
    expect(lease.renewLease).toHaveBeenCalledTimes(6);
  });

  it('keeps what was done when the lease cannot be given back', async () => {
    const lease = { ...leaseOf(async () => undefined), releaseLease: () => Promise.reject(new Error('gone')) };
    expect(await withLease({ ...options, repository: lease }, async (_signal, { token }) => token)).toBe(1);
  });
});
