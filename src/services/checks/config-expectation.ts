import type { Value } from '../../types/document.ts';
import { sameValue } from '../../types/document-replay.ts';
import { sectionOf } from '../../types/section.ts';
import { compileWildcard } from '../../types/wildcard.ts';
import type { Expectations, ExpectedValue } from './expectation-schema.ts';
import type { Deviation, Expectation } from './judgement.ts';
import { valueText } from './value-text.ts';

/** One for each field that a rule names. */
export function configExpectations(config: NonNullable<Expectations['config']>): Expectation[] {
  return Object.entries(config).map(([path, wanted]) => configExpectation(path, wanted));
}

/** Every field that a pattern matches has to have the value; where none is, the field is not set. */
function configExpectation(pattern: string, wanted: ExpectedValue): Expectation {
  const isNamed = compileWildcard(pattern);
  const expected = expectedText(wanted);
  return {
    key: `config.${pattern}`,
    section: sectionOf(pattern),
    paths: [pattern],
    judge: ({ document }) => {
      const fields = Object.keys(document).filter(isNamed);
      const deviating = fields.flatMap((path): Deviation[] => {
        const found = document[path] ?? null;
        return isEqual(wanted, found) ? [] : [{ path, expected, found: valueText(found) }];
      });
      if (fields.length > 0 || isEqual(wanted, null)) return deviating;
      return [{ path: pattern, expected, found: valueText(null) }];
    },
  };
}

function expectedText(wanted: ExpectedValue): string {
  return typeof wanted === 'boolean' ? String(Number(wanted)) : valueText(wanted);
}

/** Flags are numbers in a configuration, and texts that look like a number are stored as one: `1` is `"1"` and `true`. */
function isEqual(wanted: ExpectedValue, found: Value | null): boolean {
  if (wanted === null || found === null) return wanted === found;
  if (typeof found === 'object') return isSameSet([wanted].flat().map(String), found);
  if (typeof wanted === 'object') return false;
  return plainText(wanted) === plainText(found);
}

function plainText(value: string | number | boolean): string {
  return typeof value === 'boolean' ? String(Number(value)) : String(value);
}

/** Lists of the configuration are sets. */
function isSameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && sameValue(a.toSorted(), b.toSorted());
}
