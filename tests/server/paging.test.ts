import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { pageOf, type SortKey } from '../../src/server/paging.ts';

interface Row {
  id: string;
  group: string;
  rank: number | null;
}

const keyOf = ({ group, rank, id }: Row): SortKey => [group, rank, id];
const rowsOf = (...ids: string[]): Row[] => ids.map((id) => ({ id, group: 'g', rank: null }));
const idsOf = (rows: readonly { id: string }[]) => rows.map(({ id }) => id);

describe('a page', () => {
  it.each([
    ['the last row given is gone', 'abcdef', 'acdef', 'cd'],
    ['all rows given are gone', 'abcdef', 'cdef', 'cd'],
    ['all rows given and the next one are gone', 'abcdef', 'def', 'de'],
    ['rows came before it', 'bdef', 'abcdef', 'ef'],
    ['a row came right after it', 'abdef', 'abcdef', 'cd'],
    ['nothing is left', 'abcdef', 'ab', ''],
  ])('goes on after the cursor when %s', (_what, before, after, wanted) => {
    const { next } = pageOf(rowsOf(...before.split('')), { limit: 2, keyOf });
    const { items } = pageOf(rowsOf(...after.split('')), { cursor: next ?? '', limit: 2, keyOf });
    expect(idsOf(items).join('')).toBe(wanted);
  });

  it('is sorted by numbers as numbers, and has what has none at the end', () => {
    const rows = [null, 10, 9].map((rank, place) => ({ id: `r${place}`, group: 'g', rank }));
    expect(idsOf(pageOf(rows, { limit: 5, keyOf }).items)).toEqual(['r2', 'r1', 'r0']);
  });

  it.each([
    '',
    'x',
    'OTk5OTk5OTk5IHg',
    Buffer.from('{}').toString('base64url'),
    Buffer.from('[1e999]').toString('base64'),
  ])('refuses the cursor %j', (cursor) => {
    expect(() => pageOf(rowsOf('a'), { cursor, limit: 1, keyOf })).toThrow('the cursor is none of ours');
  });

  it('gives each row that stays once, whatever comes and goes between two pages', () => {
    const row = fc.record({
      id: fc.string({ minLength: 1, maxLength: 3 }),
      group: fc.constantFrom('a', 'B', 'b', 'ä', '\u00e4', 'a\u0308'),
      rank: fc.option(fc.integer({ min: 1, max: 12 })),
    });
    const rows = fc.uniqueArray(row, { selector: ({ id }) => id, maxLength: 24 });
    const isThere = fc.array(fc.array(fc.boolean(), { minLength: 24, maxLength: 24 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(rows, isThere, fc.integer({ min: 1, max: 4 }), (all, presence, limit) => {
        const given: string[] = [];
        const staying = new Set(idsOf(all));
        let cursor: string | undefined;
        for (let page = 0; page <= 24; page++) {
          const now = all.filter((_, place) => presence[page % presence.length]?.[place]);
          for (const id of staying) if (!now.some((one) => one.id === id)) staying.delete(id);
          const { items, next } = pageOf(now, { cursor, limit, keyOf });
          given.push(...idsOf(items));
          if (next === null) break;
          cursor = next;
        }
        expect(given).toEqual([...new Set(given)]);
        expect([...staying].filter((id) => !given.includes(id))).toEqual([]);
      }),
    );
  });
});
