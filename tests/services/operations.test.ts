import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { App } from '../../src/app/app.ts';
import { openWorker, type WorkerOptions } from '../../src/app/open-operations.ts';
import { openDatabase } from '../../src/repositories/db/database.ts';
import type { OperationService } from '../../src/services/operations/operation-service.ts';
import type { Operation, QueuedKind } from '../../src/types/operation.ts';
import { addLine, NO_ENVIRONMENT, secretOf } from '../helpers/stored-provider.ts';
import { openWorld, type World } from '../helpers/world.ts';
import { until } from '../watch/processes.ts';

// Loaded when an operation is asked for or performed: see world.ts.
import '../../src/app/perform-operation.ts';
import '../../src/services/operations/operation-service.ts';
import '../../src/services/operations/worker.ts';

const ALICE = { name: 'alice', via: 'web', address: null } as const;
/** Longer than it takes to end an operation; the lab is not closed before. */
const HANG_MS = 8000;
const BOB = { name: 'bob', via: 'api', address: null } as const;

let world: World;
let app: App;
let operations: OperationService;
const signal = new AbortController().signal;

beforeAll(async () => {
  world = await openWorld({ vms: 12 });
  await rollcall(addLine(world, 'prod'));
  await rollcall('discover-all');
  let ids = 0;
  const env = { ...world.env, ...environment() };
  const machine = { env, cwd: world.dir, signal, clock: () => world.clock.now(), newId: () => `new${++ids}` };
  app = new App(machine, { warn: () => undefined, note: () => undefined });
  app.configure({ isMaker: true, env, flags: {}, providers: [] });
  operations = await app.operations();
});
afterAll(() => app.close());
beforeEach(() => {
  world.lab.faults.clear();
});

const environment = () => ({ ...NO_ENVIRONMENT, SECRET: secretOf(world.lab.token) });
const rollcall = (line: string) => world.rollcall(line, { env: environment() });

/** Runs a worker while `work` is done. */
async function withWorker<T>(
  work: (stopping: { stop: () => void; abort: () => void; ended: Promise<void> }) => Promise<T>,
  options: Partial<WorkerOptions> = {},
): Promise<T> {
  const [stop, abort] = [new AbortController(), new AbortController()];
  const worker = await openWorker(app, { say: () => undefined, ...options });
  const ended = worker.run({ stop: stop.signal, abort: abort.signal });
  try {
    return await work({ stop: () => stop.abort(), abort: () => abort.abort(), ended });
  } finally {
    stop.abort();
    abort.abort();
    await ended;
  }
}

const ask = (kind: QueuedKind, parameters: unknown = {}, by: typeof ALICE | typeof BOB = ALICE) =>
  operations.request({ kind, provider: 'prod', parameters, by });

/** Asks, and performs it. */
async function perform(kind: QueuedKind, parameters: unknown = {}, options: Partial<WorkerOptions> = {}) {
  const { id } = await ask(kind, parameters);
  return withWorker(() => endOf(id), options);
}

/** One that is performed, once it has ended. */
async function endOf(id: string): Promise<Operation> {
  await until('it has ended', async () => (await operations.get(id)).finishedAt !== null);
  return operations.get(id);
}

async function stateOf(id: string): Promise<Operation['state']> {
  return (await operations.get(id)).state;
}

/** What changes with each run. */
function lasting(result: unknown): unknown {
  return { ...(result as object), runId: '', syncedAt: '' };
}

