import type { Filter } from './inventory.ts';

const STAR = -1;
const ANY = -2;
const ASCII = /^[\0-\x7f]*$/;

/**
 * Compiles a pattern in which `*` stands for any text and `?` for one character. The whole text has to match; case does not
 * matter.
 *
 * No RegExp: names are written by others, and `.*` several times over takes minutes for a text of 60 letters. This goes back
 * to the last star only, which is enough, so the cost is at most the product of both lengths.
 */
export function compileWildcard(pattern: string): (text: string) => boolean {
  const tokens = Array.from(foldCase(pattern), toToken);
  return (text) => matches(tokens, foldCase(text));
}

/** As {@link compileWildcard}, for any of several patterns. Without a filter, every text passes. */
export function compileFilter(filter: Filter | undefined): (text: string | null) => boolean {
  const tests = filter === undefined ? [] : [filter].flat().map(compileWildcard);
  if (tests.length === 0) return () => true;
  return (text) => text !== null && tests.some((test) => test(text));
}

function toToken(character: string): number {
  if (character === '*') return STAR;
  return character === '?' ? ANY : (character.codePointAt(0) ?? ANY);
}

function matches(tokens: readonly number[], text: string): boolean {
  let at = 0;
  let token = 0;
  /** Where to go on when what follows the last star does not match. */
  let retryAt = 0;
  let retryToken = -1;
  while (at < text.length) {
    const wanted = tokens[token];
    const found = text.codePointAt(at) ?? 0;
    if (wanted === STAR) {
      token += 1;
      retryToken = token;
      retryAt = at;
    } else if (wanted === ANY || wanted === found) {
      token += 1;
      at += lengthOf(found);
    } else if (retryToken >= 0) {
      retryAt += lengthOf(text.codePointAt(retryAt) ?? 0);
      at = retryAt;
      token = retryToken;
    } else {
      return false;
    }
  }
  return tokens.slice(token).every((left) => left === STAR);
}

function lengthOf(codePoint: number): number {
  return codePoint > 0xffff ? 2 : 1;
}

/** Letter by letter, so that what a letter folds to does not depend on its neighbours, as that of a final sigma does. */
function foldCase(text: string): string {
  return ASCII.test(text) ? text.toLowerCase() : Array.from(text, foldLetter).join('');
}

/** A letter whose other case has several characters, such as ß, stays itself. */
function foldLetter(letter: string): string {
  const upper = letter.toUpperCase();
  const lower = (upper.length === letter.length ? upper : letter).toLowerCase();
  return lower.length === letter.length ? lower : letter;
}
