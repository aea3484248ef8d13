import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Connection, openDatabase } from '../../src/repositories/db/database.ts';
import { SyncRepository } from '../../src/repositories/sync/sync-repository.ts';
import type { DatabaseProvider } from '../../src/types/migration.ts';
import { recomputeChain } from '../helpers/chain.ts';
import { at, CONFIG, change, guest, node, plan, storage, task } from '../helpers/plans.ts';
import { postgres } from '../helpers/postgres.ts';
import { logLine } from '../helpers/records.ts';
import { storedChanges, storedRevisions, storedSnapshots } from '../helpers/stored-history.ts';
import { tempDir } from '../helpers/temp.ts';

const dir = tempDir();
const server = postgres();

describe.each<DatabaseProvider>(['sqlite', 'postgresql'])('SyncRepository on %s', (provider) => {
  let connection: Connection;
  let repository: SyncRepository;
  let id: string;
  const statements: string[] = [];

  beforeAll(async () => {
    const url = provider === 'sqlite' ? `file:${path.join(dir, 'sync.db')}` : server.url;
    connection = await openDatabase(url, { onStatement: (sql) => statements.push(sql) });
    repository = new SyncRepository(connection);
    id = (await repository.ensureProvider(CONFIG, at(0))).id;
  });
  afterAll(() => connection.close());

  it('makes a provider once, and stores how it is reached now', async () => {
    expect(id).toMatch(/^[a-z0-9]{16}$/);
    const before = connection.statementCount();
    expect(await repository.ensureProvider(CONFIG, at(5))).toEqual({
      id,
      name: 'home',
      identity: null,
      isUnproven: true,
    });
    expect(connection.statementCount() - before).toBe(1);
    const moved = { ...CONFIG, endpoints: ['https://pve2:8006'], tls: { mode: 'fingerprint', sha256: 'AB' } as const };
    expect(await repository.ensureProvider(moved, at(6))).toEqual({
      id,
      name: 'home',
      identity: null,
      isUnproven: true,
    });
    expect(await connection.db.provider.findMany()).toMatchObject([
      { id, endpoints: ['https://pve2:8006'], tls: { mode: 'fingerprint', sha256: 'AB' }, createdAt: at(0) },
    ]);
    await repository.ensureProvider(CONFIG, at(7));
  });

  it('gives a first run nothing known', async () => {
    expect(await repository.loadKnown(id)).toEqual({
      providerId: id,
      providerName: 'home',
      identity: null,
      otherProviders: [],
      permissions: null,
      guests: [],
      elsewhere: [],
      nodes: [],
      storages: [],
      held: [],
      incompleteSince: {},
      lastCompleteAt: null,
      recentRecords: [],
    });
    await expect(repository.loadKnown('nobody')).rejects.toMatchObject({ code: 'not-found' });
  });

  it('gives back what a plan wrote', async () => {
    const written = guest('g1', 100, { cpus: 1.5 });
    const { rev } = await repository.apply(
      plan(id, {
        guests: [written],
        nodes: [node('n1', 'pve1')],
        storages: [storage('s1', 'local')],
        identity: { clusterName: 'lab', nodeNames: ['pve1'], rootCa: null, certificates: [] },
        permissions: { '/': { 'VM.Audit': true } },
        incompleteSince: { 'config/pve2': at(0).toISOString() },
        lastCompleteAt: at(1),
        changes: [change('g1', { kind: 'created', patch: [['memory', null, 2048]] })],
        snapshots: [{ resourceType: 'guest', resourceId: 'g1', reason: 'created', document: written.document }],
        records: [
          task('UPID:pve1:00001234:1:2:qmstart:100:alice@pve:'),
          logLine({ ref: 'pve1/1', at: at(0), text: 'update VM 100: -memory 4096' }),
        ],
        guestTelemetry: [
          {
            guestId: 'g1',
            cpu: 0.25,
            memoryUsedBytes: 2 ** 53,
            diskUsedBytes: 1.5,
            uptimeSeconds: null,
            netInBytes: 1e21,
            netOutBytes: 0,
          },
        ],
        nodeTelemetry: [
          { nodeId: 'n1', cpu: 0.5, memoryUsedBytes: 10, diskBytes: 20, diskUsedBytes: 5, uptimeSeconds: 60 },
        ],
        storageOnNodes: [{ storageId: 's1', node: 'pve1', status: 'available', totalBytes: 100, usedBytes: 50 }],
      }),
    );
    expect(rev).toBe(1);
    const known = await repository.loadKnown(id);
    const { previousId, ...rest } = written;
    expect(known.guests).toEqual([{ ...rest, providerId: id, node: 'pve1', name: 'vm-100' }]);
    expect(await connection.db.guest.findMany()).toMatchObject([
      { status: 'running', isTemplate: false, tags: ['prod', 'web'], pool: null, osType: 'l26' },
    ]);
    expect(previousId).toBeNull();
    expect(known.nodes).toMatchObject([
      { id: 'n1', status: 'online', version: '8.4.1', cpus: 8, memoryBytes: 2 ** 36 },
    ]);
    expect(known.storages).toMatchObject([
      {
        id: 's1',
        type: 'dir',
        content: ['images', 'iso'],
        isShared: false,
        onNodes: [{ node: 'pve1', totalBytes: 100 }],
      },
    ]);
    expect(known).toMatchObject({
      identity: { clusterName: 'lab', nodeNames: ['pve1'], rootCa: null, certificates: [] },
      permissions: { '/': { 'VM.Audit': true } },
      incompleteSince: { 'config/pve2': at(0).toISOString() },
      lastCompleteAt: at(1),
    });
    expect(known.recentRecords).toEqual([task('UPID:pve1:00001234:1:2:qmstart:100:alice@pve:')]);
    expect(await connection.db.auditRecord.findMany({ where: { source: 'log' } })).toMatchObject([
      { ref: 'pve1/1', text: 'update VM 100: -memory 4096' },
    ]);
    expect(await connection.db.guestTelemetry.findMany()).toMatchObject([
      {
        cpu: 0.25,
        memoryUsedBytes: BigInt(Number.MAX_SAFE_INTEGER),
        diskUsedBytes: 2n,
        uptimeSeconds: null,
        netInBytes: BigInt(Number.MAX_SAFE_INTEGER),
      },
    ]);
    expect(await connection.db.node.findMany()).toMatchObject([{ cpu: 0.5, diskBytes: 20n, uptimeSeconds: 60n }]);
    expect(await storedSnapshots(connection)).toMatchObject([{ resourceId: 'g1', rev: 1, document: written.document }]);
    expect(await connection.db.syncRun.findMany()).toMatchObject([{ rev: 1, error: null, counts: { total: 1 } }]);
    expect(await storedChanges(connection)).toMatchObject([
      { rev: 1, seq: 0, attribution: { actor: 'alice@pve', effectiveAt: at(0.5) }, digest: null },
    ]);
  });

  it('knows every guest once, however many there are and whoever shares a vmid', async () => {
    const many = Array.from({ length: 600 }, (_, index) => guest(`many${index}`, 1000 + (index >> 1)));
    const { id: other } = await repository.ensureProvider({ ...CONFIG, name: 'large' }, at(0));
    await repository.apply(
      plan(other, { run: { id: 'large', finishedAt: at(2) }, guests: many, lastCompleteAt: at(2) }),
    );
    const { guests } = await repository.loadKnown(other);
    expect(guests.map(({ id: known }) => known).toSorted()).toEqual(many.map(({ id: known }) => known).toSorted());
    expect(guests.map(({ vmid }) => vmid)).toEqual(many.map(({ vmid }) => vmid));
    expect(await repository.discardUnproven(other, at(2))).toBe(false);
    await connection.db.provider.deleteMany({ where: { id: other } });
  });

  it('writes no revision when nothing changed, in a handful of statements', async () => {
    const before = connection.statementCount();
    expect(
      await repository.apply(
        plan(id, {
          run: { id: 'run2', finishedAt: at(301) },
          lastCompleteAt: at(301),
          guestTelemetry: [
            {
              guestId: 'g1',
              cpu: 0.3,
              memoryUsedBytes: 1,
              diskUsedBytes: 1,
              uptimeSeconds: 1,
              netInBytes: 1,
              netOutBytes: 1,
            },
          ],
        }),
      ),
    ).toEqual({ rev: null });
    expect(connection.statementCount() - before).toBeLessThanOrEqual(6);
    expect(await connection.db.revision.count()).toBe(1);
    expect(await connection.db.meta.findMany()).toMatchObject([{ rev: 1 }]);
    const known = await repository.loadKnown(id);
    expect(known.guests).toMatchObject([{ id: 'g1', lastSeenAt: at(301) }]);
    // Not told again, so they stay.
    expect(known).toMatchObject({
      identity: { clusterName: 'lab' },
      permissions: { '/': { 'VM.Audit': true } },
      incompleteSince: {},
    });
  });

  it('updates, and keeps where an incarnation came from and when it began', async () => {
    const updated = guest('g1', 100, {
      document: { name: 'renamed', node: 'pve2', status: 'stopped', template: true },
      firstSeenAt: at(999),
      presence: 'unobservable',
      presenceReason: 'node pve2 is offline',
      unobservableSince: at(600),
    });
    await repository.apply(
      plan(id, {
        run: { id: 'run3', finishedAt: at(601) },
        guests: [guest('g2', 101, { previousId: 'g1' }), updated],
        held: [{ guestId: 'g2', firstHeldAt: at(601), runs: 1, reason: 'the listing is empty' }],
        changes: [change('g1')],
        records: [task('UPID:b', { outcome: 'running', endedAt: null, text: null, at: at(600) })],
        storageOnNodes: [{ storageId: 's1', node: 'pve2', status: 'available', totalBytes: 100, usedBytes: 60 }],
      }),
    );
    await repository.apply(
      plan(id, {
        run: { id: 'run4', finishedAt: at(901) },
        guests: [guest('g2', 101)],
        lastCompleteAt: at(901),
        records: [task('UPID:b', { endedAt: at(700), at: at(600) })],
      }),
    );
    const known = await repository.loadKnown(id);
    expect(known.guests).toMatchObject([
      {
        id: 'g1',
        name: 'renamed',
        node: 'pve2',
        firstSeenAt: at(1),
        lastSeenAt: at(1),
        presence: 'unobservable',
      },
      { id: 'g2', firstSeenAt: at(1), lastSeenAt: at(901) },
    ]);
    expect(await connection.db.guest.findUnique({ where: { id: 'g1' } })).toMatchObject({ isTemplate: true, tags: [] });
    expect(await connection.db.guest.findUnique({ where: { id: 'g2' } })).toMatchObject({
      previousId: 'g1',
      uuid: 'uuid-g2',
    });
    expect(known.held).toEqual([{ guestId: 'g2', firstHeldAt: at(601), runs: 1, reason: 'the listing is empty' }]);
    expect(known.storages).toMatchObject([{ onNodes: [{ node: 'pve2', usedBytes: 60 }] }]);
    expect(known.recentRecords.map(({ ref, outcome }) => [ref, outcome])).toEqual([
      ['UPID:pve1:00001234:1:2:qmstart:100:alice@pve:', 'ok'],
      ['UPID:b', 'ok'],
    ]);
    // A late answer that still has it running does not open it again.
    await repository.apply(
      plan(id, {
        run: { id: 'run5', finishedAt: at(902) },
        held: [],
        records: [task('UPID:b', { outcome: 'running', endedAt: null, at: at(600) })],
      }),
    );
    expect(await connection.db.auditRecord.findMany({ where: { ref: 'UPID:b' } })).toMatchObject([
      { outcome: 'ok', target: '100', endedAt: at(700) },
    ]);
    expect((await repository.loadKnown(id)).held).toEqual([]);
  });

  it('finds guests elsewhere: gone ones here for 400 days, and all of other providers that have a uuid', async () => {
    const other = await repository.ensureProvider({ ...CONFIG, name: 'other' }, at(0));
    await repository.apply(
      plan(other.id, {
        run: { id: 'run-o', finishedAt: at(2) },
        guests: [guest('o1', 500), guest('o2', 501, { identity: {} })],
      }),
    );
    const gone = { presence: 'gone', goneAt: at(903) } as const;
    await repository.apply(plan(id, { run: { id: 'run6', finishedAt: at(903) }, guests: [guest('g1', 100, gone)] }));
    const known = await repository.loadKnown(id);
    expect(known.guests.map((row) => row.id)).toEqual(['g2']);
    expect(known.elsewhere).toEqual([
      {
        id: 'g1',
        providerId: id,
        kind: 'qemu',
        nativeId: '100',
        vmid: 100,
        identity: guest('g1', 1).identity,
        goneAt: at(903),
        presence: 'gone',
      },
      {
        id: 'o1',
        providerId: other.id,
        kind: 'qemu',
        nativeId: '500',
        vmid: 500,
        identity: guest('o1', 1).identity,
        goneAt: null,
        presence: 'present',
      },
    ]);
    await repository.apply(plan(id, { run: { id: 'run7', finishedAt: at(903 + 401 * 86_400) } }));
    expect((await repository.loadKnown(id)).elsewhere.map((row) => row.id)).toEqual(['o1']);
    expect((await repository.loadKnown(id)).recentRecords).toEqual([]);
  });

  it('does not store a run twice', async () => {
    const twice = plan(id, {
      run: { id: 'run8', finishedAt: at(10) },
      guests: [guest('g3', 103)],
      changes: [change('g3')],
    });
    const { rev } = await repository.apply(twice);
    expect(await repository.apply(twice)).toEqual({ rev });
    expect(await connection.db.meta.findMany()).toMatchObject([{ rev }]);
    expect((await storedChanges(connection)).filter(({ resourceId }) => resourceId === 'g3')).toHaveLength(1);
  });

  it('never lets time run backwards', async () => {
    const revisions = await storedRevisions(connection);
    const [last] = revisions.slice(-1);
    // run8 finished before run3 did.
    expect(last).toMatchObject({ runId: 'run8', at: at(601) });
  });

  it('rolls everything back when one statement fails', async () => {
    const meta = await connection.db.meta.findMany();
    const failing = plan(id, {
      run: { id: 'run9', finishedAt: at(1000) },
      guests: [guest('g4', 104)],
      changes: [change('g4')],
      snapshots: [{ resourceType: 'guest', resourceId: 'g4', reason: 'created', document: null as never }],
    });
    await expect(repository.apply(failing)).rejects.toThrow(/null/i);
    expect(await connection.db.meta.findMany()).toEqual(meta);
    expect(await connection.db.guest.count({ where: { id: 'g4' } })).toBe(0);
    expect(await connection.db.syncRun.count({ where: { id: 'run9' } })).toBe(0);
    // And the connection is as good as before.
    expect(await repository.apply({ ...failing, snapshots: [] })).toEqual({ rev: 4 });
  });

  it('refuses a plan whose run has lost the lease, also to a later run of the same holder', async () => {
    const take = { holder: '1@a', now: at(0), ttlMs: 60_000 };
    const lost = await repository.acquireLease(id, take);
    await repository.releaseLease(id, lost);
    const lease = await repository.acquireLease(id, take);
    expect(lease).toEqual({ holder: '1@a', token: lost.token + 1 });
    for (const wrong of [lost, { ...lease, holder: '2@b' }]) {
      await expect(repository.apply(plan(id, { run: { id: 'run10' } }), { lease: wrong })).rejects.toMatchObject({
        code: 'locked',
      });
    }
    expect(await connection.db.syncRun.count({ where: { id: 'run10' } })).toBe(0);
    await repository.releaseLease(id, lost);
    expect(await repository.apply(plan(id, { run: { id: 'run10' } }), { lease })).toEqual({ rev: null });
    await repository.releaseLease(id, lease);
    await expect(repository.apply(plan('nobody'))).rejects.toMatchObject({ code: 'not-found' });
  });

  it('lets one of two connections have the lease', async () => {
    const url = provider === 'sqlite' ? `file:${path.join(dir, 'sync.db')}` : server.url;
    const second = await openDatabase(url);
    const others = new SyncRepository(second);
    const take = { now: at(0), ttlMs: 60_000 };
    const results = await Promise.allSettled([
      repository.acquireLease(id, { ...take, holder: '1@a#p.s' }),
      others.acquireLease(id, { ...take, holder: '2@b#p.s' }),
    ]);
    expect(results.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected']);
    const [won] = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    if (won === undefined) throw new Error('nobody has the lease');
    const row = await connection.db.provider.findUniqueOrThrow({ where: { id } });
    const [since, until] = [row.leaseSince?.getTime() ?? 0, row.leaseUntil?.getTime() ?? 0];
    expect(until - since).toBe(60_000);
    // PostgreSQL's own clock decides: this machine's may be years off.
    expect(Math.abs(since - (provider === 'sqlite' ? at(0).getTime() : Date.now()))).toBeLessThan(60_000);
    await expect(others.acquireLease(id, { ...take, holder: '3@c' })).rejects.toMatchObject({
      code: 'locked',
      message: `Provider home is being synced by ${won.holder.slice(0, 3)} since ${new Date(since).toISOString()}`,
      hint: `Wait until it has finished. Should that process be gone, the next run may begin at ${new Date(until).toISOString()}.`,
    });
    // Nor does the same holder get it twice.
    await expect(repository.acquireLease(id, { ...take, holder: won.holder })).rejects.toMatchObject({
      code: 'locked',
    });
    await repository.renewLease(id, won, { now: at(60), ttlMs: 60_000 });
    await expect(others.acquireLease(id, { holder: '3@c', now: at(119), ttlMs: 1000 })).rejects.toMatchObject({
      code: 'locked',
    });
    // One that has run out is taken over, and its former holder told.
    await repository.renewLease(id, won, { now: at(60), ttlMs: -1 });
    const third = await others.acquireLease(id, { holder: '3@c', now: at(61), ttlMs: 60_000 });
    await expect(repository.renewLease(id, won, { now: at(62), ttlMs: 1 })).rejects.toMatchObject({ code: 'locked' });
    await repository.releaseLease(id, won);
    await expect(repository.acquireLease(id, { ...take, holder: '1@a' })).rejects.toMatchObject({ code: 'locked' });
    await others.releaseLease(id, third);
    await expect(repository.renewLease(id, won, { now: at(62), ttlMs: 1 })).rejects.toMatchObject({
      message: 'The run of provider home has lost its lease',
    });
    await expect(repository.acquireLease('nobody', { ...take, holder: 'x' })).rejects.toMatchObject({
      code: 'not-found',
    });
    await second.close();
  });

  it('knows the newest 100 UPIDs of each node, and all that still run', async () => {
    const tasks = ['pve1', 'pve9'].flatMap((name) =>
      Array.from({ length: 150 }, (_, i) => task(`${name}-${i}`, { place: name, at: at(100_000 + i) })),
    );
    await repository.apply(
      plan(id, {
        run: { id: 'run11' },
        nodes: [node('n9', 'pve9')],
        records: [
          ...tasks,
          task('old', { at: at(-99_999), outcome: 'running', endedAt: null }),
          task('pve1-7', { at: at(100_007), outcome: 'warning' }),
        ],
      }),
    );
    const known = await repository.knownTasks(id);
    expect(known.size).toBe(201);
    expect(known.get('old')).toBe('running');
    expect([known.has('pve9-49'), known.get('pve9-50'), known.get('pve1-149')]).toEqual([false, 'ok', 'ok']);
    expect(await connection.db.auditRecord.findFirst({ where: { ref: 'pve1-7' } })).toMatchObject({
      outcome: 'warning',
    });
  });

  it('stores a first sync of thousands of guests in fewer than 30 statements', async () => {
    // PGlite takes five times as long as a server.
    const count = provider === 'sqlite' ? 10_000 : 1000;
    const numbers = Array.from({ length: count }, (_, i) => i + 1000);
    const before = connection.statementCount();
    await repository.apply(
      plan(id, {
        run: { id: 'run12' },
        guests: numbers.map((vmid) => guest(`b${vmid}`, vmid)),
        changes: numbers.map((vmid) =>
          change(`b${vmid}`, {
            kind: 'created',
            patch: Object.entries(guest('', vmid).document).map(([key, value]) => [key, null, value] as const),
          }),
        ),
        snapshots: numbers.map((vmid) => ({
          resourceType: 'guest',
          resourceId: `b${vmid}`,
          reason: 'created',
          document: guest('', vmid).document,
        })),
        guestTelemetry: numbers.map((vmid) => ({
          guestId: `b${vmid}`,
          cpu: 0.1,
          memoryUsedBytes: 1,
          diskUsedBytes: 1,
          uptimeSeconds: 1,
          netInBytes: 1,
          netOutBytes: 1,
        })),
      }),
    );
    expect(connection.statementCount() - before).toBeLessThan(30);
    expect(await connection.db.guest.count({ where: { vmid: { gte: 1000 } } })).toBe(count);
    expect((await storedChanges(connection)).filter(({ rev }) => rev === 5)).toHaveLength(count);
    expect((await repository.loadKnown(id)).guests.length).toBeGreaterThan(count);
  });

  it('keeps a chain of hashes that texts and numbers of any kind go through unchanged', async () => {
    const before: unknown[] = [1e21, 1.1, -0, 5e-7, 'a\0b', '\ud800', 'ü€😀', true, ['b', 'a']];
    const patch = before.map((value, i) => [`k${9 - i}`, value, null] as never);
    const [{ rev: next } = { rev: 0 }] = await connection.db.meta.findMany();
    expect(
      await repository.apply(
        plan(id, { run: { id: 'run13' }, changes: [change('ghost', { patch }), change('ghost')] }),
      ),
    ).toEqual({ rev: next + 1 });
    expect(await connection.db.meta.findMany()).toMatchObject([{ lastHash: await recomputeChain(connection) }]);
  });
});
