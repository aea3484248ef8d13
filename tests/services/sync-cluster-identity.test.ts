import { describe, expect, it } from '@jest/globals';
import { sameCluster } from '../../src/providers/proxmox/rules/cluster-identity.ts';
import type { IdentityMatch } from '../../src/providers/rules.ts';
import type { ClusterIdentity, GuestObservation, Observation } from '../../src/types/observation.ts';
import { SyncRuns } from '../helpers/sync-run.ts';
import { container, emptyState, observe, task, vm } from '../helpers/sync-state.ts';

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
    ['a task says so of one', { guests: GUESTS.map(other), records: [task('qmcreate', 100, 3)] }],
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

const CA = 'AA:01';
const PROVEN: ClusterIdentity = { ...HOME, rootCa: CA, certificates: ['LEAF:1'] };

describe('two identities', () => {
  it.each<[string, Partial<ClusterIdentity>, Partial<ClusterIdentity>, IdentityMatch]>([
    ['equal CA', {}, {}, 'same'],
    ['equal CA, another name', {}, { clusterName: 'office' }, 'same'],
    ['equal CA, a node less', {}, { nodeNames: ['pve2'] }, 'same'],
    ['equal CA, as of a node that left the cluster', {}, { nodeNames: ['pve3'] }, 'other'],
    ['another CA, all else equal', {}, { rootCa: 'BB:02' }, 'other'],
    ['one CA unknown, a certificate in common', {}, { rootCa: null }, 'same'],
    ['both CAs unknown, a certificate in common', { rootCa: null }, { rootCa: null }, 'same'],
    ['one CA unknown, nothing in common but names', {}, { rootCa: null, certificates: ['LEAF:2'] }, 'unknown'],
    ['one CA unknown, another name', {}, { rootCa: null, certificates: [], clusterName: 'office' }, 'other'],
    ['one CA unknown, no name', {}, { rootCa: null, certificates: [], clusterName: null }, 'unknown'],
    ['one CA unknown, other nodes', {}, { rootCa: null, certificates: [], nodeNames: ['x'] }, 'other'],
    ['one CA unknown, nodes unknown', {}, { rootCa: null, certificates: [], nodeNames: [] }, 'unknown'],
  ])('%s: %#', (_, a, b, match) => {
    expect(sameCluster({ ...PROVEN, ...a }, { ...PROVEN, ...b })).toBe(match);
    expect(sameCluster({ ...PROVEN, ...b }, { ...PROVEN, ...a })).toBe(match);
  });
});

describe('another root CA', () => {
  const RENEWED: ClusterIdentity = { ...PROVEN, rootCa: 'BB:02', certificates: ['LEAF:9'] };
  const EVERYTHING = [...GUESTS, container(200)];

  function known(identity: ClusterIdentity, guests: readonly GuestObservation[]): SyncRuns {
    const runs = new SyncRuns();
    runs.run(observe(0, { identity, guests }));
    return runs;
  }

  function restored(guest: GuestObservation): GuestObservation {
    return { ...guest, identity: { ...guest.identity, vmgenid: 'restored' } };
  }

  it.each<[string, Partial<Observation>, string]>([
    ['of other machines', { guests: GUESTS.map(other) }, '0 of 3 guests are the same'],
    [
      'of two other machines of three',
      { guests: [vm(100), ...GUESTS.slice(1).map(other)] },
      '1 of 3 guests are the same',
    ],
    ['of copies that were restored there', { guests: GUESTS.map(restored) }, '0 of 3 guests are the same'],
    [
      'whose guests could not be read',
      { guests: GUESTS.map((guest) => ({ ...guest, identity: {} })) },
      'no guest could',
    ],
    ['whose guests were not asked for', { guests: [], requested: ['nodes'] }, 'no guest could be compared'],
    ['of another name', { identity: { ...RENEWED, clusterName: 'office' }, guests: GUESTS }, '3 of 3 guests'],
  ])('is refused with equal names, nodes and vmids: %s', (_, over, why) => {
    const runs = known(PROVEN, EVERYTHING);
    expect(() => runs.plan(observe(5, { identity: RENEWED, ...over }))).toThrow(
      expect.objectContaining({ code: 'wrong-cluster', message: expect.stringContaining(why) }),
    );
  });

  it.each<[string, readonly GuestObservation[]]>([
    ['the same machines run', EVERYTHING],
    ['most machines are the same', [...GUESTS.slice(0, 2), other(vm(102))]],
    ['the same containers run', [container(200)]],
  ])('is taken for a renewal, with a warning, where %s', (_, guests) => {
    const runs = known(PROVEN, EVERYTHING);
    const { plan, result } = runs.run(observe(5, { identity: RENEWED, guests, requested: ['vms'] }));
    expect(result.warnings).toContainEqual({ code: 'ca-renewed', message: 'home: cluster home has a new root CA' });
    expect(plan.identity).toEqual(RENEWED);
    expect(runs.run(observe(10, { identity: RENEWED, guests: EVERYTHING })).plan.identity).toBeNull();
  });

  const HOST: ClusterIdentity = { clusterName: null, nodeNames: ['pve1'], rootCa: 'CC:03', certificates: ['LEAF:7'] };

  it.each<[string, readonly GuestObservation[]]>([
    ['was empty', []],
    ['took its machines along', GUESTS],
  ])('comes with a cluster that a host joined that %s', (_, guests) => {
    const runs = known(HOST, guests);
    const { plan, result } = runs.run(observe(5, { identity: PROVEN, guests: GUESTS }));
    expect(result.warnings).toContainEqual({
      code: 'joined-cluster',
      message: 'home: pve1 has joined the cluster home',
    });
    expect(plan.identity).toEqual(PROVEN);
  });

  it('is refused of a host whose machines are not there', () => {
    const runs = known(HOST, GUESTS);
    expect(() => runs.plan(observe(5, { identity: PROVEN, guests: GUESTS.map(other) }))).toThrow(/0 of 3 guests/);
    expect(() => runs.plan(observe(5, { identity: PROVEN, guests: [] }))).toThrow(/no guest could be compared/);
  });
});

