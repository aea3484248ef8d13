import { describe, expect, it } from '@jest/globals';
import type { KnownState } from '../../src/types/plan.ts';
import type { Section } from '../../src/types/section.ts';
import { logLine } from '../helpers/records.ts';
import { SyncRuns, tell } from '../helpers/sync-run.ts';
import { container, emptyState, MINUTE_MS, minute, observe, task, vm } from '../helpers/sync-state.ts';

/** A provider whose first run saw VMs 100 to 102 and container 200. */
function settled(): SyncRuns {
  const runs = new SyncRuns();
  runs.run(observe(0, { guests: [vm(100), vm(101), vm(102), container(200)] }));
  return runs;
}

const REST = [vm(101), vm(102), container(200)];

describe('the first run', () => {
  it('creates everything, with a snapshot each, and attributes nothing', () => {
    const runs = new SyncRuns();
    const { plan, result } = runs.run(
      observe(0, { guests: [vm(100), container(200)], records: [task('qmcreate', 100, -1)] }),
    );

    expect(tell(plan)).toEqual(['node created', 'node created', 'guest created', 'guest created']);
    expect(plan.snapshots.map(({ reason }) => reason)).toEqual(['created', 'created', 'created', 'created']);
    expect(plan.changes.every(({ attribution }) => attribution.notBefore === null)).toBe(true);
    expect(plan.identity).toEqual({
      clusterName: 'testcluster',
      nodeNames: ['pve1', 'pve2'],
      rootCa: null,
      certificates: [],
    });
    expect(plan.lastCompleteAt).toEqual(minute(0));
    expect(result).toMatchObject({ success: true, outcome: 'complete', summary: { total: 2, new: 2, existing: 0 } });
  });
});

describe('an unchanged cluster', () => {
  it('gives a plan without writes', () => {
    const runs = settled();
    const { plan, result } = runs.run(observe(5, { guests: [vm(100), ...REST] }));

    expect(plan).toMatchObject({ guests: [], nodes: [], storages: [], changes: [], snapshots: [], held: null });
    expect(plan).toMatchObject({ identity: null, permissions: null, incompleteSince: {} });
    expect(result.summary).toEqual({ total: 4, new: 0, removed: 0, existing: 4, changed: 0, imported: 0 });
  });

  it('does not write a container with half a CPU at every run', () => {
    const runs = new SyncRuns();
    const guests = [container(200, { cpus: 0.5, diskBytes: 10.5 })];
    runs.run(observe(0, { guests }));
    expect(runs.run(observe(5, { guests })).plan.guests).toEqual([]);
  });
});

it('stores lines of the log that repeat no task', () => {
  const line = (ref: string, text: string) => logLine({ ref, at: minute(4), text });
  const log = [line('pve1/1', 'update VM 100: -memory 4096'), line('pve1/2', 'starting task UPID:pve1:000A1B2C:00F3:')];
  const { plan } = settled().run(observe(5, { guests: [vm(100), ...REST], records: log }));
  expect(plan.records.map(({ ref }) => ref)).toEqual(['pve1/1']);
});

