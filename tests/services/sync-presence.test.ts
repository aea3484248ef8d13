import { describe, expect, it } from '@jest/globals';
import { rules } from '../../src/providers/proxmox/rules/rules.ts';
import { absentCandidates } from '../../src/services/sync/plan-guests.ts';
import type { Observation, Permissions } from '../../src/types/observation.ts';
import { holds } from '../../src/types/permissions.ts';
import { SyncRuns, tell } from '../helpers/sync-run.ts';
import { container, minute, observe, offlineNode, onlineNode, task, vm } from '../helpers/sync-state.ts';

const GUESTS = [vm(100), vm(101), vm(102), vm(103), vm(104, { node: 'pve2' }), container(200)];
/** Without 104, which is on pve2. */
const SHORT = GUESTS.filter(({ vmid }) => vmid !== 104);

function settled(): SyncRuns {
  const runs = new SyncRuns();
  runs.run(observe(0, { guests: GUESTS }));
  return runs;
}

const GUEST_SCOPE = { scope: 'guests', count: 0 } as const;

/** The listing is short by 104, whose vmid is free; and something about the run makes that no proof. */
const BLIND: [why: string, over: Partial<Observation>, reason: string][] = [
  ['no quorum', { quorate: false }, 'the cluster has no quorum'],
  ['its node is off', { nodes: [onlineNode('pve1'), offlineNode('pve2')] }, 'node pve2 is offline'],
  [
    'the state of its node is unknown',
    { nodes: [onlineNode('pve1'), { ...offlineNode('pve2'), status: 'unknown' }] },
    'the state of node pve2 is unknown',
  ],
  ['its node was not listed', { nodes: [onlineNode('pve1')] }, 'node pve2 was not seen'],
  [
    'no node was listed',
    { nodes: [], identity: { clusterName: 'testcluster', nodeNames: [], rootCa: null, certificates: [] } },
    'node pve2 was not seen',
  ],
  [
    'the listing failed',
    { scopes: [{ ...GUEST_SCOPE, coverage: 'unreachable', message: 'no route to host' }] },
    'no route to host',
  ],
  ['the listing was not reported', { scopes: [] }, 'the list of guests could not be read'],
  [
    'the listing was cut short',
    { scopes: [{ ...GUEST_SCOPE, coverage: 'error', message: '2 rows could not be read' }] },
    '2 rows could not be read',
  ],
  [
    'the listing is filtered',
    { scopes: [{ ...GUEST_SCOPE, coverage: 'filtered' }] },
    'the list of guests is not complete',
  ],
  ['permissions were not told', { permissions: null }, 'the permissions of the token could not be read'],
  [
    'a right was lost',
    { permissions: { '/vms/100': { 'VM.Audit': true } } },
    'hidden: VM.Audit on /vms/104 is missing',
  ],
];

