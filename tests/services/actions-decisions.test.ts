import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isSameGuest } from '../../src/providers/proxmox/actions/same-guest.ts';
import type { LiveGuest } from '../../src/providers/proxmox/actions/scene.ts';
import { type ActionLimits, chooseSteps, type SteppedPlan } from '../../src/services/actions/choose-steps.ts';
import { planDifferences } from '../../src/services/actions/compare-plans.ts';
import { orderPlans } from '../../src/services/actions/order-plans.ts';
import type { GuestPlan } from '../../src/types/action.ts';
import type { GuestIdentity } from '../../src/types/guest.ts';
import { guestPlan, plannedCall } from '../helpers/stored-actions.ts';

const NODES = ['pve1', 'pve2', 'pve3'];
const STORAGES = ['local', 'shared'];

const step = fc.record({
  nodes: fc.uniqueArray(fc.constantFrom(...NODES), { minLength: 1, maxLength: 2 }),
  storages: fc.uniqueArray(fc.constantFrom(...STORAGES), { maxLength: 2 }),
  group: fc.nat(3),
});
const steps = fc
  .array(step, { maxLength: 30 })
  .map((all): SteppedPlan[] =>
    all
      .sort((a, b) => a.group - b.group)
      .map(({ group, ...load }, seq) => ({ seq, state: 'waiting', plan: { load, group } })),
  );
const limits: fc.Arbitrary<ActionLimits> = fc.record({
  parallel: fc.integer({ min: 1, max: 8 }),
  perNode: fc.integer({ min: 1, max: 4 }),
  perStorage: fc.integer({ min: 1, max: 3 }),
});

describe('which steps are begun', () => {
  it('all in the end, never more at once than the limits say, none of a group before the one before has ended', () => {
    fc.assert(
      fc.property(steps, limits, fc.infiniteStream(fc.nat()), (all, most, choices) => {
        let now = all;
        const set = (seq: number, state: SteppedPlan['state']) => {
          now = now.map((one) => (one.seq === seq ? { ...one, state } : one));
        };
        for (const choice of choices) {
          const begun = chooseSteps(now, most);
          for (const seq of begun) set(seq, 'running');
          const running = now.filter(({ state }) => state === 'running');
          expect(new Set(running.map(({ plan }) => plan.group)).size).toBeLessThanOrEqual(1);
          expect(now.some(({ state, plan }) => state === 'waiting' && plan.group < (running[0]?.plan.group ?? 0))).toBe(
            false,
          );
          expect(running.length).toBeLessThanOrEqual(most.parallel);
          const count = (is: (one: SteppedPlan) => boolean) => running.filter(is).length;
          for (const node of NODES)
            expect(count(({ plan }) => plan.load.nodes.includes(node))).toBeLessThanOrEqual(most.perNode);
          for (const storage of STORAGES)
            expect(count(({ plan }) => plan.load.storages.includes(storage))).toBeLessThanOrEqual(most.perStorage);
          // As many as fit.
          expect(chooseSteps(now, most)).toEqual([]);
          const ends = running[choice % Math.max(1, running.length)];
          if (ends === undefined) break;
          set(ends.seq, 'done');
        }
        expect(now.every(({ state }) => state === 'done')).toBe(true);
      }),
    );
  });

  it('in the order of the plan, where nothing is in the way', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const first = all.filter(({ plan }) => plan.group === all[0]?.plan.group).map(({ seq }) => seq);
        expect(chooseSteps(all, { parallel: 99, perNode: 99, perStorage: 99 })).toEqual(first);
      }),
    );
  });
});

describe('the order of guests', () => {
  const plans = (verb: 'start' | 'stop', orders: readonly (number | null)[]) =>
    orders.map((order, index) => ({
      plan: { ...guestPlan({ vmid: index }), action: { verb }, order } satisfies GuestPlan,
      tags: index % 2 === 0 ? ['db'] : ['web', 'db'],
    }));
  const shown = (all: GuestPlan[]) => all.map(({ subject, group }) => [subject.vmid, group]);

  it('is that of their startup, those without one last, and the other way round where they are stopped', () => {
    const orders = [2, null, 1, 2, null];
    expect(shown(orderPlans(plans('start', orders), { by: 'startup' }))).toEqual([
      [2, 0],
      [0, 1],
      [3, 1],
      [1, 2],
      [4, 2],
    ]);
    expect(shown(orderPlans(plans('stop', orders), { by: 'startup' }))).toEqual([
      [1, 0],
      [4, 0],
      [0, 1],
      [3, 1],
      [2, 2],
    ]);
  });

  it('is that of their tags, by the first that they have, those without one last', () => {
    const all = [...plans('start', [null, null]), { plan: guestPlan({ vmid: 7 }), tags: [] }];
    expect(shown(orderPlans(all, { by: 'tag', tags: ['web', 'db'] }))).toEqual([
      [1, 0],
      [0, 1],
      [7, 2],
    ]);
    expect(shown(orderPlans(all, { by: 'given' }))).toEqual([
      [0, 0],
      [1, 0],
      [7, 0],
    ]);
  });

  it('loses and doubles none', () => {
    fc.assert(
      fc.property(
        fc.array(fc.option(fc.nat(5)), { maxLength: 20 }),
        fc.constantFrom('start' as const, 'stop' as const),
        (orders, verb) => {
          const sorted = orderPlans(plans(verb, orders), { by: 'startup' });
          expect(sorted.map(({ subject }) => subject.vmid).sort((a, b) => a - b)).toEqual(
            orders.map((_, index) => index),
          );
          const groups = sorted.map(({ group }) => group);
          expect(groups).toEqual([...groups].sort((a, b) => a - b));
        },
      ),
    );
  });
});

