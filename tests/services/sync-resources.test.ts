import { describe, expect, it } from '@jest/globals';
import type { Observation, StorageObservation } from '../../src/types/observation.ts';
import { SyncRuns, tell } from '../helpers/sync-run.ts';
import { AUDITOR, minute, observe, offlineNode, onlineNode } from '../helpers/sync-state.ts';

function storage(name: string, over: Partial<StorageObservation> = {}): StorageObservation {
  const onNodes = [{ node: 'pve1', status: 'available', totalBytes: 10, usedBytes: 5 }];
  return { name, document: { type: 'dir', content: ['images'], nodes: ['pve1'] }, onNodes, ...over };
}

const STORAGES = [storage('local'), storage('nfs')];

function settled(over: Partial<Observation> = {}): SyncRuns {
  const runs = new SyncRuns();
  runs.run(observe(0, { storages: STORAGES, ...over }));
  return runs;
}

describe('nodes', () => {
  const down = { storages: STORAGES, nodes: [onlineNode('pve1'), offlineNode('pve2')] };

  it('tells a node that is down as one change, and keeps what is known of it', () => {
    const runs = settled();
    const { plan } = runs.run(observe(5, down));
    expect(tell(plan)).toEqual(['node changed status:online→offline']);
    expect(runs.known.nodes[1]?.document).toEqual({ ...onlineNode('pve2').document, status: 'offline' });
    expect(runs.run(observe(10, down)).plan).toMatchObject({ changes: [], nodes: [] });
  });

  it('tells nothing of it in a view without quorum', () => {
    const runs = settled();
    const { plan } = runs.run(observe(5, { ...down, quorate: false }));
    expect(plan.changes).toEqual([]);
    expect(runs.known.nodes).toMatchObject([
      { presence: 'present' },
      { presence: 'unobservable', presenceReason: 'the cluster has no quorum', document: { status: 'online' } },
    ]);
    expect(runs.run(observe(10, { storages: STORAGES })).plan.changes).toEqual([]);
  });

  it.each([
    ['that is not listed without quorum', { quorate: false }, 'the cluster has no quorum'],
    ['that was not listed', { scopes: [] }, 'the list of nodes could not be read'],
  ])('keeps one %s', (_, over, reason) => {
    const runs = settled();
    const identity = { clusterName: 'testcluster', nodeNames: ['pve1'], rootCa: null, certificates: [] };
    const { plan } = runs.run(observe(5, { storages: STORAGES, nodes: [onlineNode('pve1')], identity, ...over }));
    expect(plan.changes).toEqual([]);
    expect(runs.known.nodes[1]).toMatchObject({ presence: 'unobservable', presenceReason: reason });
  });

  it('does not store a state that is unknown', () => {
    const runs = settled();
    const unknown = { ...offlineNode('pve2'), status: 'unknown', document: { status: 'unknown' } } as const;
    const { plan } = runs.run(observe(5, { storages: STORAGES, nodes: [onlineNode('pve1'), unknown] }));
    expect(plan.changes).toEqual([]);
    expect(runs.known.nodes[1]).toMatchObject({ presence: 'unobservable', document: { status: 'online' } });
  });

  it('removes one that left a quorate cluster, and creates one that joined', () => {
    const runs = settled();
    const identity = { clusterName: 'testcluster', nodeNames: ['pve1', 'pve3'], rootCa: null, certificates: [] };
    const nodes = [onlineNode('pve1'), onlineNode('pve3')];
    const { plan } = runs.run(observe(5, { storages: STORAGES, nodes, identity }));
    expect(tell(plan)).toEqual(['node created', 'node removed']);
    expect(plan.snapshots.map(({ reason }) => reason)).toEqual(['created', 'removed']);
  });

  it('does not take the version of a node that could not be asked before for a change', () => {
    const runs = new SyncRuns();
    runs.run(observe(0, { nodes: [onlineNode('pve1'), offlineNode('pve2')] }));
    const { plan } = runs.run(observe(5));
    expect(plan.changes.map(({ event, patch }) => [event, patch.map(([path]) => path)])).toEqual([
      ['observed', ['cpus', 'memoryBytes', 'version']],
      [null, ['status']],
    ]);
  });

  it('tells an upgrade, and keeps a version that is not told', () => {
    const runs = settled();
    const upgraded = onlineNode('pve2');
    const nodes = [onlineNode('pve1'), { ...upgraded, document: { ...upgraded.document, version: '9.0.1' } }];
    expect(tell(runs.run(observe(5, { storages: STORAGES, nodes })).plan)).toEqual([
      'node changed version:8.4.21→9.0.1',
    ]);
    const partly = { ...upgraded, document: { status: 'online' }, isComplete: false };
    const { plan } = runs.run(observe(10, { storages: STORAGES, nodes: [onlineNode('pve1'), partly] }));
    expect(plan.changes).toEqual([]);
  });

  it('keeps a status that a complete document does not tell', () => {
    const runs = settled();
    const { status: _, ...document } = onlineNode('pve2').document;
    const nodes = [onlineNode('pve1'), { ...onlineNode('pve2'), document }];
    expect(runs.run(observe(5, { storages: STORAGES, nodes })).plan.changes).toEqual([]);
  });
});