describe('the certificates of a cluster', () => {
  it('add up, and the CA stays when it was not told', () => {
    const runs = settled(PROVEN);
    const rotated = { ...PROVEN, certificates: ['LEAF:2'] };
    const both = { ...PROVEN, certificates: ['LEAF:1', 'LEAF:2'] };
    expect(runs.run(observe(5, { identity: rotated, guests: GUESTS })).plan.identity).toEqual(both);
    const untold = { ...PROVEN, rootCa: null, certificates: [] };
    expect(runs.run(observe(10, { identity: untold, guests: GUESTS })).plan.identity).toBeNull();
  });

  it('do not grow for ever', () => {
    const certificates = Array.from({ length: 300 }, (_, index) => `LEAF:${index}`);
    const { plan } = new SyncRuns().run(observe(0, { identity: { ...PROVEN, certificates } }));
    expect(plan.identity?.certificates).toEqual(certificates.slice(-256));
  });

  it('a cluster may change its name', () => {
    const runs = settled(PROVEN);
    const renamed = { ...PROVEN, clusterName: 'office' };
    const { plan, result } = runs.run(observe(5, { identity: renamed, guests: GUESTS }));
    expect(plan.identity).toEqual(renamed);
    expect(result.warnings).toContainEqual({
      code: 'renamed-cluster',
      message: 'home: cluster home is now called office',
    });
  });
});

describe('a cluster that another provider stands for', () => {
  const otherProviders = [
    { name: 'unrelated', identity: { ...PROVEN, rootCa: 'DD:04', certificates: [] } },
    { name: 'first', identity: PROVEN },
  ];

  it('is refused at the first run', () => {
    const runs = new SyncRuns(emptyState({ otherProviders }));
    expect(() => runs.plan(observe(0, { identity: PROVEN, guests: GUESTS }))).toThrow(
      expect.objectContaining({
        code: 'wrong-cluster',
        message: 'home: the endpoint answers as cluster home, which is provider first already',
        hint: 'use provider first, or remove it',
      }),
    );
  });

  it('is refused of a host without a cluster, too', () => {
    const host = { ...PROVEN, clusterName: null, nodeNames: ['pve1'] };
    const runs = new SyncRuns(emptyState({ otherProviders: [{ name: 'first', identity: host }] }));
    expect(() => runs.plan(observe(0, { identity: host }))).toThrow(/answers as host pve1, which is provider first/);
  });

  it('is told of, once two of them are stored', () => {
    const runs = new SyncRuns(emptyState({ otherProviders, identity: HOME }));
    expect(runs.run(observe(0, { identity: PROVEN })).result.warnings).toMatchObject([{ code: 'duplicate-cluster' }]);
  });

  it('is another one when only the names are equal', () => {
    const runs = new SyncRuns(emptyState({ otherProviders: [{ name: 'first', identity: HOME }] }));
    expect(() => runs.plan(observe(0, { identity: PROVEN, guests: GUESTS }))).not.toThrow();
  });
});
