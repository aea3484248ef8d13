import { AppError } from '../../types/errors.ts';
import type { Selector } from '../../types/selector.ts';
import { parseSelectors } from './parse-selector.ts';

/** So long may a selector that was sent work on one list: one that looks through every configuration of 10,000 guests takes half. */
const MOST_MS = 1000;

/**
 * A selector for one list of guests. Throws AppError `usage`; where the list takes it too long, that list ends with AppError `limit`:
 * patterns by the dozen over every configuration would take minutes.
 */
export function parseBoundedSelector(
  text: string,
  now: Date,
  clockMs: () => number = () => performance.now(),
): Selector {
  const selector = parseSelectors([text], now);
  let spentMs = 0;
  return {
    fields: selector.fields,
    matches: (candidate) => {
      if (spentMs > MOST_MS) {
        throw new AppError('limit', 'the selector takes too long', {
          hint: 'name the fields of the configuration, and use fewer patterns',
        });
      }
      const beganMs = clockMs();
      const isMatch = selector.matches(candidate);
      spentMs += clockMs() - beganMs;
      return isMatch;
    },
  };
}
