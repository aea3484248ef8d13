import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { accountTotals } from '../../src/services/billing/account-totals.ts';
import { rounded, sumOf, timesHours } from '../../src/services/billing/decimal.ts';
import { bookCsv, bookSql, type ExportedTransaction } from '../../src/services/billing/export-book.ts';
import { joined, without, withoutAll } from '../../src/services/billing/hour-ranges.ts';
import { parsePriceList } from '../../src/services/billing/price-list.ts';
import { rateOf } from '../../src/services/billing/rate-of.ts';
import { unbilledHours } from '../../src/services/billing/unbilled-hours.ts';
import { PRICES } from './billing-world.ts';

const prices = parsePriceList(PRICES, 'prices.yaml');
const GIB = 2 ** 30;
const size = (cpus: number | null, gib: number, disk: number) => ({
  package: null,
  cpus,
  memoryBytes: gib * GIB,
  diskBytes: disk * GIB,
});

describe('price lists', () => {
  it('are refused with every problem and its line', () => {
    const text =
      'currency: euro\ncharge: running\nhoursPerMonth: 0\npackages:\n  - { name: S, per: day, amount: -1 }\nextra: 1\n';
    expect(() => parsePriceList(text, 'p.yaml')).toThrow(
      expect.objectContaining({
        code: 'configuration',
        messageLines: [
          'p.yaml cannot be used for 5 problems:',
          expect.stringContaining('p.yaml:1:1  currency:'),
          expect.stringContaining('p.yaml:3:1  hoursPerMonth:'),
          expect.stringContaining('p.yaml:5:16  per:'),
          expect.stringContaining('p.yaml:5:26  amount:'),
          expect.stringContaining("p.yaml:6:1  there is no field 'extra'"),
        ],
      }),
    );
  });

  it('have no amount that is another one as a binary fraction', () => {
    const amountOf = (amount: string) =>
      parsePriceList(`{ currency: EUR, charge: running, byCore: { per: hour, amount: ${amount} } }`, 'p.yaml').byCore;
    expect(() => amountOf('123456789012.12345678')).toThrow('more than 15 digits');
    expect(amountOf("'123456789012.12345678'")).toMatchObject({ amount: '123456789012.12345678' });
    expect(amountOf('123456789.123456')).toMatchObject({ amount: '123456789.123456' });
  });

  it('have each package once', () => {
    const one = { name: 'S', per: 'hour', amount: '1' };
    const text = JSON.stringify({ currency: 'EUR', charge: 'present', packages: [one, one] });
    expect(() => parsePriceList(text, 'p.json')).toThrow("there is another package 'S'");
  });
});

describe('rates', () => {
  it.each([
    ['the package that was named', { ...size(64, 1, 1), package: 'S' }, '0.0068493151'],
    ['the smallest package that covers the size', size(2, 2, 32), '0.0068493151'],
    ['the next one for a size that is a little larger', size(2, 2.5, 32), '0.02'],
    ['the size, where no package is large enough', size(8, 2, 32), '0.08'],
  ])('are of %s', (_, server, rate) => {
    expect(rateOf(prices, server)).toMatchObject({ rate, why: null });
  });

  it.each([
    ['a package that is not in the list', { ...size(1, 1, 1), package: 'XXL' }, 'the price list has no package XXL'],
    ['a size that is not known', size(null, 2, 32), 'its number of cores is not known'],
  ])('do not exist for %s', (_, server, why) => {
    expect(rateOf(prices, server)).toEqual({ rate: null, by: null, why });
  });
});

it('amounts are exact, and totals are rounded half to even', () => {
  expect(timesHours('0.0068493151', 730)).toBe('5.000000023');
  expect(sumOf(['0.1', '0.2'])).toBe('0.3');
  expect(['0.125', '0.135', '-0.125'].map((amount) => rounded(amount, { digits: 2, mode: 'half-even' }))).toEqual([
    '0.12',
    '0.14',
    '-0.12',
  ]);
  expect(accountTotals([], [], prices.rounding)).toEqual([]);
});

it('ranges of hours are joined and subtracted', () => {
  expect(
    joined([
      [5, 6],
      [1, 3],
      [3, 4],
      [2, 3],
      [9, 9],
    ]),
  ).toEqual([
    [1, 4],
    [5, 6],
  ]);
  expect(
    without(
      [0, 10],
      [
        [-3, 1],
        [2, 4],
        [3, 5],
        [9, 12],
      ],
    ),
  ).toEqual([
    [1, 2],
    [5, 9],
  ]);
  expect(without([2, 4], [[0, 9]])).toEqual([]);
});

it('ranges of hours leave what is neither in others nor in a range before them', () => {
  const range = fc.tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 30 }));
  fc.assert(
    fc.property(fc.array(range), fc.array(range), (some, others) => {
      const ordered = some.toSorted(([a], [b]) => a - b);
      const taken = new Set(others.flatMap(hoursIn));
      const expected = ordered.map((one) => {
        const left = hoursIn(one).filter((hour) => !taken.has(hour));
        for (const hour of left) taken.add(hour);
        return left;
      });
      expect(withoutAll(ordered, others).map((left) => left.flatMap(hoursIn))).toEqual(expected);
    }),
  );
});

function hoursIn([from, to]: readonly [number, number]): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index);
}

it('an hour in which a guest ran and did not is charged once, by the size with which it ran', () => {
  const sighting = { guestId: 'g', memoryBytes: 2 * GIB, diskBytes: GIB };
  const sightings = [
    { ...sighting, state: 'present', fromHour: 0, toHour: 4, cpus: 1 },
    { ...sighting, state: 'running', fromHour: 2, toHour: 6, cpus: 4 },
  ] as const;
  const all = { sightings, package: null, settled: [], endHour: 9 };
  const hoursBy = (charge: 'present' | 'running') =>
    unbilledHours({ ...prices, charge }, all).map(({ fromHour, toHour, by }) => [fromHour, toHour, by]);
  expect(hoursBy('present')).toEqual([
    [0, 2, 'S'],
    [2, 6, 'M'],
  ]);
  expect(hoursBy('running')).toEqual([[2, 6, 'M']]);
});

it('exports text as text', () => {
  const row: ExportedTransaction = {
    id: 't1',
    accountKey: '=cmd()',
    serverId: 's',
    guestId: 'g',
    kind: 'credit',
    from: null,
    to: null,
    hours: null,
    rate: '0.02',
    amount: '-0.04',
    currency: 'EUR',
    priceVersion: 1,
    proposalId: null,
    by: 'alice',
    reason: "it's '); DROP TABLE x; --",
    rev: 1,
    seq: 0,
    at: '2026-11-21T10:00:00.000Z',
  };
  expect(bookCsv([row]).split('\n')[1]).toBe(
    `t1,'=cmd(),s,g,credit,,,,0.02,-0.04,EUR,1,,alice,it's '); DROP TABLE x;' --,1,0,2026-11-21T10:00:00.000Z`,
  );
  expect(bookSql([row])).toContain(
    `'it''s ''); DROP TABLE x; --', 1, 0, '2026-11-21T10:00:00.000Z') ON CONFLICT ("id") DO NOTHING;`,
  );
});
