import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Connection, openDatabase } from '../../src/repositories/db/database.ts';
import { HistoryRepository } from '../../src/repositories/history/history-repository.ts';
import { InventoryRepository } from '../../src/repositories/inventory/inventory-repository.ts';
import { AuditRepository } from '../../src/repositories/maintenance/audit-repository.ts';
import { DigestList } from '../../src/repositories/maintenance/digest-list.ts';
import { PruneRepository } from '../../src/repositories/maintenance/prune-repository.ts';
import { SyncRepository } from '../../src/repositories/sync/sync-repository.ts';
import { planPrune } from '../../src/services/history/plan-prune.ts';
import { pruneHistory } from '../../src/services/history/prune.ts';
import { InventoryService } from '../../src/services/inventory/inventory-service.ts';
import { at, CONFIG, change, guest, plan, task } from '../helpers/plans.ts';
import { databaseAt } from '../helpers/postgres.ts';
import { emptyDatabase, type Step, toPlans } from '../helpers/recorded-history.ts';
import { eventRecord, logLine } from '../helpers/records.ts';
import { storedChanges, storedRevisions, storedSnapshots } from '../helpers/stored-history.ts';
import { tempDir } from '../helpers/temp.ts';

const DOCUMENT = { node: 'pve1', status: 'running', memory: 1 };
/** 100 changes at 20, 30 (keyframe) and 50; 101 changes at 30 and goes at 40. */
const HISTORY: Step[][] = [
  [100, 101].map((vmid) => ({ vmid, document: DOCUMENT, keyframe: false })),
  [{ vmid: 100, document: { ...DOCUMENT, memory: 2 }, keyframe: false }],
  [100, 101].map((vmid) => ({ vmid, document: { ...DOCUMENT, memory: 3 }, keyframe: vmid === 100 })),
  [{ vmid: 101, document: null, keyframe: false }],
  [{ vmid: 100, document: { ...DOCUMENT, memory: 4 }, keyframe: false }],
];

const dir = tempDir();