describe('a guest that is not listed', () => {
  it.each(BLIND)('is unobservable, not removed: %s', (_, over, reason) => {
    const runs = settled();
    const before = runs.known.guests.find(({ vmid }) => vmid === 104);
    const { plan, result } = runs.run(observe(5, { guests: SHORT, ...over }), { probes: { 104: 'gone' } });

    expect(plan.changes.filter(({ resourceType }) => resourceType === 'guest')).toEqual([]);
    expect(result).toMatchObject({ outcome: 'partial', removedHosts: [], summary: { total: 6, existing: 6 } });
    const after = runs.known.guests.find(({ vmid }) => vmid === 104);
    expect(after).toEqual({
      ...before,
      presence: 'unobservable',
      presenceReason: reason,
      unobservableSince: minute(5),
      lastSeenAt: minute(0),
    });
    expect(absentCandidates(runs.known, observe(10, { guests: SHORT, ...over }), rules)).toEqual([]);
  });

  it('stays unobservable since the first time, and is itself again when it is back', () => {
    const runs = settled();
    const blind = { guests: SHORT, nodes: [onlineNode('pve1'), offlineNode('pve2')] };
    runs.run(observe(5, blind));
    const { plan, result } = runs.run(observe(10, blind));
    expect(plan.guests).toEqual([]);
    expect(result.warnings).toEqual([
      {
        code: 'unobservable',
        scope: 'guests',
        message: '1 guest on pve2 cannot be observed since 2026-11-21T10:05:00.000Z: node pve2 is offline',
      },
    ]);
    const back = runs.run(observe(15, { guests: GUESTS }));
    expect(tell(back.plan)).toEqual(['node changed status:offline→online']);
    expect(back.result.outcome).toBe('complete');
    expect(runs.known.guests.find(({ vmid }) => vmid === 104)).toMatchObject({
      presence: 'present',
      presenceReason: null,
      unobservableSince: null,
    });
  });

  it('is gone when the server says that its vmid is free', () => {
    const runs = settled();
    const seen = observe(5, { guests: SHORT });
    expect(absentCandidates(runs.known, seen, rules).map(({ vmid }) => vmid)).toEqual([104]);
    const { plan, result } = runs.run(seen, { probes: { 104: 'gone' } });
    expect(tell(plan)).toEqual(['guest removed']);
    expect(result.removedHosts).toMatchObject([{ vmid: 104, presence: 'gone', presenceReason: 'its vmid is free' }]);
    expect(result.outcome).toBe('complete');
  });

  it('is gone when a task destroyed it, without asking, and says who', () => {
    const runs = settled();
    const seen = observe(5, { guests: SHORT, records: [task('qmdestroy', 104, 3, { place: 'pve2' })] });
    expect(absentCandidates(runs.known, seen, rules)).toEqual([]);
    expect(tell(runs.run(seen).plan)).toEqual(['guest removed by admin@pve']);
  });

  it('is gone by a destroy task also where the token lost its right with it', () => {
    const runs = settled();
    const permissions: Permissions = { '/vms/100': { 'VM.Audit': true } };
    const seen = observe(5, { guests: SHORT, permissions, records: [task('qmdestroy', 104, 3)] });
    expect(tell(runs.run(seen).plan)).toEqual(['guest removed by admin@pve']);
  });

  it('is not gone by a destroy task when it was restored after that, or when nothing was listed', () => {
    const runs = settled();
    const destroyed = task('qmdestroy', 104, 2);
    const tasks = [destroyed, task('qmrestore', 104, 3)];
    expect(
      runs.plan(observe(5, { guests: SHORT, records: tasks }), { probes: { 104: 'exists' } }).plan.changes,
    ).toEqual([]);
    const scopes = [{ ...GUEST_SCOPE, coverage: 'error' } as const];
    expect(runs.plan(observe(5, { guests: [], records: [destroyed], scopes })).plan.changes).toEqual([]);
    expect(runs.plan(observe(5, { guests: SHORT, records: [destroyed], quorate: false })).plan.changes).toEqual([]);
  });

  it('is unobservable when its vmid is in use: the listing was short', () => {
    const { plan, result } = settled().run(observe(5, { guests: SHORT }), { probes: { 104: 'exists' } });
    expect(plan.changes).toEqual([]);
    expect(result).toMatchObject({ outcome: 'partial', held: [] });
    expect(result.warnings[0]?.message).toContain('though its vmid is in use');
  });

  it('counts when its node has left a quorate cluster', () => {
    const identity = { clusterName: 'testcluster', nodeNames: ['pve1'], rootCa: null, certificates: [] };
    const seen = observe(5, { guests: SHORT, nodes: [onlineNode('pve1')], identity });
    const { plan } = settled().run(seen, { probes: { 104: 'gone' } });
    expect(tell(plan)).toEqual(['node removed', 'guest removed']);
    expect(plan.identity).toEqual(identity);
  });

  it('counts on a single host, which has no quorum', () => {
    const runs = new SyncRuns();
    const single = {
      quorate: null,
      identity: { clusterName: null, nodeNames: ['pve1'], rootCa: null, certificates: [] },
      nodes: [onlineNode('pve1')],
    };
    runs.run(observe(0, { ...single, guests: [vm(100), vm(101)] }));
    const { plan } = runs.run(observe(5, { ...single, guests: [vm(100)] }), { probes: { 101: 'gone' } });
    expect(tell(plan)).toEqual(['guest removed']);
  });
});