describe('changes of a guest', () => {
  it('tells a migration as one change of the same guest', () => {
    const runs = settled();
    const id = runs.idOf(100);
    const { plan, result } = runs.run(
      observe(5, { guests: [vm(100, { node: 'pve2' }), ...REST], records: [task('qmigrate', 100, 3)] }),
    );

    expect(tell(plan)).toEqual(['guest changed migrated node:pve1→pve2 by admin@pve']);
    expect(runs.idOf(100)).toBe(id);
    expect(result.changedHosts[0]?.changes).toEqual([{ path: 'node', before: 'pve1', after: 'pve2' }]);
    expect(plan.changes[0]?.attribution.notBefore).toEqual(minute(0));
  });

  it('tells a rollback that changed nothing else, once', () => {
    const runs = settled();
    const rolledBack = { guests: [vm(100, { identity: { ...vm(100).identity, vmgenid: 'new' } }), ...REST] };
    const tasks = [task('qmrollback', 100, 3)];
    expect(tell(runs.run(observe(5, { ...rolledBack, records: tasks })).plan)).toEqual([
      'guest changed rolled-back by admin@pve',
    ]);
    expect(runs.run(observe(10, { ...rolledBack, records: tasks })).plan.changes).toEqual([]);
  });

  it('tells the rollback of a container by its task, once', () => {
    const runs = settled();
    const guests = [vm(100), ...REST];
    const tasks = [task('vzrollback', 200, 3)];
    expect(tell(runs.run(observe(5, { guests, records: tasks })).plan)).toEqual([
      'guest changed rolled-back by admin@pve',
    ]);
    expect(runs.run(observe(10, { guests, records: tasks })).plan.changes).toEqual([]);
  });

  it('tells it once also when the runs that see the task list guests only in part', () => {
    const runs = settled();
    const scopes = [{ scope: 'guests', coverage: 'filtered', count: 4 } as const];
    const seen = { guests: [vm(100), ...REST], records: [task('vzrollback', 200, 3)], scopes };
    expect(runs.run(observe(5, seen)).plan.changes).toMatchObject([{ event: 'rolled-back' }]);
    expect(runs.run(observe(10, seen)).plan.changes).toEqual([]);
  });

  it('does not take what made a guest for its end, when the last complete run is older than the guest', () => {
    const runs = settled();
    const scopes = [{ scope: 'guests', coverage: 'filtered', count: 4 } as const];
    const tasks = [task('qmdestroy', 100, 2), task('qmcreate', 100, 3)];
    const other = vm(100, { identity: { uuid: 'other', ctime: 9, vmgenid: 'x' } });
    expect(runs.run(observe(5, { guests: [other, ...REST], records: tasks, scopes })).plan.changes).toHaveLength(2);
    runs.known = { ...runs.known, guests: runs.known.guests.map((guest) => ({ ...guest, lastSeenAt: minute(0) })) };
    const unread = { ...other, identity: {}, complete: new Set(['placement', 'power'] as const) };
    expect(runs.plan(observe(10, { guests: [unread, ...REST], records: tasks })).plan.changes).toEqual([]);
    expect(runs.plan(observe(10, { guests: REST, records: tasks })).plan.changes).toEqual([]);
  });

  it('takes a reused vmid for a removal and a new guest', () => {
    const runs = settled();
    const before = runs.idOf(100);
    const other = vm(100, { identity: { uuid: 'other', ctime: 9, vmgenid: 'x' } });
    const { plan, result } = runs.run(
      observe(5, { guests: [other, ...REST], records: [task('qmdestroy', 100, 2), task('qmcreate', 100, 3)] }),
    );

    expect(tell(plan)).toEqual(['guest removed replaced by admin@pve', 'guest created']);
    expect(runs.idOf(100)).not.toBe(before);
    expect(result.summary).toMatchObject({ total: 4, new: 1, removed: 1, existing: 3 });
    expect(plan.snapshots.map(({ reason }) => reason)).toEqual(['removed', 'created']);
  });

  it('takes a vmid of another kind for a removal and a new guest', () => {
    const runs = settled();
    const { plan } = runs.run(observe(5, { guests: [container(100), ...REST] }));
    expect(tell(plan)).toEqual(['guest removed replaced', 'guest created']);
    expect(runs.run(observe(10, { guests: [container(100), ...REST] })).plan.changes).toEqual([]);
  });

  it('keeps fields of a section that was not read', () => {
    const runs = settled();
    const bare = vm(100, {
      document: { name: 'vm-100', node: 'pve1', status: 'stopped' },
      complete: new Set(['placement', 'power'] as const),
      identity: {},
      cpus: null,
    });
    const { plan } = runs.run(observe(5, { guests: [bare, ...REST] }));
    expect(tell(plan)).toEqual(['guest changed status:running→stopped']);
    expect(runs.known.guests[0]).toMatchObject({ document: { memory: 2048 }, identity: { uuid: 'uuid-100' }, cpus: 2 });
  });

  it('does not take what is read for the first time for a change', () => {
    const runs = new SyncRuns();
    const bare = {
      document: { node: 'pve2' },
      complete: new Set<never>(),
      identity: {},
      unobservable: 'node pve2 is offline',
    };
    const first = runs.run(observe(0, { guests: [vm(100, { ...bare, node: 'pve2' })] }));
    expect(first.plan.guests[0]).toMatchObject({ presence: 'unobservable', unobservableSince: minute(0) });
    expect(first.result.outcome).toBe('partial');

    const { plan, result } = runs.run(observe(5, { guests: [vm(100, { node: 'pve2' })] }));
    expect(plan.changes).toMatchObject([{ kind: 'changed', event: 'observed', attribution: { actor: null } }]);
    expect(result).toMatchObject({ changedHosts: [], summary: { total: 1, existing: 1 } });
    const again = runs.run(
      observe(10, { guests: [vm(100, { node: 'pve2', document: { ...vm(100).document, node: 'pve2', cores: 2 } })] }),
    );
    expect(tell(again.plan)).toEqual(['guest changed cores:null→2']);
  });

  it('does not take a pool that the token may see now for a change', () => {
    const runs = new SyncRuns();
    const blind = { permissions: { '/': { 'VM.Audit': true } } };
    const unread = vm(100, { complete: new Set<Section>(['placement', 'power', 'ha', 'config']) });
    const pooled = vm(100, { document: { ...vm(100).document, pool: 'prod' } });
    runs.run(observe(0, { guests: [unread], ...blind }));
    expect(runs.run(observe(5, { guests: [pooled] })).plan.changes).toMatchObject([{ event: 'observed' }]);

    const full = settled();
    full.run(observe(5, { guests: [unread, ...REST], ...blind }));
    expect(tell(full.run(observe(10, { guests: [pooled, ...REST] })).plan)).toEqual(['guest changed pool:null→prod']);
  });

  it('looks further back for a power state that is broadcast, and for a configuration that could not be read', () => {
    const runs = settled();
    const stopped = { document: { ...vm(100).document, status: 'stopped' } };
    const { plan } = runs.plan(observe(5, { guests: [vm(100, { ...stopped, powerSource: 'broadcast' }), ...REST] }));
    expect(plan.changes[0]?.attribution.notBefore).toEqual(new Date(minute(0).getTime() - 15_000));

    runs.known = { ...runs.known, incompleteSince: { 'config/pve1': minute(-30).toISOString() } };
    const edited = vm(100, { document: { ...vm(100).document, memory: 4096 } });
    const later = runs.plan(observe(5, { guests: [edited, ...REST] }));
    expect(later.plan.changes[0]?.attribution.notBefore).toEqual(minute(-30));
  });

  it('keeps a whole document at every twentieth change', () => {
    const runs = settled();
    const id = runs.idOf(100) ?? '';
    const edited = observe(5, { guests: [vm(100, { document: { ...vm(100).document, memory: 4096 } }), ...REST] });
    const gathered = (changesSince: number) => runs.known.guests.map((guest) => ({ ...guest, changesSince }));
    runs.known = { ...runs.known, guests: gathered(18) };
    expect(runs.plan(edited).plan.snapshots).toEqual([]);
    runs.known = { ...runs.known, guests: gathered(19) };
    expect(runs.plan(edited).plan.snapshots).toMatchObject([
      { resourceId: id, reason: 'keyframe', document: { memory: 4096 } },
    ]);
  });
});

