/** Strings are matched so that they are left alone. Perl's JSON writes numbers that are none as they print. */
const STRING_OR_NOT_A_NUMBER = /"[^"\\]*(?:\\[\s\S][^"\\]*)*"|[-+]?\b(?:NaN|Infinity|Inf)\b/gi;

/** An escaped backslash and a whole pair are matched so that they are left alone; what remains is half a character. */
const HALF_CHARACTER = /\\\\|\\ud[89ab][\da-f]{2}\\ud[c-f][\da-f]{2}|\\ud[89a-f][\da-f]{2}/gi;

/**
 * Parses JSON as Proxmox VE writes it: bare NaN, Infinity and -Infinity become null, and half a character, which no database
 * stores as it is, becomes U+FFFD. Throws SyntaxError for anything else that is no JSON.
 */
export function parseJson(given: string): unknown {
  const text = /\\ud[89a-f]/i.test(given)
    ? given.replace(HALF_CHARACTER, (token) => (token.length === 6 ? '\\ufffd' : token))
    : given;
  try {
    return JSON.parse(text);
  } catch (error) {
    const repaired = text.replace(STRING_OR_NOT_A_NUMBER, (token) => (token.startsWith('"') ? token : 'null'));
    if (repaired === text) throw error;
    return JSON.parse(repaired);
  }
}
