import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { mergeDocument, splitPatch } from '../../src/services/sync/diff-document.ts';
import type { Document } from '../../src/types/document.ts';
import { applyPatch, diffDocuments, undoPatch } from '../../src/types/document-replay.ts';
import type { GuestObservation, Observation } from '../../src/types/observation.ts';
import type { ResourceScope } from '../../src/types/presence.ts';
import { type Section, sectionOf } from '../../src/types/section.ts';
import { SyncRuns } from '../helpers/sync-run.ts';
import { container, EVERY_SECTION, observe, offlineNode, onlineNode, vm } from '../helpers/sync-state.ts';

const PATHS = [
  'name',
  'node',
  'status',
  'pool',
  'ha.state',
  'memory',
  'net0.bridge',
  'tags',
  'constructor',
  '__proto__',
];
const value = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.array(fc.string(), { maxLength: 3 }));
const document: fc.Arbitrary<Document> = fc
  .array(fc.tuple(fc.constantFrom(...PATHS), value), { maxLength: 8 })
  .map((entries) => Object.fromEntries(entries));
const sections: fc.Arbitrary<ReadonlySet<Section>> = fc.subarray([...EVERY_SECTION]).map((list) => new Set(list));

const guest: fc.Arbitrary<GuestObservation> = fc
  .record({
    vmid: fc.integer({ min: 100, max: 106 }),
    isVm: fc.boolean(),
    node: fc.constantFrom('pve1', 'pve2'),
    status: fc.constantFrom('running', 'stopped', 'suspended'),
    memory: fc.integer({ min: 1, max: 3 }),
    machine: fc.integer({ min: 1, max: 3 }),
    unobservable: fc.constantFrom(null, null, null, 'node pve2 is offline'),
    complete: fc.oneof(fc.constant(EVERY_SECTION), sections),
  })
  .map(({ vmid, isVm, node, status, memory, machine, unobservable, complete }) => {
    const base = isVm ? vm(vmid) : container(vmid);
    const identity = complete.has('config') ? { uuid: `u${machine}`, ctime: machine, macs: [`M${machine}`] } : {};
    const seen = { node, status, ...(complete.has('config') && { name: `n${machine}`, memory, cores: 1 }) };
    return { ...base, node, document: seen, complete, identity, unobservable };
  });
const guests = fc.uniqueArray(guest, { selector: ({ vmid }) => vmid, maxLength: 7 });
// One machine stays, so that the cluster is the same one.
const observation: fc.Arbitrary<Observation> = guests.map((list) => observe(10, { guests: [vm(99), ...list] }));

function after(first: Observation): SyncRuns {
  const runs = new SyncRuns();
  runs.run({ ...first, startedAt: observe(0).startedAt, observedAt: observe(0).observedAt });
  return runs;
}

describe('documents', () => {
  it('come back by undoing what turned them into others', () => {
    fc.assert(
      fc.property(document, document, (a, b) => {
        const patch = diffDocuments(a, b);
        expect(applyPatch(a, patch)).toEqual(b);
        expect(undoPatch(b, patch)).toEqual(a);
      }),
    );
  });

  it('keep what a section that is not complete does not tell, and lose what a complete one does not', () => {
    fc.assert(
      fc.property(document, document, sections, (known, seen, complete) => {
        const merged = mergeDocument(known, seen, complete);
        for (const path of new Set([...Object.keys(known), ...Object.keys(seen)])) {
          const was = Object.getOwnPropertyDescriptor(known, path)?.value;
          const is = Object.getOwnPropertyDescriptor(seen, path)?.value;
          const expected = is ?? (complete.has(sectionOf(path)) ? undefined : was);
          expect(Object.getOwnPropertyDescriptor(merged, path)?.value).toEqual(expected);
        }
      }),
    );
  });

  it('are split into what changed and what was read for the first time', () => {
    const patch = [
      ['memory', null, 1],
      ['name', 'a', 'b'],
      ['node', null, 'pve1'],
    ] as const;
    const { changed, observed } = splitPatch(patch, ([path]) => path !== 'node');
    expect(changed.map(([path]) => path)).toEqual(['name', 'node']);
    expect(observed.map(([path]) => path)).toEqual(['memory']);
  });
});

