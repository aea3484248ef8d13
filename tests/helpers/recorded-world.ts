import type { Connection } from '../../src/repositories/db/connection.ts';
import { SyncRepository } from '../../src/repositories/sync/sync-repository.ts';
import type { Document } from '../../src/types/document.ts';
import { diffDocuments } from '../../src/types/document-replay.ts';
import type { PlannedChange, ResourceType } from '../../src/types/history.ts';
import type { GuestWrite, PlannedSnapshot, SyncPlan } from '../../src/types/plan.ts';
import { at, CONFIG, change, guest, node, plan, storage, task } from './plans.ts';

const ATTRIBUTION = change('').attribution;
const UNKNOWN = { actor: null, token: null, source: 'none', via: null, ref: null, confidence: 'none' } as const;
const WEB = { name: 'web-01', node: 'pve1', status: 'running', tags: ['Prod', 'web'], pool: 'front', memory: 2048 };
const DB = { name: 'db-01', node: 'pve2', status: 'stopped', tags: ['prod'], memory: 4096, 'net0.bridge': 'vmbr0' };
const DNS = { name: 'dns', node: 'pve1', status: 'running', memory: 512 };
const GOLDEN = { name: 'golden', node: 'pve1', status: 'stopped', template: true };
const NODE = node('', '').document;
const STORAGE = storage('', '').document;

/** What is created, changed and removed together, with its snapshots. */
class Writes {
  readonly changes: PlannedChange[] = [];
  readonly snapshots: PlannedSnapshot[] = [];

  made(): Pick<SyncPlan, 'changes' | 'snapshots'> {
    return { changes: this.changes, snapshots: this.snapshots };
  }

  create(resourceType: ResourceType, resourceId: string, document: Document): this {
    this.changes.push(change(resourceId, { resourceType, kind: 'created', patch: diffDocuments({}, document) }));
    this.snapshots.push({ resourceType, resourceId, reason: 'created', document });
    return this;
  }

  change(resourceId: string, before: Document, after: Document, over: Partial<PlannedChange> = {}): this {
    this.changes.push(change(resourceId, { patch: diffDocuments(before, after), ...over }));
    return this;
  }

  remove(resourceId: string, document: Document): this {
    const attribution = { ...ATTRIBUTION, ...UNKNOWN, effectiveAt: null };
    this.changes.push(change(resourceId, { kind: 'removed', patch: diffDocuments(document, {}), attribution }));
    this.snapshots.push({ resourceType: 'guest', resourceId, reason: 'removed', document });
    return this;
  }
}

/**
 * Two providers. `home`, synced at 100, 200 and 300: web-01 (qemu/100), dns (lxc/101, since 200 the second one of this vmid),
 * db-01 (qemu/102, unobservable), golden (a template), two nodes, two storages, tasks. `lab`, synced at 150: another web-01.
 */
export async function recordWorld(connection: Connection): Promise<{ home: string; lab: string }> {
  const sync = new SyncRepository(connection);
  const home = (await sync.ensureProvider(CONFIG, at(0))).id;
  const lab = (await sync.ensureProvider({ ...CONFIG, name: 'lab' }, at(0))).id;
  await sync.apply(firstRun(home));
  await sync.apply(labRun(lab));
  await sync.apply(secondRun(home));
  await sync.apply(thirdRun(home));
  return { home, lab };
}

function runAt(seconds: number, id: string): Partial<SyncPlan['run']> {
  return { id, startedAt: at(seconds - 5), finishedAt: at(seconds) };
}

function present(id: string, vmid: number, document: Document, over: Partial<GuestWrite> = {}): GuestWrite {
  return guest(id, vmid, { document, firstSeenAt: at(95), lastSeenAt: at(95), ...over });
}

function firstRun(home: string): SyncPlan {
  const writes = new Writes()
    .create('guest', 'web', WEB)
    .create('guest', 'dns-old', { ...DNS, name: 'dns-old' })
    .create('guest', 'db', DB)
    .create('guest', 'golden', GOLDEN)
    .create('node', 'n1', NODE)
    .create('node', 'n2', NODE)
    .create('storage', 's1', STORAGE)
    .create('storage', 's2', { ...STORAGE, type: 'nfs', shared: true });
  return plan(home, {
    ...writes.made(),
    run: runAt(100, 'run-1'),
    identity: { clusterName: 'cluster', nodeNames: ['pve1', 'pve2'], rootCa: null, certificates: [] },
    guests: [
      present('web', 100, WEB),
      present('dns-old', 101, { ...DNS, name: 'dns-old' }, { kind: 'lxc' }),
      present('db', 102, DB),
      present('golden', 103, GOLDEN),
    ],
    nodes: [node('n1', 'pve1'), node('n2', 'pve2')],
    storages: [storage('s1', 'local'), storage('s2', 'nas', { document: { ...STORAGE, type: 'nfs', shared: true } })],
    storageOnNodes: [
      { storageId: 's1', node: 'pve1', status: 'available', totalBytes: 100, usedBytes: 1 },
      { storageId: 's2', node: 'pve1', status: 'available', totalBytes: 200, usedBytes: 2 },
      { storageId: 's2', node: 'pve2', status: 'available', totalBytes: 200, usedBytes: 2 },
    ],
    nodeTelemetry: [{ nodeId: 'n1', cpu: 0.5, memoryUsedBytes: 1, diskBytes: 2, diskUsedBytes: 1, uptimeSeconds: 60 }],
    lastCompleteAt: at(100),
  });
}

