import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Claimed, planClaims } from '../../src/services/watch/claims.ts';

const alive = { self: 'a', isDead: (holder: string) => holder.startsWith('dead') };

function claimed(holders: readonly (string | null)[], isRunning = false): Claimed[] {
  return holders.map((holder, i) => ({
    id: `p${i}`,
    claim: holder === null ? null : { holder, isOver: false },
    isRunning,
  }));
}

describe('planClaims', () => {
  it('takes what nobody has, what was not renewed, and what a dead process had', () => {
    const providers = [
      ...claimed([null, 'dead', 'b', 'a']),
      { id: 'p4', claim: { holder: 'c', isOver: true }, isRunning: true },
    ];
    expect(planClaims(providers, alive)).toEqual([
      { id: 'p0', from: null },
      { id: 'p1', from: 'dead' },
      { id: 'p4', from: 'c' },
    ]);
  });

  it('gives a newcomer its share', () => {
    expect(planClaims(claimed(['b', 'b', 'b', 'b', 'b']), alive)).toEqual([
      { id: 'p0', from: 'b' },
      { id: 'p1', from: 'b' },
    ]);
    expect(planClaims(claimed(['b', 'b', 'b', 'c', 'c', 'c']), alive)).toHaveLength(2);
  });

  it('takes nothing from one that has a single one, nor what is being synced', () => {
    expect(planClaims(claimed(['b', 'c', 'd']), alive)).toEqual([]);
    expect(planClaims(claimed(['b', 'b', 'b', 'b'], true), alive)).toEqual([]);
  });

  it('ends in shares that differ by one at most, and then changes nothing', () => {
    const world = fc.record({ watchers: fc.integer({ min: 1, max: 6 }), providers: fc.integer({ min: 0, max: 40 }) });
    fc.assert(
      fc.property(world, fc.infiniteStream(fc.nat(5)), ({ watchers, providers }, order) => {
        const names = Array.from({ length: watchers }, (_, i) => `w${i}`);
        const rows = claimed(Array.from({ length: providers }, () => null));
        const refresh = (self: string): number => {
          const takings = planClaims(rows, { self, isDead: () => false });
          for (const { id } of takings) {
            const row = rows.find((one) => one.id === id);
            if (row) row.claim = { holder: self, isOver: false };
          }
          return takings.length;
        };
        for (let round = 0; round < 40; round++) refresh(names[(order.next().value ?? 0) % watchers] ?? 'w0');
        for (let round = 0; round < 5; round++) for (const name of names) refresh(name);
        const counts = names.map((name) => rows.filter(({ claim }) => claim?.holder === name).length);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
        expect(names.map(refresh)).toEqual(names.map(() => 0));
      }),
      { seed: 7 },
    );
  });
});