describe('where a new guest comes from', () => {
  const copy = vm(110, { identity: { uuid: 'uuid-100', ctime: 1100, vmgenid: 'z' } });

  it('tells a restore to another vmid', () => {
    const runs = settled();
    const { plan } = runs.run(observe(5, { guests: [vm(100), ...REST, copy], records: [task('qmrestore', 110, 3)] }));
    expect(tell(plan)).toEqual(['guest created restored by admin@pve']);
    expect(plan.guests[0]?.previousId).toBe(runs.idOf(100));
  });

  it('tells a restore of a machine that was gone', () => {
    const runs = settled();
    runs.run(observe(5, { guests: REST, records: [task('qmdestroy', 100, 3)] }));
    const { plan } = runs.run(observe(10, { guests: [vm(100), ...REST] }));
    expect(plan.changes).toMatchObject([{ kind: 'created', event: 'restored' }]);
    expect(plan.guests[0]?.previousId).toBe('id-3');
  });

  it('tells a clone by its task', () => {
    const runs = settled();
    const clone = vm(111, { identity: { uuid: 'new', ctime: 1100, vmgenid: 'y' } });
    const { plan } = runs.run(observe(5, { guests: [vm(100), ...REST, clone], records: [task('qmclone', 100, 3)] }));
    expect(tell(plan)).toEqual(['guest created cloned by admin@pve']);
  });

  const away: KnownState['elsewhere'][number] = {
    id: 'far',
    providerId: 'other',
    kind: 'qemu',
    nativeId: '7',
    vmid: 7,
    identity: { uuid: 'uuid-100' },
    goneAt: minute(-1),
    presence: 'gone',
  };

  it('tells a move from another cluster', () => {
    const runs = new SyncRuns(emptyState({ elsewhere: [away] }));
    const { plan } = runs.run(observe(0, { guests: [vm(100)] }));
    expect(plan.guests[0]?.previousId).toBe('far');
    expect(plan.changes.at(-1)).toMatchObject({ kind: 'created', event: 'moved-cluster' });
  });

  it('tells no move from another platform of what a first run finds: it may have been here before', () => {
    const twin = { ...away, kind: 'vm', presence: 'present', goneAt: null, isOfOtherPlatform: true } as const;
    const first = new SyncRuns(emptyState({ elsewhere: [twin] })).run(observe(0, { guests: [vm(100)] }));
    expect(first.plan.guests[0]).toMatchObject({ previousId: null });
    const runs = new SyncRuns(emptyState({ elsewhere: [twin] }));
    runs.run(observe(0, { guests: [vm(101)] }));
    const { plan } = runs.run(observe(5, { guests: [vm(100), vm(101)] }));
    expect(plan.guests[0]).toMatchObject({ previousId: 'far' });
  });

  it('does not take a machine that was created for one that was moved', () => {
    const runs = new SyncRuns(emptyState({ elsewhere: [away] }));
    runs.run(observe(0, { guests: [vm(101)] }));
    const { plan } = runs.run(observe(5, { guests: [vm(100), vm(101)], records: [task('qmcreate', 100, 3)] }));
    expect(plan.changes).toMatchObject([{ kind: 'created', event: null }]);
    expect(plan.guests[0]?.previousId).toBeNull();
  });

  it('does not take the same cluster under another name for a move', () => {
    const twin = { ...away, presence: 'present', goneAt: null } as const;
    const runs = new SyncRuns(emptyState({ elsewhere: [twin] }));
    runs.run(observe(0, { guests: [] }));
    const made = runs.plan(observe(5, { guests: [vm(100)], records: [task('qmcreate', 100, 3)] }));
    expect(made.plan.guests[0]?.previousId).toBeNull();
    expect(runs.plan(observe(5, { guests: [vm(100)] })).plan.changes[0]?.event).toBeNull();
    const moved = runs.plan(observe(5, { guests: [vm(100)], records: [task('qmtunnel', 100, 3)] }));
    expect(moved.plan.changes[0]?.event).toBe('moved-cluster');
  });

  it("tells a restore of another cluster's backup", () => {
    const runs = new SyncRuns(emptyState({ elsewhere: [away] }));
    runs.run(observe(0, { guests: [vm(101)] }));
    const { plan } = runs.run(observe(5, { guests: [vm(100), vm(101)], records: [task('qmrestore', 100, 3)] }));
    expect(plan.changes[0]).toMatchObject({ event: 'restored', attribution: { actor: 'admin@pve' } });
  });

  it('tells a removal that was a move to another cluster', () => {
    const twin = { ...away, presence: 'present', goneAt: null } as const;
    const runs = settled();
    runs.known = { ...runs.known, elsewhere: [twin] };
    const gone = { guests: REST, records: [task('qmigrate', 100, 3)] };
    expect(runs.plan(observe(5, gone), { probes: { 100: 'gone' } }).plan.changes).toMatchObject([
      { kind: 'removed', event: 'moved-cluster' },
    ]);
    expect(runs.plan(observe(5, { guests: REST }), { probes: { 100: 'gone' } }).plan.changes[0]?.event).toBeNull();
  });
});