describe('a sync', () => {
  it('ends with what discover-all prints, and tells who asked', async () => {
    let stored = 0;
    const done = await perform('sync', {}, { onStored: () => void stored++ });
    expect(done).toMatchObject({ state: 'done', requestedBy: 'alice', requestedVia: 'web', error: null });
    expect(done.progress).toMatchObject({ step: expect.stringMatching(/./) });
    const [printed] = (await rollcall('discover-all -o json')).rows;
    expect(lasting(done.result)).toEqual(lasting(printed));
    expect(stored).toBe(1);
  });

  it('reads only the scopes that were asked for', async () => {
    world.lab.clearRequests();
    const done = await perform('sync', { scopes: ['storage', 'nodes'] });
    expect(done).toMatchObject({ state: 'done', parameters: { scopes: ['nodes', 'storage'] } });
    expect(world.lab.requests.filter(({ path }) => /\/(?:qemu|lxc)\/\d+\/config/.test(path))).toEqual([]);
    expect(done.result).toMatchObject({ outcome: 'complete', summary: { total: 0 } });
  });

  it('accepts removals only where somebody says so', async () => {
    const { lab } = world;
    const admin = lab.as('admin@pve');
    for (const { vmid, haState } of lab.guests()) if (haState !== null) admin.setHa(vmid, null);
    const doomed = lab
      .guests()
      .filter(({ kind, vmid, config }) => kind === 'qemu' && vmid < 106 && !config['template']);
    for (const { vmid, power } of doomed) {
      if (power !== 'stopped') admin.stop(vmid);
      admin.destroy(vmid);
    }
    // Without the tasks there is no evidence but their absence.
    lab.faults.add({ match: /GET \/.*(tasks|log)/, effect: { kind: 'empty-list' } });
    const held = await perform('sync');
    expect(held).toMatchObject({ state: 'done', result: { outcome: 'guarded', removedHosts: [] } });
    const accepted = await perform('sync', { acceptRemovals: true });
    expect(accepted).toMatchObject({ state: 'done', result: { outcome: 'complete', held: [] } });
    expect((accepted.result as { removedHosts: unknown[] }).removedHosts).toHaveLength(doomed.length);
  });

  it('that fails says why, and has its result all the same', async () => {
    world.lab.faults.add({ match: /^GET/, effect: { kind: 'status', status: 401 } });
    const failed = await perform('sync');
    expect(failed).toMatchObject({
      state: 'failed',
      error: { code: 'unauthenticated' },
      result: { outcome: 'failed', providerName: 'prod' },
    });
  });

  it('waits for the run of another process', async () => {
    const connection = await openDatabase(world.databaseUrl);
    const leaseUntil = new Date(Date.now() + 3_600_000);
    await connection.db.provider.updateMany({ data: { leaseHolder: '7@elsewhere#aa.bb', leaseUntil } });
    const { id } = await ask('sync');
    const done = await withWorker(async () => {
      await until('it waits', async () => (await operations.get(id)).progress?.step.startsWith('waiting: '));
      expect((await operations.get(id)).progress?.step).toContain('is being synced by 7@elsewhere');
      expect(await stateOf(id)).toBe('running');
      await connection.db.provider.updateMany({ data: { leaseHolder: null, leaseUntil: null } });
      return endOf(id);
    });
    await connection.close();
    expect(done).toMatchObject({ state: 'done', result: { outcome: 'complete' } });
  });

  it('ends as failed when another process runs for too long', async () => {
    const connection = await openDatabase(world.databaseUrl);
    const leaseUntil = new Date(Date.now() + 3_600_000);
    await connection.db.provider.updateMany({ data: { leaseHolder: '7@elsewhere#aa.bb', leaseUntil } });
    expect(await perform('sync', {}, { waitMs: 0 })).toMatchObject({ state: 'failed', error: { code: 'locked' } });
    await connection.db.provider.updateMany({ data: { leaseHolder: null, leaseUntil: null } });
    await connection.close();
  });
});

