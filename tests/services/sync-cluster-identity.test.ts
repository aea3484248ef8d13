import { describe, expect, it } from '@jest/globals';
import type { ClusterIdentity, GuestObservation } from '../../src/types/observation.ts';
import { SyncRuns } from '../helpers/sync-run.ts';
import { observe, task, vm } from '../helpers/sync-state.ts';

const HOME: ClusterIdentity = { clusterName: 'home', nodeNames: ['pve1', 'pve2'], rootCa: null, certificates: [] };
const GUESTS = [vm(100), vm(101), vm(102)];

function settled(identity: ClusterIdentity = HOME): SyncRuns {
  const runs = new SyncRuns();
  runs.run(observe(0, { identity, guests: GUESTS }));
  return runs;
}

/** A machine of the same vmid that is another one. */
function other(guest: GuestObservation): GuestObservation {
  return { ...guest, identity: { uuid: `other-${guest.vmid}`, ctime: 5, vmgenid: 'x' } };
}

describe('a provider that answers as another cluster', () => {
  it.each<[string, ClusterIdentity, RegExp]>([
    [
      'another name',
      { clusterName: 'office', nodeNames: ['pve1'], rootCa: null, certificates: [] },
      /answers as cluster office, and was home/,
    ],
    [
      'no node in common',
      { clusterName: 'home', nodeNames: ['pve8', 'pve9'], rootCa: null, certificates: [] },
      /it has pve8, pve9, and had pve1, pve2/,
    ],
  ])('is refused: %s', (_, identity, message) => {
    const runs = settled();
    expect(() => runs.plan(observe(5, { identity }))).toThrow(
      expect.objectContaining({
        code: 'wrong-cluster',
        message: expect.stringMatching(message),
        hint: expect.any(String),
      }),
    );
  });

  it('is refused when every machine is another one', () => {
    const runs = settled();
    expect(() => runs.plan(observe(5, { identity: HOME, guests: GUESTS.map(other) }))).toThrow(
      /all 3 machines are others/,
    );
  });

  it.each<[string, Partial<Parameters<typeof observe>[1] & object>]>([
    ['two of three', { guests: [vm(100), ...GUESTS.slice(1).map(other)] }],
    ['a task says so of one', { guests: GUESTS.map(other), tasks: [task('qmcreate', 100, 3)] }],
    ['there are but two', { guests: GUESTS.slice(1).map(other) }],
  ])('is not: %s', (_, over) => {
    expect(() => settled().plan(observe(5, { identity: HOME, ...over }))).not.toThrow();
  });
});

describe('a provider whose identity changes', () => {
  it('may join a cluster, with a warning', () => {
    const runs = settled({ clusterName: null, nodeNames: ['pve1'], rootCa: null, certificates: [] });
    const { plan, result } = runs.run(observe(5, { identity: HOME, guests: GUESTS }));
    expect(plan.identity).toEqual(HOME);
    expect(result.warnings).toMatchObject([
      { code: 'joined-cluster', message: 'home: pve1 has joined the cluster home' },
    ]);
  });

  it('keeps what was not told', () => {
    const runs = settled();
    const untold = { clusterName: null, nodeNames: [], rootCa: null, certificates: [] };
    expect(runs.run(observe(5, { identity: untold, guests: GUESTS })).plan.identity).toBeNull();
    expect(runs.known.identity).toEqual(HOME);
  });

  it('keeps its nodes in a view without quorum', () => {
    const runs = settled();
    const identity = { clusterName: 'home', nodeNames: ['pve1'], rootCa: null, certificates: [] };
    expect(runs.run(observe(5, { identity, quorate: false, guests: GUESTS })).plan.identity).toBeNull();
    expect(runs.run(observe(10, { identity, guests: GUESTS })).plan.identity).toEqual(identity);
  });

  it('is not told what the nodes were: a first run that learned nothing', () => {
    const runs = new SyncRuns();
    runs.run(observe(0, { identity: { clusterName: null, nodeNames: [], rootCa: null, certificates: [] } }));
    expect(runs.run(observe(5, { identity: HOME })).result.warnings).toEqual([]);
  });
});
