import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { retryAfterMs } from '../../src/services/watch/backoff.ts';
import { nextDue, type ScheduleState } from '../../src/services/watch/schedule.ts';

const NOON = new Date(2026, 10, 21, 12, 0, 0).getTime();
const MINUTE = 60_000;
const every5 = { cron: null, intervalMs: 5 * MINUTE };

function state(changes: Partial<ScheduleState> = {}): ScheduleState {
  return { id: 'p1', lastStartMs: NOON, retryAtMs: null, earlyAtMs: null, nowMs: NOON, ...changes };
}

describe('nextDue', () => {
  it('is at once before the first run', () => {
    expect(nextDue(every5, state({ lastStartMs: null }))).toBe(NOON);
    expect(nextDue({ ...every5, cron: '0 3 * * *' }, state({ lastStartMs: null }))).toBe(NOON);
  });

  it('runs from start to start, a little later by provider and occurrence, the same everywhere', () => {
    const due = nextDue(every5, state());
    expect(due).toBe(nextDue(every5, state({ nowMs: NOON + 1 })));
    const ids = ['p1', 'p2', 'p3', 'p4', 'p5', 'p6'];
    const dues = ids.map((id) => nextDue(every5, state({ id })));
    expect(new Set(dues).size).toBe(ids.length);
    expect(nextDue(every5, state({ lastStartMs: NOON + 7 * MINUTE })) - due).not.toBe(7 * MINUTE);
  });

  it('is never earlier than the interval, and never later than a tenth of it or 30 s', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.integer({ min: 1000, max: 86_400_000 }),
        fc.nat(1e12),
        (id, intervalMs, lastStartMs) => {
          const delayMs = nextDue({ cron: null, intervalMs }, state({ id, lastStartMs })) - lastStartMs - intervalMs;
          expect(delayMs).toBeGreaterThanOrEqual(0);
          expect(delayMs).toBeLessThanOrEqual(Math.min(intervalMs / 10, 30_000));
        },
      ),
    );
  });

  it('follows a cron expression in local time, and is overdue when an occurrence was missed', () => {
    const nightly = { ...every5, cron: '0 3 * * *' };
    const three = new Date(2026, 10, 22, 3, 0, 0).getTime();
    const due = nextDue(nightly, state());
    expect(due - three).toBeGreaterThanOrEqual(0);
    expect(due - three).toBeLessThanOrEqual(30_000);
    // Off from Saturday to Monday: it is due since Sunday.
    expect(nextDue(nightly, state({ nowMs: NOON + 2 * 86_400_000 }))).toBe(due);
    expect(nextDue({ ...every5, cron: '2020-01-01T00:00:00' }, state())).toBe(Number.POSITIVE_INFINITY);
  });

  it('says what a cron expression looks like', () => {
    expect(() => nextDue({ ...every5, cron: 'every day' }, state())).toThrow("'every day' is not a cron expression");
  });

  it('waits after a failure, and is then due whatever the schedule says', () => {
    expect(nextDue(every5, state({ retryAtMs: NOON + 9 * MINUTE }))).toBe(NOON + 9 * MINUTE);
    expect(nextDue({ ...every5, cron: '0 3 * * *' }, state({ retryAtMs: NOON + 1000 }))).toBe(NOON + 1000);
  });

  it('is brought forward by what the feeds cannot tell, and not put off', () => {
    expect(nextDue(every5, state({ earlyAtMs: NOON + MINUTE }))).toBe(NOON + MINUTE);
    expect(nextDue(every5, state({ earlyAtMs: NOON + 60 * MINUTE }))).toBe(nextDue(every5, state()));
  });
});

describe('retryAfterMs', () => {
  it.each([
    [1, 30_000],
    [2, 60_000],
    [5, 480_000],
    [6, 900_000],
    [60, 900_000],
  ])('after %i failures is %i ms, a fifth more or less', (failures, expected) => {
    expect(retryAfterMs(failures, { firstMs: 30_000, random: 0.5 })).toBe(expected);
    expect(retryAfterMs(failures, { firstMs: 30_000, random: 0 })).toBe(expected * 0.8);
    expect(retryAfterMs(failures, { firstMs: 30_000, random: 1 })).toBe(expected * 1.2);
  });

  it('is never less than the first wait that was asked for', () => {
    expect(retryAfterMs(3, { firstMs: 3_600_000, random: 0.5 })).toBe(3_600_000);
  });
});
