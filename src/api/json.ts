import { NUL_SIGN } from '../types/nul-sign.ts';

/** Strings are matched so that they are left alone. Perl's JSON writes numbers that are none as they print. */
const STRING_OR_NOT_A_NUMBER = /"[^"\\]*(?:\\[\s\S][^"\\]*)*"|[-+]?\b(?:NaN|Infinity|Inf)\b/gi;

/** An escaped backslash and a whole pair are matched so that they are left alone; what remains cannot be stored. */
const UNSTORABLE = /\\\\|\\ud[89ab][\da-f]{2}\\ud[c-f][\da-f]{2}|\\ud[89a-f][\da-f]{2}|\\u0000/gi;

/**
 * Parses JSON as Proxmox VE writes it: bare NaN, Infinity and -Infinity become null. Texts get the one form in which they are
 * compared and stored, since no database stores every text as it is: NUL, which separates the variables of a container's
 * `env`, becomes its visible sign U+2400, and half a character U+FFFD. Throws SyntaxError for anything else that is no JSON.
 */
export function parseJson(given: string): unknown {
  const text = /\\u(?:d[89a-f]|0000)/i.test(given) ? given.replace(UNSTORABLE, storable) : given;
  try {
    return JSON.parse(text);
  } catch (error) {
    const repaired = text.replace(STRING_OR_NOT_A_NUMBER, (token) => (token.startsWith('"') ? token : 'null'));
    if (repaired === text) throw error;
    return JSON.parse(repaired);
  }
}

function storable(token: string): string {
  if (token === '\\u0000') return NUL_SIGN;
  return token.length === '\\ud83d'.length ? '\\ufffd' : token;
}