describe('what is different of a plan', () => {
  const before = guestPlan({ identity: { uuid: 'a', macs: ['M'] } });
  const cases: readonly [string, GuestPlan, string[]][] = [
    ['nothing', guestPlan({ identity: { macs: ['M'], uuid: 'a' } }), []],
    ['when it was seen', { ...before, subject: { ...before.subject, seenAt: '2026-01-01T00:00:00.000Z' } }, []],
    ['the name', guestPlan({ ...before.subject, name: 'db' }), ['its name was web, and is db']],
    ['no name', guestPlan({ ...before.subject, name: null }), ['its name was web, and is none']],
    ['the node', guestPlan({ ...before.subject, node: 'pve2' }), ['its node was pve1, and is pve2']],
    ['the kind', guestPlan({ ...before.subject, kind: 'lxc' }), ['its kind was qemu, and is lxc']],
    ['the provider', guestPlan({ ...before.subject, providerId: 'x' }), ['its providerId was provider-0, and is x']],
    [
      'the identity',
      guestPlan({ ...before.subject, identity: { uuid: 'b', vmgenid: 'g', macs: ['M'] } }),
      ['it is not as it was: uuid, vmgenid changed'],
    ],
    ['what is locked', { ...before, lockVmid: 101 }, ['the vmid was 100, and is 101']],
    [
      'a check',
      { ...before, checks: [{ name: 'lock', ok: false, text: 'it is locked (backup)' }], calls: [] },
      ['it is locked (backup)', 'the calls were change the configuration, and are none'],
    ],
    [
      'another call',
      { ...before, calls: [plannedCall({ words: 'stop' })] },
      ['the calls were change the configuration, and are stop'],
    ],
    [
      'a parameter',
      { ...before, calls: [plannedCall({ parameters: { memory: '1' } })] },
      ['the parameters of the calls are not the same'],
    ],
    [
      'a path',
      { ...before, calls: [plannedCall({ path: '/nodes/pve1/qemu/101/config' })] },
      ['the parameters of the calls are not the same'],
    ],
    [
      'the file',
      { ...before, calls: [plannedCall({ parameters: { memory: '4096', digest: 'd' } })] },
      ['its configuration was changed meanwhile'],
    ],
    ['a new risk', { ...before, risks: [{ kind: 'stops', text: 'stops it' }] }, ['a new risk: stops it']],
  ];
  it.each(cases)('%s', (_, now, expected) => {
    expect(planDifferences(before, now)).toEqual(expected);
  });

  it('a refusal that is none any more, and a risk that is gone', () => {
    const refused = { ...before, checks: [{ name: 'lock', ok: false, text: 'locked' }] } as const;
    expect(planDifferences(refused, before)).toEqual(['what refused it does not any more']);
    expect(planDifferences({ ...before, risks: [{ kind: 'stops', text: 'stops it' }] }, before)).toEqual([]);
  });
});

describe('whether it is the guest of the inventory', () => {
  const [A, B] = [{ macs: ['A'] }, { macs: ['B'] }];
  const vm: readonly [GuestIdentity, GuestIdentity, boolean][] = [
    [{ uuid: 'u' }, { uuid: 'u' }, true],
    [{ uuid: 'u' }, { uuid: 'v' }, false],
    [{ uuid: 'u', ctime: 1 }, { uuid: 'u', ctime: 1 }, true],
    [{ uuid: 'u', ctime: 1 }, { uuid: 'u', ctime: 2 }, false],
    [{ uuid: 'u', ctime: 1, ...A }, { uuid: 'u', ctime: 1, ...B }, true],
    [{ uuid: 'u', ctime: 1 }, { uuid: 'v', ctime: 1, ...A }, false],
    [{ uuid: 'u' }, {}, false],
    [{ uuid: 'u', ...A }, A, false],
    [A, { uuid: 'u', ...A }, false],
    [{}, { uuid: 'u' }, false],
    [{ ctime: 1 }, { ctime: 1 }, true],
    [{ ctime: 1, ...A }, { ctime: 1, ...B }, false],
    [{ ctime: 1 }, { ctime: 2 }, false],
    [A, { macs: ['A', 'B'] }, true],
    [A, B, false],
    [{}, {}, false],
  ];
  const ct: readonly [GuestIdentity, GuestIdentity, boolean][] = [
    [A, { macs: ['B', 'A'] }, true],
    [{ ...A, rootfs: 'r', hostname: 'h' }, { ...B, rootfs: 'r', hostname: 'h' }, false],
    [{ rootfs: 'r', hostname: 'h' }, { rootfs: 'r', hostname: 'h' }, true],
    [{ rootfs: 'r', hostname: 'h' }, { rootfs: 's', hostname: 'h' }, false],
    [{ rootfs: 'r', hostname: 'h' }, { rootfs: 'r', hostname: 'i' }, false],
    [{ hostname: 'h' }, { hostname: 'h' }, false],
    [A, { rootfs: 'r' }, false],
  ];
  const all = [...vm.map((row) => ['qemu', ...row] as const), ...ct.map((row) => ['lxc', ...row] as const)];

  it.each(all)('%s %j, and now %j: %s', (kind, known, identity, expected) => {
    const { subject } = guestPlan({ kind, identity: known });
    const now = (replacements: string[]) => ({ identity, replacements }) as unknown as LiveGuest;
    expect(isSameGuest(subject, now([])).isSame).toBe(expected);
    expect(isSameGuest(subject, now(['qmcreate has run since the last sync'])).isSame).toBe(false);
  });
});