describe('a guest that is listed and cannot be observed', () => {
  it('keeps everything that is known of it', () => {
    const runs = settled();
    const before = runs.known.guests.find(({ vmid }) => vmid === 104);
    const dead = vm(104, {
      node: 'pve2',
      document: { node: 'pve2' },
      complete: new Set(['placement', 'config', 'power'] as const),
      identity: {},
      unobservable: 'node pve2 is offline',
    });
    runs.run(observe(5, { guests: [...SHORT, dead], nodes: [onlineNode('pve1'), offlineNode('pve2')] }));
    const after = runs.known.guests.find(({ vmid }) => vmid === 104);
    expect(after).toMatchObject({ document: before?.document, identity: before?.identity, presence: 'unobservable' });
  });

  it('is told by one line for all guests of its node', () => {
    const guests = GUESTS.map((guest) => ({ ...guest, unobservable: 'no quorum' }));
    const { result } = settled().run(observe(5, { guests, quorate: false }));
    expect(result.warnings.map(({ message }) => message)).toEqual([
      '6 guests cannot be observed since 2026-11-21T10:05:00.000Z: no quorum',
    ]);
  });
});

describe('a token that lost its rights', () => {
  const LISTED = { guests: [], permissions: {}, scopes: [{ ...GUEST_SCOPE, coverage: 'filtered' } as const] };

  it('hides guests, says so in one line, and shows them again', () => {
    const runs = settled();
    const first = runs.run(observe(5, LISTED));
    expect(first.plan.changes).toEqual([]);
    expect(first.plan.permissions).toEqual({});
    expect(first.result.warnings.filter(({ code }) => code === 'permission-lost')).toMatchObject([
      { message: 'this token no longer sees 6 guests; missing: VM.Audit on /vms' },
    ]);
    const second = runs.run(observe(10, LISTED));
    expect(second.plan).toMatchObject({ guests: [], permissions: null, changes: [] });
    expect(second.result.outcome).toBe('partial');
    const back = runs.run(observe(15, { guests: GUESTS }));
    expect(back.plan.changes).toEqual([]);
    expect(back.result).toMatchObject({ outcome: 'complete', warnings: [] });
  });

  it('names single guests', () => {
    const runs = new SyncRuns();
    const all = Object.fromEntries(GUESTS.map(({ vmid }) => [`/vms/${vmid}`, { 'VM.Audit': true }]));
    runs.run(observe(0, { guests: GUESTS, permissions: all }));
    const { '/vms/104': _, ...rest } = all;
    const one = runs.plan(observe(5, { guests: SHORT, permissions: rest }));
    expect(one.result.warnings[0]?.message).toBe('this token no longer sees 1 guest; missing: VM.Audit on /vms/104');
  });
});

describe('a privilege on a path', () => {
  const permissions: Permissions = {
    '/': { 'VM.Audit': true },
    '/vms': { 'VM.Audit': false },
    '/vms/100': { 'VM.Console': true },
    '/pool': { 'Pool.Audit': true },
  };
  it.each([
    ['/vms', 'VM.Audit', true],
    ['/vms/100', 'VM.Audit', false],
    ['/vms/101', 'VM.Audit', true],
    ['/pool/prod', 'VM.Audit', false],
    ['/pool/prod', 'Pool.Audit', true],
    ['/nodes/pve1', 'VM.Audit', true],
    ['/', 'Sys.Audit', false],
  ])('%s %s: %s', (path, privilege, expected) => {
    expect(holds(permissions, path, privilege)).toBe(expected);
  });
  it('is missing where nothing is told', () => {
    expect(holds({}, '/vms/100', 'VM.Audit')).toBe(false);
  });
});
