import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Connection, openDatabase } from '../../src/repositories/db/database.ts';
import { HistoryRepository } from '../../src/repositories/history/history-repository.ts';
import { InventoryRepository } from '../../src/repositories/inventory/inventory-repository.ts';
import { AuditRepository } from '../../src/repositories/maintenance/audit-repository.ts';
import { PruneRepository } from '../../src/repositories/maintenance/prune-repository.ts';
import { SyncRepository } from '../../src/repositories/sync/sync-repository.ts';
import { AuditService } from '../../src/services/history/audit-service.ts';
import { HistoryService } from '../../src/services/history/history-service.ts';
import { InventoryService } from '../../src/services/inventory/inventory-service.ts';
import { parseSelectors } from '../../src/services/selectors/parse-selector.ts';
import type { ChangeQuery } from '../../src/types/history-query.ts';
import type { GuestQuery, TaskQuery } from '../../src/types/inventory.ts';
import type { DatabaseProvider } from '../../src/types/migration.ts';
import type { Selector } from '../../src/types/selector.ts';
import { at, CONFIG, guest, plan } from '../helpers/plans.ts';
import { postgres } from '../helpers/postgres.ts';
import { recordWorld } from '../helpers/recorded-world.ts';
import { tempDir } from '../helpers/temp.ts';

function selector(text: string): Selector {
  return parseSelectors([text], at(1000));
}

const dir = tempDir();
const server = postgres();