describe('plans of random observations', () => {
  it('write nothing when the same is seen again', () => {
    fc.assert(
      fc.property(observation, observation, (first, second) => {
        const runs = after(first);
        const probes = Object.fromEntries(first.guests.map(({ vmid }) => [vmid, 'gone' as const]));
        runs.run(second, { probes, acceptRemovals: true });
        const { plan } = runs.plan({ ...second, startedAt: observe(20).startedAt, observedAt: observe(20).observedAt });
        expect(plan).toMatchObject({ changes: [], guests: [], nodes: [], storages: [], snapshots: [], held: null });
      }),
    );
  });

  it('can be undone', () => {
    fc.assert(
      fc.property(observation, observation, (first, second) => {
        const runs = after(first);
        const before = new Map(runs.known.guests.map(({ id, document: known }) => [id, known]));
        const { plan } = runs.run(second, { acceptRemovals: true });
        const state = new Map(runs.known.guests.map(({ id, document: known }) => [id, known]));
        for (const { resourceId, patch, resourceType } of plan.changes.toReversed()) {
          if (resourceType === 'guest') state.set(resourceId, undoPatch(state.get(resourceId) ?? {}, patch));
        }
        for (const [id, known] of state) expect(known).toEqual(before.get(id) ?? {});
      }),
    );
  });

  it('touch only what was asked for', () => {
    const kinds = { vms: 'qemu', containers: 'lxc', nodes: 'node', storage: 'storage', tasks: 'none' } as const;
    fc.assert(
      fc.property(
        observation,
        observation,
        fc.constantFrom(...(Object.keys(kinds) as ResourceScope[])),
        (first, second, scope) => {
          const runs = after(first);
          const { plan } = runs.plan({ ...second, requested: [scope] }, { acceptRemovals: true });
          const touched = [
            ...plan.guests.map(({ kind }) => kind),
            ...plan.nodes.map(() => 'node'),
            ...plan.storages.map(() => 'storage'),
          ];
          expect(touched.filter((kind) => kind !== kinds[scope as keyof typeof kinds])).toEqual([]);
        },
      ),
    );
  });

  const blind: fc.Arbitrary<Partial<Observation>> = fc.constantFrom<Partial<Observation>>(
    { quorate: false },
    { permissions: {} },
    { permissions: null },
    { nodes: [offlineNode('pve1'), offlineNode('pve2')] },
    { scopes: [{ scope: 'guests', coverage: 'filtered', count: 0 }] },
    { scopes: [{ scope: 'guests', coverage: 'unreachable', count: 0 }] },
    { scopes: [{ scope: 'guests', coverage: 'error', count: 0 }] },
  );

  it('remove no absent guest in a view that proves nothing, whatever was accepted and answered', () => {
    fc.assert(
      fc.property(observation, fc.func(fc.boolean()), blind, fc.boolean(), (first, keep, over, acceptRemovals) => {
        const runs = after(first);
        const probes = Object.fromEntries(first.guests.map(({ vmid }) => [vmid, 'gone' as const]));
        const kept = first.guests.filter(({ vmid }) => keep(vmid));
        const { plan } = runs.plan(observe(10, { guests: kept, ...over }), { probes, acceptRemovals });
        expect(plan.changes.filter(({ kind }) => kind === 'removed')).toEqual([]);
      }),
    );
  });

  it('leave unobservable guests as they were', () => {
    fc.assert(
      fc.property(observation, guests, (first, second) => {
        const runs = after(first);
        const known = new Map(runs.known.guests.map((one) => [one.vmid, one]));
        const dark = second.map((one) => ({
          ...one,
          kind: known.get(one.vmid)?.kind ?? one.kind,
          unobservable: 'no quorum',
        }));
        runs.run(observe(10, { guests: dark, nodes: [onlineNode('pve1'), onlineNode('pve2')], quorate: false }));
        for (const one of runs.known.guests) {
          const was = known.get(one.vmid);
          if (was === undefined) continue;
          expect(one).toMatchObject({ document: was.document, identity: was.identity, presence: 'unobservable' });
        }
      }),
    );
  });
});
