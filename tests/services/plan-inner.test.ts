import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { planInner } from '../../src/services/sync/plan-inner.ts';
import type { InnerAddress, InnerAnswer } from '../../src/types/inner-facts.ts';
import type { AddressSpan } from '../../src/types/inner-plan.ts';

const MINUTE = 60_000;
const at = (minute: number): Date => new Date(Date.UTC(2026, 10, 27) + minute * MINUTE);

function address(text: string, interfaceName = 'eth0'): InnerAddress {
  return { interfaceName, address: text, prefix: 24, mac: 'BC:24:11:00:00:01' };
}

function answer(minute: number, addresses: readonly InnerAddress[] | null): InnerAnswer {
  return { guestId: 'g', askedAt: at(minute), addresses, issue: addresses === null ? 'no answer' : null, os: null };
}

/** What is stored after some answers, one after the other. */
function stored(answers: readonly InnerAnswer[]): AddressSpan[] {
  const rows = new Map<string, AddressSpan>();
  for (const one of answers) {
    const plan = planInner({
      providerId: 'p',
      answers: [one],
      backups: [],
      backupJobs: null,
      credential: null,
      known: [...rows.values()],
    });
    for (const span of plan.addresses) {
      rows.set(`${span.interfaceName} ${span.address} ${span.since.getTime()}`, span);
    }
  }
  return [...rows.values()];
}

function spans(answers: readonly InnerAnswer[]): [string, number, number | null][] {
  const minutes = (date: Date): number => (date.getTime() - at(0).getTime()) / MINUTE;
  return stored(answers).map(({ address: text, since, until }) => [text, minutes(since), until && minutes(until)]);
}

describe('the addresses of a guest', () => {
  it('that moves by DHCP are one end and one beginning', () => {
    expect(
      spans([0, 10, 20, 30].map((minute) => answer(minute, [address(minute < 20 ? '10.0.0.5' : '10.0.0.6')]))),
    ).toEqual([
      ['10.0.0.5', 0, 20],
      ['10.0.0.6', 20, null],
    ]);
  });

  it('of an interface that comes and goes are one span', () => {
    const flapping = [0, 10, 20, 30, 40].map((minute) =>
      answer(minute, minute % 20 === 0 ? [address('10.0.0.5')] : []),
    );
    expect(spans(flapping)).toEqual([['10.0.0.5', 0, null]]);
  });

  it('are another span when they come back after more than an hour', () => {
    expect(spans([answer(0, [address('10.0.0.5')]), answer(10, []), answer(80, [address('10.0.0.5')])])).toEqual([
      ['10.0.0.5', 0, 10],
      ['10.0.0.5', 80, null],
    ]);
  });

  it('stay as they are while nobody answers, and nothing is written when they are the same', () => {
    expect(spans([answer(0, [address('10.0.0.5')]), answer(10, null)])).toEqual([['10.0.0.5', 0, null]]);
    const known = stored([answer(0, [address('10.0.0.5')])]);
    const plan = planInner({
      providerId: 'p',
      answers: [answer(10, [address('10.0.0.5')])],
      backups: [],
      backupJobs: null,
      credential: null,
      known,
    });
    expect(plan.addresses).toEqual([]);
    expect(plan.read).toEqual([{ guestId: 'g', addressesAt: at(10) }]);
    expect(
      planInner({
        providerId: 'p',
        answers: [answer(10, null)],
        backups: [],
        backupJobs: null,
        credential: null,
        known,
      }),
    ).toMatchObject({
      asked: [{ guestId: 'g', askedAt: at(10), issue: 'no answer' }],
      read: [],
      addresses: [],
    });
  });

  it('that are current are always those of the last answer', () => {
    const texts = fc.uniqueArray(fc.constantFrom('10.0.0.1', '10.0.0.2', '10.0.0.3'));
    const step = fc.record({ wait: fc.integer({ min: 1, max: 90 }), told: fc.option(texts) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        let minute = 0;
        const answers = steps.map(({ wait, told }) => {
          minute += wait;
          return answer(minute, told === null ? null : told.map((text) => address(text)));
        });
        const last = answers.findLast(({ addresses }) => addresses !== null)?.addresses ?? [];
        const open = stored(answers).filter(({ until }) => until === null);
        expect(open.map((span) => span.address).sort()).toEqual(last.map((one) => one.address).sort());
        for (const { since, until } of stored(answers)) expect(until === null || until > since).toBe(true);
      }),
    );
  });
});

it('a backup whose log tells of no guest leaves a mark, so that it is not read again', () => {
  const task = { ref: 'u', node: 'pve1', at: at(0), endedAt: at(1), isOk: true, nativeId: null };
  expect(
    planInner({ providerId: 'p', answers: [], backups: [[task, []]], backupJobs: null, credential: null, known: [] })
      .backups,
  ).toEqual([{ ref: 'u', nativeId: '', kind: null, at: at(0), isOk: false, bytes: null, volume: null }]);
});
