import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compileWildcard } from '../../src/types/wildcard.ts';

/** What a pattern means, by the simplest rules there are. */
function means(pattern: readonly string[], text: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return text.length === 0;
  if (first === '*') return means(rest, text) || (text.length > 0 && means(pattern, text.slice(1)));
  return text.length > 0 && (first === '?' || first === text[0]) && means(rest, text.slice(1));
}

describe('a wildcard', () => {
  it.each([
    ['', '', true],
    ['', 'a', false],
    ['*', '', true],
    ['**', 'anything', true],
    ['?', '🦄', true],
    ['??', '🦄', false],
    ['?', '\ud800', true],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'a-b-c-', false],
    ['*.example.com', 'pve1.example.com', true],
    ['a.c', 'abc', false],
    ['*end', 'line one\nline end', true],
    ['^$|(a)[b]{1}\\', '^$|(a)[b]{1}\\', true],
  ])('%j on %j: %j', (pattern, text, isMatch) => {
    expect(compileWildcard(pattern)(text)).toBe(isMatch);
  });

  it.each([
    ['ÄB?', 'äbC', true],
    ['ΟΔΟΣ', 'οδος', true],
    ['ς*', 'Σίσυφος', true],
    ['STRASSE', 'straße', false],
    ['straße', 'STRAßE', true],
    ['İ', 'İ', true],
    ['K', 'k', true],
  ])('%j on %j without case: %j', (pattern, text, isMatch) => {
    expect(compileWildcard(pattern)(text)).toBe(isMatch);
  });

  it('means the same as the rules that define it', () => {
    const letters = (...some: string[]) => fc.array(fc.constantFrom(...some), { maxLength: 9 });
    fc.assert(
      fc.property(letters('a', 'b', '*', '?', '🦄'), letters('a', 'b', '🦄'), (pattern, text) => {
        expect(compileWildcard(pattern.join(''))(text.join(''))).toBe(means(pattern, text));
      }),
    );
  });
});

/** Counts how often the letters of a text are read. */
function countReads(pattern: string, text: string): number {
  let reads = 0;
  const counted: Pick<string, 'length' | 'codePointAt'> & { toLowerCase: () => unknown } = {
    length: text.length,
    codePointAt: (index: number) => {
      reads += 1;
      return text.codePointAt(index);
    },
    toLowerCase: () => counted,
  };
  compileWildcard(pattern)(counted as unknown as string);
  return reads;
}

it.each(['*a*a*a*a*a*a*a', '*a*b*a*b*a*b*a*c', '*aaaaaaaab', '?*?*?*?*?*x'])(
  'reads a text at most as often as %j is long',
  (pattern) => {
    for (const letters of [60, 600, 6000]) {
      expect(countReads(pattern, 'a'.repeat(letters))).toBeLessThanOrEqual(2 * letters * pattern.length);
    }
  },
);
