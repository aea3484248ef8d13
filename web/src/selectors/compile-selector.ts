import { parseSelectors } from '../../../src/services/selectors/parse-selector.ts';
import { AppError } from '../../../src/types/errors.ts';
import type { Selector } from '../../../src/types/selector.ts';
import { FEED_FIELDS } from './to-selectable.ts';

export type Compiled =
  | { kind: 'all' }
  | { kind: 'local'; selector: Selector }
  /** It asks for what the feed does not tell. */
  | { kind: 'remote' }
  | { kind: 'wrong'; lines: readonly string[]; hint: string };

/** States and presences that the feed knows; others, and patterns of them, are the server's. */
const TOLD_WORDS = /^(?:running|stopped|suspended|unknown|present|unobservable)$/i;
const TOLD_BY_WORDS = /\b(?:status|presence)\s*!?={1,2}\s*["']?([^\s,)"']*)/gi;

export function compileSelector(text: string, now: Date): Compiled {
  if (text.trim() === '') return { kind: 'all' };
  try {
    const selector = parseSelectors([text], now);
    const isTold = [...selector.fields].every((field) => FEED_FIELDS.has(field));
    const words = [...text.matchAll(TOLD_BY_WORDS)].filter(([, word = '']) => !TOLD_WORDS.test(word));
    if (!isTold || words.length > 0) return { kind: 'remote' };
    return { kind: 'local', selector };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { kind: 'wrong', lines: error.messageLines, hint: error.hint ?? '' };
  }
}