describe.each<DatabaseProvider>(['sqlite', 'postgresql'])('on %s', (database) => {
  let connection: Connection;
  let home: string;
  let inventory: InventoryService;
  let history: HistoryService;
  let audit: AuditService;

  beforeAll(async () => {
    const url = database === 'sqlite' ? `file:${path.join(dir, 'world.db')}` : server.url;
    connection = await openDatabase(url);
    ({ home } = await recordWorld(connection));
    const repositories = {
      inventory: new InventoryRepository(connection),
      history: new HistoryRepository(connection),
      audit: new AuditRepository(connection),
      prune: new PruneRepository(connection),
    };
    inventory = new InventoryService(repositories);
    history = new HistoryService({ ...repositories, guests: inventory });
    audit = new AuditService(repositories);
  });
  afterAll(() => connection.close());

  describe('listGuests', () => {
    async function ids(query: GuestQuery): Promise<string[]> {
      return (await inventory.listGuests(query)).map((row) => row.id);
    }

    it.each<[string, GuestQuery, string[]]>([
      ['all that are not gone, by provider and vmid', {}, ['web', 'dns', 'db', 'golden', 'lab-web']],
      ['gone ones where asked', { presence: ['gone'] }, ['dns-old']],
      ['gone ones by a selector that asks for presence', { selector: selector('presence=gone') }, ['dns-old']],
      ['none that is gone by another selector', { selector: selector('name=dns*') }, ['dns']],
      ['everything', { presence: 'all' }, ['web', 'dns-old', 'dns', 'db', 'golden', 'lab-web']],
      ['one kind', { kinds: ['lxc'] }, ['dns']],
      ['a provider, in any case', { provider: 'LAB' }, ['lab-web']],
      ['several providers', { provider: ['lab', 'ho*'] }, ['web', 'dns', 'db', 'golden', 'lab-web']],
      ['a node', { node: 'pve2' }, ['web', 'db']],
      ['a power state', { status: ['stopped'] }, ['db', 'golden']],
      ['a tag, in any case', { tag: 'PROD' }, ['web', 'db', 'lab-web']],
      ['a pool', { pool: 'fr*' }, ['web', 'lab-web']],
      ['a name, in any case', { name: 'WEB-??' }, ['web', 'lab-web']],
      ['templates', { template: true }, ['golden']],
      ['no templates, and all filters together', { template: false, node: 'pve*', tag: '*', name: 'db*' }, ['db']],
      ['nothing', { name: 'nobody' }, []],
    ])('lists %s', async (_, query, expected) => {
      expect(await ids(query)).toEqual(expected);
    });

    it('tells the provider, the last figures, and when a guest was last seen', async () => {
      const [web, , db] = await inventory.listGuests({ provider: 'home' });
      expect(web).toMatchObject({
        providerId: home,
        providerName: 'home',
        name: 'web-01',
        node: 'pve2',
        pool: 'front',
        tags: ['Prod', 'web'],
        presence: 'present',
        isStale: false,
        lastSeenAt: at(300),
        cpus: 2,
        memoryBytes: 2 ** 31,
        telemetry: {
          cpu: 0.25,
          memoryUsedBytes: 1,
          netOutBytes: 5,
        },
      });
      expect(db).toMatchObject({
        presence: 'unobservable',
        isStale: true,
        status: 'stopped',
        lastSeenAt: at(195),
        telemetry: null,
        presenceReason: 'node pve2 is offline',
        unobservableSince: at(295),
      });
    });

    it('lists what was there at an earlier time, as it was', async () => {
      expect(await ids({ at: at(99) })).toEqual([]);
      expect(await ids({ at: at(100) })).toEqual(['web', 'dns-old', 'db', 'golden']);
      expect(await ids({ at: at(199) })).toEqual(['web', 'dns-old', 'db', 'golden', 'lab-web']);
      expect(await ids({ at: at(200) })).toEqual(['web', 'dns', 'db', 'golden', 'lab-web']);
      expect(await ids({ at: at(150), node: 'pve1', tag: 'web', kinds: ['qemu'], provider: 'home' })).toEqual(['web']);
      const [web, old] = await inventory.listGuests({ at: at(150) });
      expect(web).toMatchObject({ node: 'pve1', telemetry: null, memoryBytes: 2 ** 31, lastSeenAt: at(150) });
      expect(web?.document).toMatchObject({ node: 'pve1', memory: 2048 });
      expect(old).toMatchObject({ presence: 'present', presenceReason: null, goneAt: null, name: 'dns-old' });
    });

    it('reads the documents of a past time in as many statements as those of one guest', async () => {
      const count = async (query: GuestQuery): Promise<number> => {
        const before = connection.statementCount();
        await inventory.listGuests(query);
        return connection.statementCount() - before;
      };
      expect(await count({ at: at(150) })).toBe(await count({ at: at(150), kinds: ['lxc'] }));
    });

    it('takes filters that leave thousands', async () => {
      const sync = new SyncRepository(connection);
      const many = (await sync.ensureProvider({ ...CONFIG, name: 'many' }, at(0))).id;
      const guests = Array.from({ length: 1200 }, (_, index) => guest(`many-${index}`, 1000 + index));
      const held = guests.map(({ id }) => ({ guestId: id, firstHeldAt: at(160), runs: 1, reason: 'all at once' }));
      await sync.apply(plan(many, { run: { id: 'run-many', finishedAt: at(160) }, guests, held }));
      const query = { provider: 'many', tag: 'web', name: 'vm-*' };
      expect(await inventory.listGuests(query)).toHaveLength(1200);
      expect(await inventory.listGuests({ ...query, name: 'vm-?00?' })).toHaveLength(20);
      expect(await inventory.listGuests({ ...query, at: at(500) })).toHaveLength(1200);
      const status = (await inventory.syncStatus()).find(({ providerName }) => providerName === 'many');
      expect(status?.held).toHaveLength(1200);
      await connection.db.provider.delete({ where: { id: many } });
    });

    it('names the providers that there are when none is called so', async () => {
      await expect(inventory.listGuests({ provider: ['nope', 'x*'] })).rejects.toMatchObject({
        code: 'not-found',
        message: 'there is no provider nope, x*',
        hint: 'did you mean home? there are: home, lab',
      });
    });
  });

  describe('findGuest', () => {
    it.each([
      ['lab-web', 'lab-web'],
      ['dns', 'dns'],
      ['DNS', 'dns'],
      ['101', 'dns'],
      ['lxc/101', 'dns'],
      ['home/100', 'web'],
      ['home/qemu/100', 'web'],
      ['lab/web-01', 'lab-web'],
      ['Lab/Web-01', 'lab-web'],
    ])('finds %s', async (ref, id) => {
      expect(await inventory.findGuest(ref)).toMatchObject({ id });
    });

    it('lists the candidates of a reference that names several', async () => {
      await expect(inventory.findGuest('web-01')).rejects.toMatchObject({
        code: 'ambiguous',
        message: '`web-01` names 2 guests',
        hint: 'Name one by PROVIDER/VMID:\n  home/100  web-01  pve2  present\n  lab/100  web-01  pve1  present',
      });
      await expect(inventory.findGuest('100')).rejects.toMatchObject({ code: 'ambiguous' });
    });

    it('names near ones when there is none', async () => {
      await expect(inventory.findGuest('bd-01')).rejects.toMatchObject({
        code: 'not-found',
        message: 'No guest `bd-01` is in the inventory',
        hint: 'Did you mean `db-01`?',
      });
      await expect(inventory.findGuest('home/gold')).rejects.toMatchObject({ hint: 'Did you mean `golden`?' });
      await expect(inventory.findGuest('xyz')).rejects.toMatchObject({ hint: expect.stringContaining('VMID') });
      await expect(inventory.findGuest('dns', { kinds: ['qemu'] })).rejects.toMatchObject({ code: 'not-found' });
    });

    it('finds one that is gone only where asked', async () => {
      await expect(inventory.findGuest('dns-old')).rejects.toMatchObject({
        message: 'No guest `dns-old` is there any more',
        hint: expect.stringContaining('home/101  dns-old  pve1  gone'),
      });
      expect(await inventory.findGuest('dns-old', { includeGone: true })).toMatchObject({ id: 'dns-old' });
    });

    it('finds what had the name or vmid at an earlier time', async () => {
      expect(await inventory.findGuest('101', { at: at(150) })).toMatchObject({ id: 'dns-old', presence: 'present' });
      expect(await inventory.findGuest('dns-old', { at: at(150), kinds: ['lxc'] })).toMatchObject({ id: 'dns-old' });
      await expect(inventory.findGuest('dns', { at: at(150) })).rejects.toMatchObject({ code: 'not-found' });
      await expect(inventory.findGuest('100', { at: at(150) })).rejects.toMatchObject({ code: 'ambiguous' });
    });
  });

  it('lists nodes with their guests and figures, and as they were', async () => {
    expect(await inventory.listNodes()).toMatchObject([
      {
        name: 'pve1',
        status: 'online',
        telemetry: { cpu: 0.5 },
        guests: { total: 2, running: 1, templates: 1 },
        providerName: 'home',
      },
      { name: 'pve2', status: 'offline', telemetry: null, guests: { total: 2, running: 1 }, isStale: false },
    ]);
    expect(await inventory.listNodes({ status: 'off*' })).toMatchObject([{ name: 'pve2' }]);
    expect(await inventory.listNodes({ at: at(150), name: 'PVE2' })).toMatchObject([
      { status: 'online', version: '8.4.1', cpus: 8, memoryBytes: 2 ** 36 },
    ]);
    expect(await inventory.listNodes({ at: at(50) })).toEqual([]);
  });

  it('lists storages by type, name and node, and as they were', async () => {
    expect(await inventory.listStorages()).toMatchObject([
      { name: 'local', type: 'dir', isShared: false, content: ['images', 'iso'], onNodes: [{ node: 'pve1' }] },
      { name: 'nas', type: 'nfs', isShared: true, onNodes: [{ node: 'pve1' }, { node: 'pve2', totalBytes: 200 }] },
    ]);
    expect(await inventory.listStorages({ node: 'pve2' })).toMatchObject([{ name: 'nas' }]);
    expect(await inventory.listStorages({ type: 'd*', name: 'LOCAL' })).toMatchObject([{ name: 'local' }]);
    expect(await inventory.listStorages({ at: at(150), node: 'pve2' })).toMatchObject([
      { name: 'nas', type: 'nfs', isShared: true, content: ['images', 'iso'], onNodes: [] },
    ]);
  });

  describe('listTasks', () => {
    it.each<[string, TaskQuery, string[]]>([
      ['the newest first', {}, ['aptupdate', 'vzdump', 'qmstart']],
      ['a number of them', { limit: 1 }, ['aptupdate']],
      ['those of a user', { user: 'alice@*' }, ['qmstart']],
      ['those of a token', { user: 'bob@pve!ci' }, ['vzdump']],
      ['a type', { type: ['qm*', 'apt*'] }, ['aptupdate', 'qmstart']],
      ['those of a vmid', { guest: '101' }, ['vzdump']],
      ['those of a vmid that nobody has', { guest: '999' }, []],
      ['those of a guest', { guest: 'home/100' }, ['qmstart']],
      ['those of a guest elsewhere', { guest: 'lab/100' }, []],
      ['those of a guest that is gone', { guest: 'dns-old' }, ['vzdump']],
      ['those since a time', { since: at(120) }, ['aptupdate', 'vzdump']],
      ['those until a time', { until: at(120) }, ['vzdump', 'qmstart']],
      ['failed ones', { failed: true }, ['vzdump']],
      ['ones that did not fail', { failed: false }, ['aptupdate', 'qmstart']],
      ['running ones', { running: true }, ['aptupdate']],
      ['finished ones', { running: false }, ['vzdump', 'qmstart']],
      ['failed and running ones', { failed: true, running: true }, ['aptupdate', 'vzdump']],
      ['those of a node', { node: 'pve2' }, ['aptupdate']],
      ['those of a provider', { provider: 'lab' }, []],
    ])('lists %s', async (_, query, expected) => {
      expect((await inventory.listTasks(query)).map((task) => task.type)).toEqual(expected);
    });

    it('tells what a task was about', async () => {
      expect(await inventory.listTasks({ type: 'vzdump' })).toMatchObject([
        { vmid: 101, guestName: 'dns', providerName: 'home', pid: 4661, id: '101', state: 'failed', token: 'ci' },
      ]);
      expect(await inventory.listTasks({ type: 'aptupdate' })).toMatchObject([{ vmid: null, guestName: null }]);
      await expect(inventory.listTasks({ guest: 'nobody' })).rejects.toMatchObject({ code: 'not-found' });
    });
  });

  it('lists providers without what only a run needs', async () => {
    const providers = await inventory.listProviders();
    expect(providers).toMatchObject([
      { name: 'home', clusterName: 'cluster', nodeNames: ['pve1', 'pve2'], lastCompleteAt: at(300), type: 'proxmox' },
      { name: 'lab', clusterName: null, nodeNames: [], lastRunAt: at(150), credential: { kind: 'token' } },
    ]);
    expect(Object.keys(providers[0] ?? {})).not.toContain('incompleteSince');
  });

  it('tells how the last run of each provider went, and what could not be observed since when', async () => {
    const sync = new SyncRepository(connection);
    const lease = await sync.acquireLease(home, { holder: '7@host', now: at(400), ttlMs: 1000 });
    const [status, other] = await inventory.syncStatus();
    await sync.releaseLease(home, lease);
    expect(status).toMatchObject({
      providerName: 'home',
      lastCompleteAt: at(200),
      lastListedAt: at(300),
      guests: {
        present: 3,
        unobservable: 1,
        gone: 1,
      },
      lastRun: {
        id: 'run-3',
        outcome: 'partial',
        finishedAt: at(300),
        rev: null,
      },
      lease: {
        holder: '7@host',
        // PostgreSQL's own clock decides.
        since: database === 'sqlite' ? at(400) : expect.any(Date),
        until: database === 'sqlite' ? at(401) : expect.any(Date),
      },
      incomplete: [
        {
          scope: 'log',
          since: at(95),
          issue: {
            code: 'filtered',
            hint: 'missing: Sys.Syslog on /',
          },
        },
        {
          scope: 'config/pve2',
          since: at(295),
          issue: {
            code: 'unreachable',
            message: 'no route',
            hint: 'look',
          },
        },
      ],
      unobservable: [
        {
          reason: 'node pve2 is offline',
          count: 1,
          since: at(295),
        },
      ],
      held: [
        {
          guestId: 'golden',
          nativeId: '103',
          vmid: 103,
          name: 'golden',
          kind: 'qemu',
          runs: 1,
          reason: 'too many at once',
        },
      ],
    });
    expect(other).toMatchObject({ providerName: 'lab', lease: null, incomplete: [], held: [], unobservable: [] });
  });

  describe('listChanges', () => {
    async function names(query: ChangeQuery): Promise<string[]> {
      const changes = await history.listChanges(query);
      return changes.map(({ rev, seq, resourceId }) => `${rev}/${seq} ${resourceId}`);
    }
    const SECOND = ['3/0 web', '3/1 web', '3/2 dns-old', '3/3 dns', '3/4 db', '3/6 n2'];

    it.each<[string, ChangeQuery, string[]]>([
      ['those since a time, newest last', { since: at(160) }, SECOND],
      ['those since a time, newest first', { since: at(200), reverse: true }, [...SECOND].reverse()],
      ['none since a time after the last', { since: at(201) }, []],
      ['those until a time', { until: at(150), provider: 'lab' }, ['2/0 lab-web']],
      ['the newest few', { limit: 2 }, ['3/4 db', '3/6 n2']],
      ['those of a guest', { guest: 'home/100' }, ['1/0 web', '3/0 web', '3/1 web']],
      ['those of an id', { guest: 'db' }, ['1/2 db', '3/4 db']],
      ['those of all that had a vmid', { guest: 'lxc/101' }, ['1/1 dns-old', '3/2 dns-old', '3/3 dns']],
      ['created ones', { kind: 'created', since: at(200) }, ['3/3 dns']],
      ['removals and migrations', { kind: ['removed', 'migrated'] }, ['3/0 web', '3/2 dns-old']],
      ['VMs', { kind: 'vm', since: at(200) }, ['3/0 web', '3/1 web', '3/4 db']],
      ['created containers', { kind: ['container', 'created'] }, ['1/1 dns-old', '3/3 dns']],
      ['guests', { kind: 'guest', since: at(200) }, SECOND.slice(0, 5)],
      ['nodes and storages', { kind: ['node', 'storage'] }, ['1/4 n1', '1/5 n2', '1/6 s1', '1/7 s2', '3/6 n2']],
      ['what was only seen for the first time, when asked', { kind: 'observed' }, ['3/5 golden']],
      ['those by a user', { by: 'bob@pve' }, ['3/0 web']],
      ['those by a token', { by: '*!ci' }, ['3/0 web']],
      ['those by nobody knows whom', { by: 'unknown' }, ['3/2 dns-old']],
      ['those by one of several', { by: ['unknown', 'bob@*'] }, ['3/0 web', '3/2 dns-old']],
      ['those of a field', { path: 'memory', since: at(200), kind: 'changed' }, ['3/1 web']],
      ['those of fields', { path: ['net*.bridge', 'node'], kind: 'changed' }, ['3/0 web', '3/4 db']],
      ['those of a run', { run: 'run-2', kind: 'node' }, ['3/6 n2']],
      ['none of a run that changed nothing', { run: 'run-3' }, []],
      ['those of a run and a time that do not meet', { run: 'run-2', until: at(150) }, []],
      ['those of a provider', { provider: 'l*' }, ['2/0 lab-web']],
    ])('lists %s', async (_, query, expected) => {
      expect(await names(query)).toEqual(expected);
    });

    it('tells everything that an auditor files', async () => {
      const [change] = await history.listChanges({ kind: 'migrated' });
      expect(change).toEqual({
        rev: 3,
        seq: 0,
        resourceType: 'guest',
        resourceId: 'web',
        kind: 'changed',
        event: 'migrated',
        explainedAt: null,
        patch: [['node', 'pve1', 'pve2']],
        attribution: {
          actor: 'bob@pve',
          token: 'ci',
          source: 'log',
          via: 'update VM',
          ref: 'pve1/17',
          confidence: 'exact',
          effectiveAt: at(0.5),
          notBefore: at(0),
        },
        isPruned: false,
        runId: 'run-2',
        observedAt: at(200),
        providerId: home,
        providerName: 'home',
        resourceKind: 'qemu',
        vmid: 100,
        name: 'web-01',
      });
    });

    it.each<[ChangeQuery, string]>([
      [{ guest: 'nobody' }, 'not-found'],
      [{ run: 'nothing' }, 'not-found'],
      [{ kind: 'moved' }, 'usage'],
    ])('refuses %j', async (query, code) => {
      await expect(history.listChanges(query)).rejects.toMatchObject({ code });
    });
  });

  it('shows a guest with its last changes, now and then', async () => {
    const now = await history.showGuest('home/100', { changes: 2 });
    expect(now).toMatchObject({ guest: { id: 'web' }, document: { memory: 4096 } });
    expect(now.history.map(({ rev, seq }) => [rev, seq])).toEqual([
      [3, 0],
      [3, 1],
    ]);
    const then = await history.showGuest('home/100', { at: at(150) });
    expect(then).toMatchObject({ document: { memory: 2048 }, history: [{ rev: 1 }] });
  });

  it('compares a guest at two times', async () => {
    expect(await history.diffGuest('home/100', { from: at(100), to: at(200) })).toMatchObject({
      guest: { id: 'web' },
      patch: [
        ['memory', 2048, 4096],
        ['node', 'pve1', 'pve2'],
      ],
    });
    const { patch } = await history.diffGuest('dns-old', { from: at(100), to: at(300), kinds: ['lxc'] });
    expect(patch).toContainEqual(['name', 'dns-old', null]);
  });

  it('gives the document of any resource at a time', async () => {
    const documentAt = (resourceType: 'guest' | 'node' | 'storage', id: string, seconds: number) =>
      history.documentAt({ resourceType, id, at: at(seconds) });
    expect(await documentAt('node', 'n2', 150)).toMatchObject({ status: 'online' });
    expect(await documentAt('node', 'n2', 250)).toMatchObject({ status: 'offline' });
    expect(await documentAt('storage', 's2', 250)).toMatchObject({ type: 'nfs' });
    expect(await documentAt('guest', 'dns', 150)).toBeNull();
    expect(await documentAt('guest', 'nobody', 150)).toBeNull();
  });

  it('verifies, prunes and verifies again', async () => {
    expect(await audit.verify()).toMatchObject({ ok: true, problems: [], revisions: 3, resources: 10 });
    const options = { before: at(250), now: at(1000) };
    expect(await audit.prune({ ...options, dryRun: true })).toMatchObject({ dryRun: true, changes: 5, rev: null });
    expect(await audit.prune(options)).toMatchObject({ upToRev: 3, changes: 5, tasks: 1, runs: 0, rev: 4 });
    expect(await audit.verify()).toMatchObject({ ok: true, problems: [], revisions: 4 });
    expect(await history.listChanges({ guest: 'db' })).toMatchObject([
      { kind: 'created', isPruned: false },
      { kind: 'changed', isPruned: true, patch: [], attribution: { actor: 'alice@pve' } },
    ]);
    await expect(inventory.listGuests({ at: at(150) })).rejects.toMatchObject({ code: 'not-found' });
    expect(await inventory.listGuests({ at: at(200) })).toHaveLength(5);
  });
});