describe('a run that is limited to one kind', () => {
  it.each([
    ['vms', ['node'], { guests: [] }],
    ['nodes', ['guest', 'storage'], {}],
    ['storage', ['guest', 'node'], {}],
    ['tasks', ['guest', 'node', 'storage'], {}],
  ] as const)('%s: never touches others', (scope, untouched, over) => {
    const runs = settled();
    const { plan } = runs.run(observe(5, { requested: [scope], nodes: [], guests: [], ...over }));
    for (const type of untouched) expect(plan.changes.map(({ resourceType }) => resourceType)).not.toContain(type);
    expect(plan.lastCompleteAt).toBeNull();
    expect(runs.known.guests.find(({ kind }) => kind === 'lxc')?.presence).toBe('present');
  });

  it('leaves the creation of the other kind to a run that asks for it', () => {
    const runs = settled();
    const flipped = [container(100), ...REST];
    const { plan } = runs.run(observe(5, { requested: ['vms'], guests: flipped }));
    expect(tell(plan)).toEqual(['guest removed replaced']);
    expect(tell(runs.run(observe(10, { guests: flipped })).plan)).toEqual(['guest created']);
  });

  it('does not make a container twice that took the place of a VM', () => {
    const runs = settled();
    const flipped = [container(100), ...REST];
    expect(tell(runs.run(observe(5, { requested: ['containers'], guests: flipped })).plan)).toEqual(['guest created']);
    expect(tell(runs.run(observe(10, { guests: flipped })).plan)).toEqual(['guest removed replaced']);
    expect(runs.run(observe(15, { guests: flipped })).plan.changes).toEqual([]);
  });

  it('keeps what is held of the other kind', () => {
    const runs = settled();
    runs.run(observe(5, { guests: [vm(100), vm(101), vm(102)] }));
    expect(runs.known.held).toHaveLength(1);
    runs.run(observe(10, { requested: ['vms'], guests: [vm(100), vm(101), vm(102)] }));
    expect(runs.known.held).toHaveLength(1);
  });
});

