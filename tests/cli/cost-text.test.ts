import { describe, expect, it } from '@jest/globals';
import { costText } from '../../src/cli/providers/check-cost.ts';

const counts = (requests?: number) => ({
  counts: { total: 1, new: 0, removed: 0, existing: 1, changed: 0, ...(requests !== undefined && { requests }) },
});
const EVERY_5 = { autoDiscover: true, discoverInterval: 5 };

describe('what the runs of a provider cost', () => {
  it.each([
    [[], EVERY_5, undefined, 'no run has counted its requests yet'],
    [[counts()], EVERY_5, '2 a second', 'no run has counted its requests yet; the vendor takes 2 a second'],
    [
      [counts(40), counts(10), counts(), counts(20)],
      EVERY_5,
      '2 a second',
      '40 requests in the last run, 20 in the middle of 3 runs, 5760 a day at every 5 min; the vendor takes 2 a second',
    ],
    [
      [counts(1)],
      { autoDiscover: false, discoverInterval: 5 },
      undefined,
      '1 request in the last run, 1 in the middle of 1 run',
    ],
    [
      [counts(3), counts(4)],
      { autoDiscover: true, discoverInterval: null },
      undefined,
      '3 requests in the last run, 3 in the middle of 2 runs',
    ],
  ])('is told from %j', (runs, schedule, limits, expected) => {
    expect(costText(runs, schedule, limits)).toBe(expected);
  });
});
