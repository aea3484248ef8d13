/** Strings are matched so that they are left alone. Perl's JSON writes numbers that are none as they print. */
const STRING_OR_NOT_A_NUMBER = /"[^"\\]*(?:\\[\s\S][^"\\]*)*"|[-+]?\b(?:NaN|Infinity|Inf)\b/gi;

/**
 * Parses JSON as Proxmox VE writes it: bare NaN, Infinity and -Infinity become null.
 * Throws SyntaxError for anything else that is no JSON.
 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const repaired = text.replace(STRING_OR_NOT_A_NUMBER, (token) => (token.startsWith('"') ? token : 'null'));
    if (repaired === text) throw error;
    return JSON.parse(repaired);
  }
}
