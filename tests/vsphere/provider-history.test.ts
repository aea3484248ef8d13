import { expect, it } from '@jest/globals';
import { rules } from '../../src/providers/vsphere/rules/rules.ts';
import { diffDocuments } from '../../src/types/document-replay.ts';
import type { UnattributedChange } from '../../src/types/evidence.ts';
import type { PlannedChange } from '../../src/types/history.ts';
import type { GuestObservation, Observation } from '../../src/types/observation.ts';
import type { KnownState } from '../../src/types/plan.ts';
import { emptyState } from '../helpers/sync-state.ts';
import { describeVsphere, vcsim } from '../helpers/vcsim.ts';
import { EVERYTHING, guestNamed, providers } from './provider-world.ts';

function knownAfter({ identity, startedAt, records }: Observation): KnownState {
  return emptyState({ providerId: 'p1', identity, lastCompleteAt: startedAt, recentRecords: records });
}

/** A change between two runs, as the core makes it. */
function changeOf(
  before: GuestObservation | null,
  after: GuestObservation | null,
  [first, second]: readonly [Observation, Observation],
): UnattributedChange {
  const guest = after ?? before;
  if (guest === null) throw new Error('a change needs a guest');
  return {
    resourceType: 'guest',
    resourceId: guest.nativeId,
    kind: before === null ? 'created' : after === null ? 'removed' : 'changed',
    event: null,
    patch: diffDocuments(before?.document ?? {}, after?.document ?? {}),
    guest: { ...guest, isHaManaged: false },
    notBefore: first.startedAt,
    notAfter: second.observedAt,
  };
}

function told(rows: readonly PlannedChange[]): string[] {
  return rows.map(({ patch, attribution: { actor, via, confidence } }) =>
    [`${patch.map(([path]) => path).join(' ')}:`, actor ?? 'nobody', via ?? 'nothing', confidence].join(' '),
  );
}

describeVsphere('what happens between two runs', () => {
  const world = vcsim({ vms: 4, hosts: 2 });
  const open = providers(world);

  it('is told with who did it', async () => {
    const { hand } = world;
    const provider = open();
    const first = await provider.discover(EVERYTHING);
    const refs = new Set(first.records.map(({ ref }) => ref));
    const newestAt = first.records.at(-1)?.at ?? null;
    await hand.as('alice', 'power-off', 'DC0_C0_RP0_VM0');
    await hand.as('DOM\\bob', 'reconfigure', 'DC0_C0_RP0_VM0', { memoryMB: 96, numCPUs: 2, annotation: 'a & b' });
    await hand.as('alice', 'reconfigure', 'DC0_C0_RP0_VM1', { numCPUs: 2 });
    await hand.as('carol', 'reconfigure', 'DC0_C0_RP0_VM1', { numCPUs: 4 });
    await hand.as('carol', 'clone', 'DC0_C0_RP0_VM2', { name: 'copy' });
    await hand.as('carol', 'create', null, { name: 'new' });
    await hand.as('bob', 'power-off', 'DC0_C0_RP0_VM3');
    await hand.as('alice', 'destroy', 'DC0_C0_RP0_VM3');
    const knownRecords = async () => ({ refs, newestAt, lastCompleteAt: first.startedAt });
    const second = await provider.discover({ ...EVERYTHING, knownRecords });

    expect(second.records.filter(({ ref }) => refs.has(ref))).toEqual([]);
    const ahead = { refs, newestAt: new Date(Date.now() + 7_200_000), lastCompleteAt: first.startedAt };
    const third = await provider.discover({ ...EVERYTHING, knownRecords: async () => ahead });
    expect(third.records.map(({ ref }) => ref)).toEqual(second.records.map(({ ref }) => ref));
    const { evidence } = rules.toFacts(knownAfter(first), second, second.observedAt);
    const both = [first, second] as const;
    const explain = (before: string | null, after: string | null): string[] =>
      told(
        rules.attribute(
          [
            changeOf(
              before === null ? null : guestNamed(first, before),
              after === null ? null : guestNamed(second, after),
              both,
            ),
          ],
          evidence,
        ),
      );
    expect(explain('DC0_C0_RP0_VM0', 'DC0_C0_RP0_VM0')).toEqual([
      'status: alice VmPoweredOffEvent exact',
      'description memory: DOM\\bob VmReconfiguredEvent exact',
      'sockets: DOM\\bob VmReconfiguredEvent likely',
    ]);
    expect(explain('DC0_C0_RP0_VM1', 'DC0_C0_RP0_VM1')).toEqual(['sockets: nobody nothing none']);
    expect(explain(null, 'copy')[0]).toMatch(/: carol VmClonedEvent exact$/);
    expect(explain(null, 'new')[0]).toMatch(/: carol VmCreatedEvent exact$/);
    expect(explain('DC0_C0_RP0_VM3', null)[0]).toMatch(/: alice VmRemovedEvent exact$/);
    // The source of a clone stays as it was.
    expect(guestNamed(second, 'DC0_C0_RP0_VM2').document).toEqual(guestNamed(first, 'DC0_C0_RP0_VM2').document);

    const gone = guestNamed(first, 'DC0_C0_RP0_VM3');
    const facts = rules.toFacts(knownAfter(first), { ...second, guests: [...second.guests, gone] }, second.observedAt);
    const window = { notBefore: first.startedAt, notAfter: second.observedAt };
    expect(rules.findDestruction(gone, window, facts)).toEqual({ actor: 'alice' });
    expect(rules.findDestruction(guestNamed(first, 'DC0_C0_RP0_VM2'), window, facts)).toBeNull();
    expect(rules.findOrigin(guestNamed(second, 'copy'), first.startedAt, facts)).toEqual({
      event: 'cloned',
      previousId: null,
    });

    const left = guestNamed(second, 'DC0_C0_RP0_VM0');
    const probes = await provider.probeAbsent?.([gone, left, { ...left, nativeId: 'another' }]);
    expect([...(probes ?? [])]).toEqual([
      [gone.nativeId, 'gone'],
      [left.nativeId, 'exists'],
      ['another', 'gone'],
    ]);
    // However many are missing: what nobody asks about is removed after an hour.
    const many = Array.from({ length: 300 }, (_, index) => ({ ...left, nativeId: `id-${index}` }));
    expect(new Set((await provider.probeAbsent?.(many))?.values())).toEqual(new Set(['gone']));
  });
});
