import { describe, expect, it } from '@jest/globals';
import { keepKnown } from '../../src/services/sync/keep-known.ts';
import type { GuestObservation } from '../../src/types/observation.ts';
import { SyncRuns } from '../helpers/sync-run.ts';
import { container, observe, vm } from '../helpers/sync-state.ts';

const FIRST = [100, 101, 102, 103].map((vmid) => vm(vmid));

function afterFirst(): SyncRuns {
  const runs = new SyncRuns();
  runs.run(observe(0, { guests: FIRST }));
  return runs;
}

/** As a server tells it: nothing shared with what is known, fields in another order. */
function told(guest: GuestObservation): GuestObservation {
  const document = Object.fromEntries(Object.entries(structuredClone(guest.document)).toReversed());
  return { ...guest, document, identity: structuredClone(guest.identity) };
}

describe('what is known of guests', () => {
  it('takes the place of what was read and is the same', () => {
    const { known } = afterFirst();
    const [guest] = known.guests;
    const kept = keepKnown(known)(told(vm(100)));
    expect(kept).toEqual(vm(100));
    expect(kept.document).toBe(guest?.document);
    expect(kept.identity).toBe(guest?.identity);
  });

  it('stays out of what differs, in a value, in a field more, in a field less', () => {
    const keep = keepKnown(afterFirst().known);
    const { status: _, ...without } = vm(100).document;
    for (const document of [{ ...vm(100).document, memory: 1 }, { ...vm(100).document, pool: 'prod' }, without]) {
      const seen = { ...vm(100), document, identity: { uuid: 'another' } };
      expect(keep(seen)).toEqual(seen);
      expect(keep(seen).document).toBe(document);
    }
  });

  it('leaves guests alone that were not known', () => {
    const seen = vm(999);
    expect(keepKnown(afterFirst().known)(seen)).toBe(seen);
  });

  it('does not change what a run decides', () => {
    const edited = told(vm(101));
    const guests = [
      told(vm(100)),
      { ...edited, document: { ...edited.document, memory: 4096 } },
      container(102),
      told(vm(104)),
    ];
    const whole = afterFirst();
    const kept = afterFirst();
    const seen = observe(5, { guests });
    expect(kept.plan({ ...seen, guests: guests.map(keepKnown(kept.known)) })).toEqual(whole.plan(seen));
  });
});