describe('prune', () => {
  let connection: Connection;
  let providerId: string;
  let sync: SyncRepository;
  beforeAll(async () => {
    connection = await openDatabase(await databaseAt(path.join(dir, 'rollcall.db')));
    sync = new SyncRepository(connection);
  });
  afterAll(() => connection.close());
  beforeEach(async () => {
    await emptyDatabase(connection);
    providerId = (await sync.ensureProvider(CONFIG, at(0))).id;
    for (const recorded of toPlans(providerId, HISTORY).plans) await sync.apply(recorded);
  });

  function prune(before: Date, dryRun?: boolean) {
    const repositories = { prune: new PruneRepository(connection), audit: new AuditRepository(connection) };
    return pruneHistory(repositories, { before, now: at(1000), ...(dryRun !== undefined && { dryRun }) });
  }

  function listAt(seconds: number) {
    const history = new HistoryRepository(connection);
    return new InventoryService({ inventory: new InventoryRepository(connection), history }).listGuests({
      at: at(seconds),
    });
  }

  it('drops patches and shortcuts before the cut-off, and keeps what is needed from there on', async () => {
    const report = { dryRun: false, before: at(45), upToRev: 4, changes: 3, snapshots: 0, runs: 0, tasks: 0 };
    expect(await prune(at(45))).toEqual({ ...report, logEntries: 0, records: 0, addresses: 0, backups: 0, rev: 6 });
    expect((await storedChanges(connection)).filter(({ isPruned }) => !isPruned)).toMatchObject([
      { rev: 1, kind: 'created', digest: null },
      { rev: 1, kind: 'created', digest: null },
      { rev: 4, kind: 'removed' },
      { rev: 5, kind: 'changed', patch: [['memory', 3, 4]] },
    ]);
    const snapshots = await storedSnapshots(connection);
    expect(snapshots.filter(({ reason }) => reason === 'keyframe' || reason === 'prune')).toMatchObject([
      { resourceId: 'guest-100-10', rev: 3, reason: 'prune', document: { ...DOCUMENT, memory: 3 } },
    ]);
    expect((await storedRevisions(connection)).at(-1)).toMatchObject({
      rev: 6,
      kind: 'prune',
      providerId: null,
      runId: null,
      at: at(1e3),
      detail: {
        before: at(45).toISOString(),
        upToRev: 4,
        changes: 3,
        snapshots: 0,
      },
    });
  });

  it('answers for times after the cut-off exactly, and names the earliest of them for those before', async () => {
    await prune(at(45));
    expect(await listAt(45)).toMatchObject([{ vmid: 100, document: { memory: 3 } }]);
    expect(await listAt(50)).toMatchObject([{ vmid: 100, document: { memory: 4 } }]);
    await expect(listAt(25)).rejects.toMatchObject({
      code: 'not-found',
      message: 'The details of 2026-01-01T00:00:25.000Z were dropped by `prune`',
      hint: expect.stringContaining(at(40).toISOString()),
    });
    expect(await listAt(5)).toEqual([]);
  });

  it('says what it would drop, and drops nothing, when asked', async () => {
    const before = await storedChanges(connection);
    expect(await prune(at(45), true)).toMatchObject({ dryRun: true, changes: 3, rev: null });
    expect(await storedChanges(connection)).toEqual(before);
    expect(await connection.db.revision.count()).toBe(5);
  });

  it('does nothing where nothing is older, or all of it was dropped before', async () => {
    expect(await prune(at(5))).toMatchObject({ upToRev: 0, changes: 0, rev: null });
    await prune(at(45));
    expect(await prune(at(45))).toMatchObject({ changes: 0, snapshots: 0, rev: null });
    expect(await prune(at(35))).toMatchObject({ changes: 0, snapshots: 0, rev: null });
    expect(await connection.db.stateSnapshot.count({ where: { reason: 'prune' } })).toBe(1);
  });

  it('moves the start of exact states on when it is repeated', async () => {
    await prune(at(35));
    expect(await connection.db.stateSnapshot.count({ where: { reason: 'prune' } })).toBe(2);
    expect(await prune(at(60))).toMatchObject({ upToRev: 5, changes: 1, snapshots: 2, rev: 7 });
    expect((await storedSnapshots(connection)).filter(({ reason }) => reason === 'prune')).toMatchObject([
      { resourceId: 'guest-100-10', rev: 5, document: { memory: 4 } },
    ]);
  });

  it('deletes old runs, tasks and log lines that nothing refers to', async () => {
    const attribution = (ref: string) => ({ ...change('').attribution, ref });
    const upid = (start: number, name: string) => task(name, { at: at(start), endedAt: at(start + 1) });
    await sync.apply(
      plan(providerId, {
        run: { id: 'harvest', finishedAt: at(60) },
        records: [
          upid(1, 'old'),
          upid(2, 'named'),
          upid(70, 'new'),
          task('running', { at: at(3), endedAt: null, outcome: 'running' }),
          task('last of pve2', { place: 'pve2', at: at(4), endedAt: at(5) }),
          ...[1, 2].map((second) => logLine({ ref: `pve1/${second}`, at: at(second) })),
        ],
        changes: [
          change('guest-100-10', { patch: [], attribution: attribution('named') }),
          change('guest-100-10', { patch: [], attribution: attribution('pve1/2') }),
        ],
      }),
    );
    await sync.apply(plan(providerId, { run: { id: 'idle', finishedAt: at(61) } }));
    await sync.apply(plan(providerId, { run: { id: 'last', finishedAt: at(62) } }));
    expect(await prune(at(65), true)).toMatchObject({ runs: 1, tasks: 1, logEntries: 1 });
    expect(await prune(at(65))).toMatchObject({ runs: 1, tasks: 1, logEntries: 1 });
    const { db } = connection;
    const refsOf = async (source: string) =>
      (await db.auditRecord.findMany({ where: { source }, orderBy: { at: 'asc' } })).map(({ ref }) => ref);
    expect(await refsOf('task')).toEqual(['named', 'running', 'last of pve2', 'new']);
    expect(await refsOf('log')).toEqual(['pve1/2']);
    expect(await db.syncRun.count({ where: { id: { in: ['idle', 'last', 'harvest'] } } })).toBe(2);
  });

  it('deletes old events that nothing refers to, but for the newest of each provider', async () => {
    const other = (await sync.ensureProvider({ ...CONFIG, name: 'other' }, at(0))).id;
    const event = (number: number) => eventRecord({ ref: `event/${number}`, at: at(number) });
    await sync.apply(
      plan(providerId, { run: { id: 'events', finishedAt: at(60) }, records: [event(1), event(2), event(3)] }),
    );
    await sync.apply(plan(other, { run: { id: 'others', finishedAt: at(60) }, records: [event(1)] }));
    expect(await prune(at(65))).toMatchObject({ records: 2 });
    const left = await connection.db.auditRecord.findMany({ where: { source: 'event' } });
    expect(left.map((row) => `${row.providerId} ${row.ref}`).toSorted()).toEqual(
      [`${providerId} event/3`, `${other} event/1`].toSorted(),
    );
  });

  it('writes nothing when another prune came in between', async () => {
    const repository = new PruneRepository(connection);
    await prune(at(35));
    const digests = new DigestList();
    const stale = {
      before: at(45),
      now: at(1001),
      upToRev: 4,
      afterPrune: 0,
      digests,
      thinned: '',
      bases: [],
      dropped: [],
    };
    await expect(repository.apply(stale)).rejects.toMatchObject({ code: 'locked', retryable: true });
    expect(await connection.db.revision.count()).toBe(6);
  });

  it('goes on to sync from where it was', async () => {
    await prune(at(60));
    const written = guest('guest-100-10', 100, { document: { ...DOCUMENT, memory: 9 } });
    const patch = [['memory', 4, 9]] as const;
    await sync.apply(
      plan(providerId, {
        run: { id: 'after', finishedAt: at(2000) },
        guests: [written],
        changes: [change('guest-100-10', { patch })],
      }),
    );
    expect(await listAt(1500)).toMatchObject([{ document: { memory: 4 } }]);
    expect(await listAt(2000)).toMatchObject([{ document: { memory: 9 } }]);
  });
});

describe('planPrune', () => {
  it('keeps the state of what was there and had changed, and drops the other shortcuts', () => {
    const last = (resourceId: string, rev: number) =>
      ({ resourceId, resourceType: 'guest', rev, seq: 0, digest: `of ${resourceId}` }) as const;
    expect(
      planPrune({
        lastChanges: [last('changed', 4), last('gone', 2)],
        documents: new Map([
          ['changed', { memory: 1 }],
          ['new', { memory: 2 }],
        ]),
        shortcuts: [
          { resourceId: 'changed', rev: 2 },
          { resourceId: 'changed', rev: 4 },
          { resourceId: 'gone', rev: 1 },
        ],
      }),
    ).toEqual({
      bases: [{ ...last('changed', 4), document: { memory: 1 } }],
      dropped: [
        { resourceId: 'changed', rev: 2 },
        { resourceId: 'gone', rev: 1 },
      ],
    });
  });
});