describe('storages', () => {
  it('creates, changes and removes them', () => {
    const runs = settled();
    const changed = storage('local', { document: { type: 'dir', content: ['images', 'iso'], nodes: ['pve1'] } });
    const definedStorages = ['local', 'new'];
    const { plan } = runs.run(observe(5, { storages: [changed, storage('new')], definedStorages }));
    expect(tell(plan)).toEqual(['storage changed content:images→images,iso', 'storage created', 'storage removed']);
    expect(plan.storageOnNodes).toHaveLength(2);
    expect(runs.run(observe(10, { storages: [changed, storage('new')] })).plan).toMatchObject({
      changes: [],
      storages: [],
    });
  });

  const filtered = [{ scope: 'storage', coverage: 'filtered', count: 0 } as const];
  const noAudit = { '/': { 'VM.Audit': true } };
  it.each<[string, Partial<Observation>, Partial<Observation>, string]>([
    ['without quorum', {}, { quorate: false }, 'the cluster has no quorum'],
    ['a right is missing', {}, { permissions: noAudit }, 'hidden: Datastore.Audit on /storage/nfs is missing'],
    ['a right was missing before', { permissions: noAudit }, {}, 'hidden: Datastore.Audit on /storage/nfs is missing'],
    ['permissions were not told', {}, { permissions: null }, 'hidden: Datastore.Audit on /storage/nfs is missing'],
    ['the list is filtered', {}, { scopes: filtered }, 'the list of storages could not be read'],
    ['the list is empty', {}, { storages: [] }, 'held: the list of storages is empty'],
  ])('keeps one that is not listed: %s', (_, before, over, reason) => {
    const runs = settled(before);
    const { plan } = runs.run(observe(5, { storages: [storage('local')], ...over }));
    expect(plan.changes).toEqual([]);
    expect(runs.known.storages.find(({ name }) => name === 'nfs')).toMatchObject({
      presence: 'unobservable',
      presenceReason: reason,
      unobservableSince: minute(5),
    });
    expect(runs.run(observe(10, { storages: STORAGES })).plan.changes).toEqual([]);
  });

  it('removes all of them when that is accepted', () => {
    const { plan } = settled().run(observe(5, { storages: [] }), { acceptRemovals: true });
    expect(tell(plan)).toEqual(['storage removed', 'storage removed']);
  });

  it('stores permissions that changed', () => {
    const runs = settled();
    const same = Object.fromEntries(Object.entries(AUDITOR).toReversed());
    expect(runs.run(observe(5, { storages: STORAGES, permissions: same })).plan.permissions).toBeNull();
    const fewer = { '/': { 'VM.Audit': false } };
    expect(runs.run(observe(10, { storages: STORAGES, permissions: fewer })).plan.permissions).toEqual(fewer);
  });
});