function labRun(lab: string): SyncPlan {
  return plan(lab, {
    ...new Writes().create('guest', 'lab-web', WEB).made(),
    run: runAt(150, 'run-lab'),
    guests: [present('lab-web', 100, WEB)],
    lastCompleteAt: at(150),
  });
}

function secondRun(home: string): SyncPlan {
  const moved = { ...WEB, node: 'pve2', memory: 4096 };
  const token = { ...ATTRIBUTION, actor: 'bob@pve', token: 'ci' };
  const writes = new Writes()
    .change('web', WEB, { ...WEB, node: 'pve2' }, { event: 'migrated', attribution: token })
    .change('web', { ...WEB, node: 'pve2' }, moved)
    .remove('dns-old', { ...DNS, name: 'dns-old' })
    .create('guest', 'dns', DNS)
    .change('db', DB, { ...DB, 'net0.bridge': 'vmbr1' })
    .change('golden', GOLDEN, { ...GOLDEN, onboot: 1 }, { event: 'observed' })
    .change('n2', NODE, { ...NODE, status: 'offline' }, { resourceType: 'node' });
  const gone = { presence: 'gone', presenceReason: 'replaced', goneAt: at(195) } as const;
  return plan(home, {
    ...writes.made(),
    run: runAt(200, 'run-2'),
    guests: [
      present('web', 100, moved, { lastSeenAt: at(195) }),
      present('dns-old', 101, { ...DNS, name: 'dns-old' }, { kind: 'lxc', ...gone }),
      present('dns', 101, DNS, { kind: 'lxc', firstSeenAt: at(195), lastSeenAt: at(195) }),
      present('db', 102, { ...DB, 'net0.bridge': 'vmbr1' }, { lastSeenAt: at(195) }),
      present('golden', 103, { ...GOLDEN, onboot: 1 }),
    ],
    nodes: [node('n2', 'pve2', { document: { ...NODE, status: 'offline' } })],
    guestTelemetry: [
      {
        guestId: 'web',
        cpu: 0.25,
        memoryUsedBytes: 1,
        diskUsedBytes: 2,
        uptimeSeconds: 3,
        netInBytes: 4,
        netOutBytes: 5,
      },
    ],
    records: [
      task('UPID:pve1:00001234:1:2:qmstart:100:alice@pve:', { at: at(110) }),
      task('UPID:pve1:00001235:1:2:vzdump:101:bob@pve:', {
        at: at(120),
        native: 'vzdump',
        target: '101',
        actor: 'bob@pve',
        credential: 'ci',
        outcome: 'failed',
        text: 'job errors',
      }),
      task('UPID:pve2:00001236:1:2:aptupdate::root@pam:', {
        at: at(130),
        place: 'pve2',
        native: 'aptupdate',
        target: '',
        actor: 'root@pam',
        outcome: 'running',
        endedAt: null,
        text: null,
      }),
    ],
    lastCompleteAt: at(200),
  });
}

function thirdRun(home: string): SyncPlan {
  const reason = 'node pve2 is offline';
  const unseen = { presence: 'unobservable', presenceReason: reason, unobservableSince: at(295) } as const;
  const scope = { scope: 'config/pve2', coverage: 'unreachable', count: 0, message: 'no route', hint: 'look' } as const;
  return plan(home, {
    run: {
      ...runAt(300, 'run-3'),
      outcome: 'partial',
      scopes: [
        { scope: 'guests', coverage: 'complete', count: 4 },
        { ...scope, since: at(295).toISOString() },
        { scope: 'log', coverage: 'filtered', count: 1, missing: ['Sys.Syslog on /'] },
      ],
    },
    guests: [present('db', 102, { ...DB, 'net0.bridge': 'vmbr1' }, { ...unseen, lastSeenAt: at(195) })],
    held: [{ guestId: 'golden', firstHeldAt: at(300), runs: 1, reason: 'too many at once' }],
    incompleteSince: { 'config/pve2': at(295).toISOString(), log: at(95).toISOString() },
    lastCompleteAt: at(300),
  });
}
