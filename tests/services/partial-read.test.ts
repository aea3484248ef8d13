import { describe, expect, it } from '@jest/globals';
import type { GuestObservation, Observation } from '../../src/types/observation.ts';
import { SyncRuns, tell } from '../helpers/sync-run.ts';
import { AUDITOR, container, minute, observe, offlineNode, onlineNode, task, vm } from '../helpers/sync-state.ts';

interface Read {
  guests?: readonly GuestObservation[];
  /** Besides the guests that were seen. */
  absent?: readonly string[];
  isSettled?: boolean;
  over?: Partial<Observation>;
}

/** A partial read at a minute, with the rights known. */
function partialRead(minutes: number, { guests = [], absent = [], isSettled = true, over = {} }: Read): Observation {
  const keys = [...guests.map(({ kind, vmid }) => `${kind}/${vmid}`), ...absent];
  return observe(minutes, {
    requested: ['vms', 'containers'],
    guests,
    scopes: [{ scope: 'guests', coverage: 'complete', count: 5 }],
    partialRead: { guests: new Set(keys), listedCount: 5, isSettled },
    ...over,
  });
}

const FIVE = [100, 101, 102, 103, 104].map((vmid) => vm(vmid));

function afterFullRun(over: Partial<Observation> = {}): SyncRuns {
  const runs = new SyncRuns();
  runs.run(observe(0, { guests: FIVE, ...over }));
  return runs;
}

function edited(vmid: number, memory: number, over: Partial<GuestObservation> = {}): GuestObservation {
  const base = vm(vmid);
  return { ...base, document: { ...base.document, memory }, ...over };
}

/** Only the configuration was read. */
function inPart(guest: GuestObservation): GuestObservation {
  const { status: _, ...document } = guest.document;
  return { ...guest, document, complete: new Set(['placement', 'config']), powerSource: 'none' };
}

describe('a plan of a partial read', () => {
  it('says nothing about others, nor about the provider', () => {
    const runs = afterFullRun();
    const { plan, result } = runs.run(
      partialRead(5, { guests: [edited(100, 4096)], over: { permissions: null, quorate: null } }),
    );
    expect(tell(plan)).toEqual(['guest changed memory:2048→4096']);
    expect(plan).toMatchObject({
      permissions: null,
      held: null,
      incompleteSince: {},
      lastCompleteAt: null,
      nodes: [],
      storages: [],
    });
    expect(result).toMatchObject({ outcome: 'complete', summary: { changed: 1, existing: 0, removed: 0 } });
    expect(runs.known.guests).toHaveLength(5);
  });

  it('keeps since when a scope has been incomplete', () => {
    const runs = afterFullRun({
      scopes: [
        { scope: 'guests', coverage: 'complete', count: 5 },
        { scope: 'config/pve1', coverage: 'error', count: 0 },
      ],
    });
    const { incompleteSince } = runs.known;
    const scopes = [{ scope: 'config/pve1', coverage: 'complete', count: 1 } as const];
    const { plan } = runs.run(partialRead(5, { guests: [edited(100, 4096)], over: { scopes } }));
    expect(Object.keys(incompleteSince)).toEqual(['config/pve1']);
    expect(plan.incompleteSince).toEqual(incompleteSince);
  });

  it.each([
    ['the whole guest was read', edited(100, 4096), true, minute(5)],
    ['only a part was read', inPart(edited(100, 4096)), true, minute(0)],
    ['a new guest was left out', edited(100, 4096), false, minute(0)],
  ])('lets the next window begin where it must when %s', (_, guest, isSettled, notBefore) => {
    const runs = afterFullRun();
    runs.run(partialRead(5, { guests: [guest], isSettled }));
    const others = FIVE.filter(({ vmid }) => vmid !== 100);
    const { plan } = runs.run(observe(10, { guests: [edited(100, 8192), ...others] }));
    expect(plan.changes.map(({ attribution }) => attribution.notBefore)).toEqual([notBefore]);
  });

  it('leaves alone what it has seen in part of a guest that is new, or could not be observed', () => {
    const runs = afterFullRun();
    expect(tell(runs.run(partialRead(5, { guests: [inPart(vm(105))] })).plan)).toEqual([]);
    const hidden = FIVE.map((guest) =>
      guest.vmid === 100 ? { ...guest, unobservable: 'node pve1 is offline' } : guest,
    );
    runs.run(observe(6, { guests: hidden }));
    const part = runs.run(partialRead(7, { guests: [inPart(edited(100, 4096))] }));
    expect(part.plan).toMatchObject({ changes: [], guests: [] });
    const full = runs.run(partialRead(8, { guests: [edited(100, 4096)] }));
    expect(tell(full.plan)).toEqual(['guest changed memory:2048→4096']);
    expect(runs.known.guests.map(({ presence }) => presence)).not.toContain('unobservable');
  });

  it('leaves a vmid that is used again to a partial read that includes its configuration', () => {
    const runs = afterFullRun();
    const tasks = [task('qmdestroy', 100, 3), task('qmcreate', 100, 4)];
    const { identity: _, ...started } = inPart(vm(100));
    const part = partialRead(5, {
      guests: [{ ...started, identity: {}, complete: new Set(['power']) }],
      over: { records: tasks },
    });
    expect(tell(runs.run(part).plan)).toEqual([]);
    const reborn = vm(100, { identity: { uuid: 'other', ctime: minute(4).getTime() / 1000, vmgenid: 'x' } });
    expect(tell(runs.run(partialRead(6, { guests: [reborn], over: { records: tasks } })).plan)).toEqual([
      'guest removed replaced by admin@pve',
      'guest created by admin@pve',
    ]);
  });
});