describe('a test', () => {
  it('ends with the steps that providers test prints, also where some fail', async () => {
    const done = await perform('test');
    const printed = (await rollcall('providers test prod -o json')).rows;
    const steps = done.result as { step: string; message: string }[];
    // The time at which the certificate ends is in UTC there, and local here.
    const comparable = (all: readonly object[]) =>
      all.map((one) => ({ ...one, ...('step' in one && one.step === 'tls' && { message: '' }) }));
    expect(comparable(steps)).toEqual(comparable(printed));
    expect(steps.find(({ step }) => step === 'tls')?.message).toMatch(/ends \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC, in /);
    world.lab.faults.add({ match: /^GET/, effect: { kind: 'status', status: 401 } });
    const refused = await perform('test');
    expect(refused).toMatchObject({ state: 'done', error: null });
    expect(refused.result).toContainEqual(expect.objectContaining({ step: 'authentication', ok: false }));
  });
});

describe('trust', () => {
  it('is renewed for the fingerprint that somebody has seen, and for no other', async () => {
    const { lab } = world;
    const before = lab.fingerprint;
    lab.rotateCertificate('pve1');
    expect(await perform('sync')).toMatchObject({ state: 'failed', error: { code: 'certificate' } });
    const other = await perform('trust', { endpoint: lab.url, fingerprint: before });
    expect(other).toMatchObject({
      state: 'failed',
      error: { code: 'certificate', message: expect.stringContaining(lab.fingerprint) },
    });
    const done = await perform('trust', { endpoint: lab.url, fingerprint: lab.fingerprint.toLowerCase() });
    expect(done).toMatchObject({ state: 'done', result: { provider: 'prod', isChanged: true } });
    expect(done.parameters).toMatchObject({ endpoint: lab.url, fingerprint: lab.fingerprint });
    expect(await perform('sync')).toMatchObject({ state: 'done' });
    const { stdout } = await rollcall('providers list -o json');
    expect(stdout).toContain(lab.fingerprint);
  });

  it('is refused to who can only write to the database, and for an address that is not the provider’s', async () => {
    const { lab } = world;
    const { id } = await ask('trust', { endpoint: lab.url, fingerprint: lab.fingerprint });
    const connection = await openDatabase(world.databaseUrl);
    const { parameters } = await connection.db.operation.findUniqueOrThrow({ where: { id } });
    const forged = { ...(parameters as object), endpoint: 'https://192.0.2.1:8006' };
    await connection.db.operation.update({ where: { id }, data: { parameters: forged } });
    await connection.close();
    const refused = await withWorker(() => endOf(id));
    expect(refused).toMatchObject({ state: 'failed', error: { code: 'unconfirmed' } });
    const elsewhere = await perform('trust', { endpoint: 'https://192.0.2.1:8006', fingerprint: lab.fingerprint });
    expect(elsewhere).toMatchObject({ state: 'failed', error: { code: 'configuration' } });
  });

  it('is refused when somebody saw the certificate too long ago', async () => {
    const { id } = await ask('trust', { endpoint: world.lab.url, fingerprint: world.lab.fingerprint });
    world.clock.advance(2 * 3_600_000);
    const late = await withWorker(() => endOf(id));
    expect(late).toMatchObject({
      state: 'failed',
      error: { code: 'unconfirmed', message: expect.stringContaining('too long ago') },
    });
  });
});

describe('asking', () => {
  it('refuses what a kind does not take, and providers that are not there', async () => {
    const refused = { code: 'usage' };
    await expect(ask('sync', { scopes: ['moons'] })).rejects.toMatchObject(refused);
    await expect(ask('sync', { scopes: [] })).rejects.toMatchObject(refused);
    await expect(ask('sync', { force: true })).rejects.toMatchObject(refused);
    await expect(ask('test', { force: true })).rejects.toMatchObject(refused);
    await expect(ask('trust', { endpoint: world.lab.url, fingerprint: 'AA:BB' })).rejects.toMatchObject(refused);
    const unknown = operations.request({ kind: 'sync', provider: 'nowhere', by: ALICE });
    await expect(unknown).rejects.toMatchObject({ code: 'not-found' });
  });

  it('for the same gives one operation, and one result, to both', async () => {
    const first = await ask('sync', { scopes: ['nodes', 'vms'] });
    const second = await ask('sync', { scopes: ['vms', 'nodes'] }, BOB);
    const another = await ask('sync');
    expect(second).toMatchObject({ id: first.id, requestedBy: 'alice', alsoAskedBy: ['bob'] });
    expect(another.id).not.toBe(first.id);
    await withWorker(async () => Promise.all([first.id, another.id].map((id) => endOf(id))));
    expect(await stateOf(first.id)).toBe('done');
  });
});

