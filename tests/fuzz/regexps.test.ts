import { describe, expect, it } from '@jest/globals';
import { hostileTexts } from '../helpers/hostile-texts.ts';
import { StepCounter } from '../helpers/regexp-steps.ts';
import { parseRegExp } from '../helpers/regexp-syntax.ts';
import { readRegExps } from './source-regexps.ts';

const { literals, dynamic } = readRegExps();

/** Twice the text may take twice the steps; four times as many are quadratic. What is bounded shows in longer texts only. */
const MOST_GROWTH = 2.6;
const LENGTHS = [
  [100, 200],
  [700, 1400],
] as const;

function isLinear(
  counter: StepCounter,
  make: (length: number) => string,
  [short, long]: readonly [short: number, long: number],
): boolean {
  const steps = counter.count(make(short));
  return Number.isFinite(steps) && counter.count(make(long)) <= MOST_GROWTH * steps;
}

/** The first text for which the steps of a pattern grow faster than its length; null when there is none. */
function findSuperlinear(pattern: string, flags: string): string | null {
  const tree = parseRegExp(pattern);
  const counter = new StepCounter(tree, flags);
  for (const make of hostileTexts(tree, counter)) {
    if (!LENGTHS.some((lengths) => isLinear(counter, make, lengths))) return make(30);
  }
  return null;
}

describe('the steps of a pattern', () => {
  it.each([
    ['x*y', 'g'],
    ['\\s+$', ''],
    ['"[^"\\\\]*(?:\\\\[\\s\\S][^"\\\\]*)*"', 'g'],
    ['Permission check failed \\((\\/[^,)]*), ([^)]+)\\)', ''],
    ['\\bPVE\\w*(?::|%3A)[^\\s"\']*?(?:::|%3A%3A)[\\w+/=%-]+', 'g'],
    ['^\\s*\\s*$', ''],
    ['^(?:a+)+$', ''],
    ['^(?:a|aa)*b', ''],
    ['^.*a.*a.*a.*b$', 's'],
  ])('are seen to grow faster than the text: %s', (pattern, flags) => {
    expect(findSuperlinear(pattern, flags)).not.toBeNull();
  });

  it.each([
    ['^[a-z]+$', 'i'],
    ['\\s+', 'g'],
    ['"[^"]*"', ''],
    ['\\bPVE\\w*(?::|%3A)', 'g'],
    ['^(["\'])(.*)\\1$', 's'],
    ['a[^b]{0,64}c', 'g'],
  ])('are seen not to: %s', (pattern, flags) => {
    expect(findSuperlinear(pattern, flags)).toBeNull();
  });
});

describe('every pattern of the sources', () => {
  it('is a literal, so that it is tried below', () => expect(dynamic).toEqual([]));

  it.each(literals.map((one) => [`/${one.pattern}/${one.flags} in ${one.file}`, one] as const))(
    'takes a time that grows with the text: %s',
    (_name, { pattern, flags }) => expect(findSuperlinear(pattern, flags)).toBeNull(),
  );
});