describe('a guest that a partial read does not find', () => {
  const gone = { absent: ['qemu/100'] };

  it('is removed when its vmid is free, or a task destroyed it', () => {
    expect(tell(afterFullRun().run(partialRead(5, gone), { probes: { 100: 'gone' } }).plan)).toEqual(['guest removed']);
    const over = { records: [task('qmdestroy', 100, 4)] };
    expect(tell(afterFullRun().run(partialRead(5, { ...gone, over })).plan)).toEqual(['guest removed by admin@pve']);
  });

  it.each<[string, Partial<Observation>, 'gone' | 'exists' | 'unknown']>([
    ['its vmid is in use', {}, 'exists'],
    ['nobody could tell', {}, 'unknown'],
    ['the rights are not known', { permissions: null }, 'gone'],
    ['it may be hidden', { permissions: { ...AUDITOR, '/vms/100': {} } }, 'gone'],
    ['the cluster has no quorum', { quorate: false }, 'gone'],
    ['its node is off', { nodes: [offlineNode('pve1'), onlineNode('pve2')] }, 'gone'],
    ['a part of the guests is hidden', { scopes: [{ scope: 'guests', coverage: 'filtered', count: 4 }] }, 'gone'],
  ])('is left to a full run when %s', (_, over, probe) => {
    const runs = afterFullRun();
    const { plan, result } = runs.run(partialRead(5, { ...gone, over }), { probes: { 100: probe } });
    expect(plan).toMatchObject({ changes: [], guests: [], held: null });
    expect(result).toMatchObject({ outcome: 'complete', held: [] });
    expect(runs.known.guests[0]).toMatchObject({ vmid: 100, presence: 'present' });
  });

  it('is left to the guard of a full run together with many others', () => {
    const runs = afterFullRun();
    const absent = [100, 101, 102, 103].map((vmid) => `qemu/${vmid}`);
    const probes = { 100: 'gone', 101: 'gone', 102: 'gone', 103: 'gone' } as const;
    expect(runs.run(partialRead(5, { absent }), { probes }).plan).toMatchObject({
      changes: [],
      guests: [],
      held: null,
    });
    expect(runs.known.guests).toHaveLength(5);
  });

  it('does not touch what the guard holds back', () => {
    const runs = new SyncRuns();
    runs.run(observe(0, { guests: [...FIVE, container(200)] }));
    runs.run(observe(5, { guests: [vm(104)] }));
    const { held } = runs.known;
    expect(held.length).toBeGreaterThan(0);
    runs.run(partialRead(6, { guests: [edited(104, 4096)] }));
    expect(runs.known.held).toEqual(held);
  });
});
