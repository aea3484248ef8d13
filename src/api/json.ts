const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LETTER_D = 0x64;
const LETTER_F = 0x66;
const LETTER_U = 0x75;
/** `\ud83d` */
const ESCAPE_LENGTH = 6;
const HALF_CHARACTER = /\\ud[89a-f]/i;

/**
 * Parses JSON as Proxmox VE writes it: bare NaN, Infinity and -Infinity become null, and half a character, which no database
 * stores as it is, becomes U+FFFD. Throws SyntaxError for anything else that is no JSON. Linear: the repairs read each
 * character once, where a pattern would start again at every quote.
 */
export function parseJson(given: string): unknown {
  const text = HALF_CHARACTER.test(given) ? withoutHalfCharacters(given) : given;
  try {
    return JSON.parse(text);
  } catch (error) {
    const repaired = withoutNonNumbers(text);
    if (repaired === null) throw error;
    return JSON.parse(repaired);
  }
}

/** In place, since `\ufffd` is as long as what it replaces: a text may hold millions of halves. */
function withoutHalfCharacters(text: string): string {
  const units = Buffer.from(text, 'utf16le');
  let at = text.indexOf('\\');
  while (at >= 0) {
    const half = halfAt(text, at);
    const isPair = half === 'high' && halfAt(text, at + ESCAPE_LENGTH) === 'low';
    if (half !== null && !isPair) writeReplacement(units, 2 * at);
    at = nextEscape(text, at + (isPair ? 2 * ESCAPE_LENGTH : 2));
  }
  return units.toString('utf16le');
}

/** `\ufffd`, whose first two letters are there already. By hand: a call of Buffer takes four times as long. */
function writeReplacement(units: Buffer, at: number): void {
  units[at + 4] = LETTER_F;
  units[at + 6] = LETTER_F;
  units[at + 8] = LETTER_F;
  units[at + 10] = LETTER_D;
}

/** Without a call for each of many escapes in a row. */
function nextEscape(text: string, from: number): number {
  return text.charCodeAt(from) === BACKSLASH ? from : text.indexOf('\\', from);
}

/** Which half of a pair `\ud83d` at this place stands for; null: none, or it is no such escape. */
function halfAt(text: string, at: number): 'high' | 'low' | null {
  if (text.charCodeAt(at) !== BACKSLASH || text.charCodeAt(at + 1) !== LETTER_U) return null;
  if (hexDigit(text, at + 2) !== 0xd || hexDigit(text, at + 4) < 0 || hexDigit(text, at + 5) < 0) return null;
  const third = hexDigit(text, at + 3);
  if (third < 8) return null;
  return third < 0xc ? 'high' : 'low';
}

/** -1: it is none. */
function hexDigit(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x61 + 10 : -1;
}

/** Perl's JSON writes numbers that are none as they print. */
const NON_NUMBER = /[-+]?(?:NaN|Infinity|Inf)(?=[\s,\]}]|$)/iy;
/** Where one may begin: its sign, or its first letter. */
const FIRST = new Set(Array.from('-+NnIi', (letter) => letter.charCodeAt(0)));

/** With null in place of NaN and its like, outside strings; null when there is none. */
function withoutNonNumbers(text: string): string | null {
  const parts: string[] = [];
  let copied = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfString(text, at);
    } else if (FIRST.has(code)) {
      NON_NUMBER.lastIndex = at;
      if (!NON_NUMBER.test(text)) continue;
      parts.push(text.slice(copied, at), 'null');
      copied = NON_NUMBER.lastIndex;
      at = copied - 1;
    }
  }
  return parts.length === 0 ? null : parts.join('') + text.slice(copied);
}

/** The place of the quote that ends the string which begins at `start`; the end of the text when none does. */
export function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === BACKSLASH) at += 1;
    else if (code === QUOTE) return at;
  }
  return text.length;
}