describe('scopes', () => {
  const PARTLY = { scope: 'config/pve2', coverage: 'error', count: 0, message: 'no answer' } as const;

  it('tells since when one has not been complete, and forgets it when it is', () => {
    const runs = settled();
    const scopes = [...observe(0).scopes, PARTLY];
    const first = runs.run(observe(5, { guests: [vm(100), ...REST], scopes }));
    expect(first.result).toMatchObject({ success: false, outcome: 'partial' });
    expect(first.result.scopes.at(-1)).toMatchObject({ since: minute(0).toISOString() });

    const second = runs.run(observe(10, { guests: [vm(100), ...REST], scopes }));
    expect(second.result.scopes.at(-1)).toMatchObject({ since: minute(0).toISOString() });
    const skipped = { ...PARTLY, coverage: 'skipped' } as const;
    expect(
      runs.run(observe(15, { guests: [vm(100), ...REST], scopes: [...observe(0).scopes, skipped] })).plan
        .incompleteSince,
    ).toEqual({
      'config/pve2': minute(0).toISOString(),
    });
    const done = { ...PARTLY, coverage: 'complete' } as const;
    expect(
      runs.run(observe(20, { guests: [vm(100), ...REST], scopes: [...observe(0).scopes, done] })).plan.incompleteSince,
    ).toEqual({});
  });

  it('forgets those of a node that has left the cluster', () => {
    const runs = settled();
    runs.known = { ...runs.known, incompleteSince: { 'config/pve9': minute(0).toISOString() } };
    const seen = observe(5, { guests: [vm(100), ...REST] });
    expect(runs.plan({ ...seen, quorate: false }).plan.incompleteSince).toHaveProperty(['config/pve9']);
    expect(runs.plan(seen).plan.incompleteSince).toEqual({});
  });

  it('tells a privilege that was never there once, and calls the run complete', () => {
    const runs = settled();
    const filtered = { scope: 'log', coverage: 'filtered', count: 0, missing: ['Sys.Syslog on /'] } as const;
    const seen = observe(5, { guests: [vm(100), ...REST], scopes: [...observe(0).scopes.slice(0, 3), filtered] });
    const first = runs.run(seen);
    expect(first.result.warnings).toEqual([
      { code: 'filtered', scope: 'log', message: 'log: the token sees only a part; missing: Sys.Syslog on /' },
    ]);
    expect(first.result).toMatchObject({ outcome: 'complete', success: true });
    expect(runs.run({ ...seen, startedAt: minute(10), observedAt: minute(10) }).result.warnings).toEqual([]);
  });
});

describe('hosts of the result', () => {
  it('have the addresses that are configured', () => {
    const runs = new SyncRuns();
    const { document } = vm(100);
    const guests = [
      vm(100, {
        document: { ...document, 'ipconfig0.ip': '10.1.2.3/24', 'ipconfig1.ip': '203.0.113.9/24', tags: ['a'] },
      }),
      container(200, { document: { node: 'pve1', 'net0.ip': 'dhcp', 'net1.ip': '172.16.0.9/16' } }),
    ];
    const { newHosts } = runs.run(observe(0, { guests })).result;
    expect(newHosts[0]).toMatchObject({
      privateIp: '10.1.2.3',
      publicIp: '203.0.113.9',
      tags: ['a'],
      state: 'running',
    });
    expect(newHosts[1]).toMatchObject({ privateIp: '172.16.0.9', publicIp: null, name: 'CT 200', state: 'unknown' });
  });

  it('keeps figures of nodes and guests for the telemetry', () => {
    const runs = new SyncRuns();
    const figures = { cpu: 0.5, memoryUsedBytes: 1, diskUsedBytes: 1, uptimeSeconds: 1, netInBytes: 1, netOutBytes: 1 };
    const seen = observe(0, { guests: [vm(100, { telemetry: figures })] });
    const ofNode = { cpu: 0.1, memoryUsedBytes: 1, diskBytes: 2, diskUsedBytes: 1, uptimeSeconds: MINUTE_MS };
    const nodes = seen.nodes.map((node) => ({ ...node, telemetry: ofNode }));
    const { plan } = runs.run({ ...seen, nodes });
    expect(plan.guestTelemetry).toEqual([{ guestId: runs.idOf(100), ...figures }]);
    expect(plan.nodeTelemetry).toHaveLength(2);
  });
});
