import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Connection, openDatabase } from '../../src/repositories/db/database.ts';
import { SyncRepository } from '../../src/repositories/sync/sync-repository.ts';
import { hourOf } from '../../src/types/billing.ts';
import type { DatabaseProvider } from '../../src/types/migration.ts';
import type { GuestObservation, Observation } from '../../src/types/observation.ts';
import { CONFIG } from '../helpers/plans.ts';
import { postgres } from '../helpers/postgres.ts';
import { SyncRuns } from '../helpers/sync-run.ts';
import { emptyState, minute, observe, vm } from '../helpers/sync-state.ts';
import { tempDir } from '../helpers/temp.ts';

const dir = tempDir();
const server = postgres();
const H = hourOf(minute(0));

describe('which runs prove that a guest was there', () => {
  const sightingsOf = (over: Partial<Observation>) =>
    new SyncRuns().plan(observe(0, { guests: [vm(1)], ...over })).plan.sightings;

  it('are whole listings', () => {
    expect(sightingsOf({})).toEqual({ hour: H, powerUnread: [], unseen: [] });
  });

  it.each<[string, Partial<Observation>]>([
    ['filtered', { scopes: [{ scope: 'guests', coverage: 'filtered', count: 1 }] }],
    ['failed', { scopes: [{ scope: 'guests', coverage: 'error', count: 0 }] }],
    ['of some kinds', { requested: ['vms'] }],
    ['of some guests', { partialRead: { guests: new Set(['qemu/1']), listedCount: 1, isSettled: true } }],
    ['by a clock that is an hour ahead', { clockSkewMs: -3_600_000 }],
  ])('and none that are %s', (_, over) => {
    expect(sightingsOf(over)).toBeNull();
  });

  it('and none that the guard holds back', () => {
    const runs = new SyncRuns();
    const all = Array.from({ length: 8 }, (_, index) => vm(index + 1));
    runs.run(observe(0, { guests: all }));
    const { plan } = runs.plan(observe(60, { guests: all.slice(0, 2) }));
    expect([plan.run.outcome, plan.sightings]).toEqual(['guarded', null]);
  });

  it.each<[string, Partial<GuestObservation>]>([
    ['not read', { complete: new Set(['placement', 'config']) }],
    ['not told', { powerSource: 'none' }],
    ['in doubt', { powerDoubt: 'all' }],
  ])('tell no power state that was %s', (_, over) => {
    expect(sightingsOf({ guests: [vm(1, over)] })?.powerUnread).toHaveLength(1);
  });
});

describe.each<DatabaseProvider>(['sqlite', 'postgresql'])('sightings on %s', (provider) => {
  let connection: Connection;
  let repository: SyncRepository;
  let runs: SyncRuns;
  let statements = 0;

  beforeAll(async () => {
    const url = provider === 'sqlite' ? `file:${path.join(dir, 'seen.db')}` : server.url;
    connection = await openDatabase(url, {
      onStatement: (sql) => {
        if (sql.includes('"sightings"')) statements += 1;
      },
    });
    repository = new SyncRepository(connection);
    const { id } = await repository.ensureProvider(CONFIG, minute(0));
    runs = new SyncRuns(emptyState({ providerId: id }));
  });
  afterAll(() => connection.close());

  const run = async (minutes: number, over: Partial<Observation>) => {
    const { plan } = runs.run(observe(minutes, over));
    await repository.apply({ ...plan, run: { ...plan.run, id: `run-at-${minutes}` } });
  };
  const stopped = (vmid: number) => vm(vmid, { document: { ...vm(vmid).document, status: 'stopped' } });
  const ranges = async (vmid: number) => {
    const rows = await connection.db.sighting.findMany({
      where: { guestId: runs.idOf(vmid) ?? '' },
      orderBy: [{ fromHour: 'asc' }, { state: 'asc' }],
    });
    return rows.map(({ state, fromHour, toHour, cpus }) => `${state} ${fromHour - H}-${toHour - H} ${cpus}`);
  };

  it('are one range for each guest, state and size, in two statements a run', async () => {
    statements = 0;
    await run(5, { guests: [vm(1), stopped(2)] });
    await run(35, { guests: [vm(1), stopped(2)] });
    await run(65, { guests: [vm(1), stopped(2)] });
    await run(125, { guests: [vm(1, { cpus: 4 }), vm(2)] });
    expect(statements).toBe(8);
    expect(await ranges(1)).toEqual(['running 0-2 2', 'running 2-3 4']);
    expect(await ranges(2)).toEqual(['present 0-2 2', 'running 2-3 2']);
  });

  it('have a gap where nothing could be observed', async () => {
    await run(245, { guests: [vm(1, { cpus: 4 }), vm(2, { unobservable: 'node pve1 is offline' })] });
    expect(await ranges(1)).toEqual(['running 0-2 2', 'running 2-3 4', 'running 4-5 4']);
    expect(await ranges(2)).toEqual(['present 0-2 2', 'running 2-3 2']);
  });

  it('say once that a guest ran in an hour, and do not forget it', async () => {
    await run(305, { guests: [vm(1, { cpus: 4 }), stopped(2)] });
    await run(315, { guests: [stopped(1), vm(2)] });
    await run(325, { guests: [vm(1), stopped(2)] });
    expect((await ranges(1)).slice(2)).toEqual(['running 4-6 4']);
    expect((await ranges(2)).slice(2)).toEqual(['present 5-6 2', 'running 5-6 2']);
  });

  it('name one size of an hour, however often it changes', async () => {
    await run(365, { guests: [vm(1), stopped(2)] });
    await run(375, { guests: [vm(1, { cpus: 4 }), stopped(2)] });
    expect((await ranges(1)).slice(2)).toEqual(['running 4-6 4', 'running 6-7 2']);
  });

  it('of an hour that comes again are not recorded again', async () => {
    const before = [await ranges(1), await ranges(2)];
    await run(70, { guests: [vm(1, { cpus: 4 }), stopped(2)] });
    expect([await ranges(1), await ranges(2)]).toEqual(before);
  });
});