describe('what a storage is able to do', () => {
  const on = (status: string, more: object = {}) => [
    { node: 'pve1', status, totalBytes: null, usedBytes: null, ...more },
  ];
  const seen = (minutes: number, storages: StorageObservation[]) => observe(minutes, { storages });

  it('is told at first sight, and not of one that was added a moment ago', () => {
    const runs = new SyncRuns();
    runs.run(seen(0, [storage('old', { onNodes: on('unknown') })]));
    expect(runs.known.storages[0]?.document['unavailableOn']).toEqual(['pve1']);
    const later = [storage('old', { onNodes: on('unknown') }), storage('new', { onNodes: on('unknown') })];
    const { plan } = runs.run(seen(5, later));
    expect(tell(plan)).toEqual(['storage created']);
    expect(plan.storageOnNodes.map(({ status }) => status)).toEqual(['unknown', 'pending']);
    expect(tell(runs.run(seen(10, later)).plan)).toEqual(['storage changed unavailableOn:null→pve1']);
  });

  it('stays as it was while its node does not tell', () => {
    const runs = new SyncRuns();
    runs.run(seen(0, [storage('nfs')]));
    expect(runs.run(seen(5, [storage('nfs', { onNodes: on('unknown', { isUntold: true }) })])).plan.changes).toEqual(
      [],
    );
    runs.run(seen(10, [storage('nfs', { onNodes: on('unknown') })]));
    expect(runs.run(seen(15, [storage('nfs', { onNodes: on('unknown', { isUntold: true }) })])).plan.changes).toEqual(
      [],
    );
    expect(runs.known.storages[0]?.document['unavailableOn']).toEqual(['pve1']);
  });

  it('is not a change where the version before did not record it', () => {
    const runs = new SyncRuns();
    runs.run(seen(0, [storage('nfs')]));
    const [nfs] = runs.known.storages;
    const onNodes = [{ node: 'pve1', status: 'unknown', totalBytes: null, usedBytes: null }];
    runs.known = { ...runs.known, storages: nfs === undefined ? [] : [{ ...nfs, onNodes }] };
    const { plan } = runs.run(seen(5, [storage('nfs', { onNodes: on('unknown') })]));
    expect(plan.changes).toMatchObject([{ event: 'observed', patch: [['unavailableOn', null, ['pve1']]] }]);
  });

  it('is nothing while it is disabled, and its definition keeps what it does not say', () => {
    const runs = new SyncRuns();
    runs.run(seen(0, [storage('nfs', { onNodes: on('unknown') })]));
    const disabled = storage('nfs', {
      document: { type: 'dir', nodes: ['pve1'], disabled: true },
      isPartial: true,
      onNodes: [],
    });
    const { plan } = runs.run(seen(5, [disabled]));
    expect(tell(plan)).toEqual(['storage changed disabled:null→true unavailableOn:pve1→null']);
    expect(runs.known.storages[0]?.document).toEqual({
      type: 'dir',
      content: ['images'],
      nodes: ['pve1'],
      disabled: true,
    });
    expect(tell(runs.run(seen(10, [storage('nfs')])).plan)).toEqual(['storage changed disabled:true→null']);
  });

  it('was there before, where it is disabled and seen for the first time', () => {
    const runs = settled();
    const disabled = storage('old', {
      document: { type: 'dir', nodes: [], disabled: true },
      isPartial: true,
      onNodes: [],
    });
    const { plan } = runs.run(seen(5, [...STORAGES, disabled]));
    expect(plan.changes).toMatchObject([{ kind: 'created', attribution: { notBefore: null } }]);
  });
});