describe('the end of one that runs', () => {
  /** A sync that hangs until its connection is closed. */
  async function hanging(): Promise<string> {
    world.lab.faults.add({ match: /cluster\/resources/, effect: { kind: 'delay', ms: HANG_MS } });
    const { id } = await ask('sync');
    return id;
  }

  it('comes within moments when somebody cancels it', async () => {
    const id = await hanging();
    const ended = await withWorker(async () => {
      await until('it runs', async () => (await stateOf(id)) === 'running');
      expect(await operations.cancel(id, BOB)).toMatchObject({ state: 'running', cancelledBy: 'bob' });
      return endOf(id);
    });
    expect(ended).toMatchObject({ state: 'cancelled', cancelledBy: 'bob', result: null, error: null });
    expect(await operations.cancel(id, ALICE)).toEqual(ended);
    const { actions } = await app.people();
    const recorded = await actions.list({ take: 99 });
    expect(recorded.filter(({ target }) => target === id)).toMatchObject([
      { actor: 'bob', via: 'api', action: 'operation.cancel', detail: { kind: 'sync', provider: 'prod' } },
    ]);
    expect(recorded).toContainEqual(
      expect.objectContaining({ actor: 'alice', action: 'provider.sync', target: 'prod', detail: { operation: id } }),
    );
  });

  it('is no end where the program has to go: it waits as before, however often', async () => {
    const id = await hanging();
    for (let stops = 0; stops < 2; stops++) {
      await withWorker(async ({ stop, abort, ended }) => {
        await until('it runs', async () => (await stateOf(id)) === 'running');
        stop();
        abort();
        await ended;
      });
      expect(await operations.get(id)).toMatchObject({ state: 'waiting', error: null, startedAt: null });
    }
    await operations.cancel(id, ALICE);
  });

  it('comes at once, and nothing of it is stored, when another worker has taken it over', async () => {
    const id = await hanging();
    const connection = await openDatabase(world.databaseUrl);
    const runs = await connection.db.syncRun.count();
    await withWorker(async ({ stop, ended }) => {
      await until('it runs', async () => (await stateOf(id)) === 'running');
      await connection.db.operation.update({ where: { id }, data: { holder: '7@elsewhere#aa.bb' } });
      stop();
      await ended;
    });
    expect(await connection.db.syncRun.count()).toBe(runs);
    const left = await connection.db.operation.findUniqueOrThrow({ where: { id } });
    expect(left).toMatchObject({ state: 'running', holder: '7@elsewhere#aa.bb', result: null, error: null });
    // Its own claim, which nobody renews any more, is over.
    await connection.db.operation.update({ where: { id }, data: { holderUntil: new Date(0) } });
    await connection.close();
    world.lab.faults.clear();
    expect(await withWorker(() => endOf(id))).toMatchObject({ state: 'done', error: null });
  });

  it('is waited for when the worker is only told to stop', async () => {
    world.lab.faults.add({ match: /cluster\/resources/, times: 1, effect: { kind: 'delay', ms: 500 } });
    const { id } = await ask('sync');
    await withWorker(async ({ stop, ended }) => {
      await until('it runs', async () => (await stateOf(id)) === 'running');
      const later = await ask('test');
      stop();
      await ended;
      expect(await stateOf(later.id)).toBe('waiting');
      await operations.cancel(later.id, ALICE);
    });
    expect(await stateOf(id)).toBe('done');
  });
});
