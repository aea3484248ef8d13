const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LETTER_U = 0x75;
/** `\ud83d` */
const ESCAPE_LENGTH = 6;
const MAY_BE_UNSTORABLE = /\\u(?:0000|d[89a-f])/i;
/** The four digits of U+FFFD and, for NUL, of U+2400. */
const REPLACEMENT = digitsOf('fffd');
const NUL_SIGN = digitsOf('2400');

/**
 * Parses JSON as Proxmox VE writes it: bare NaN, Infinity and -Infinity become null. Texts get the one form in which they are
 * compared and stored, since no database stores every text as it is: half a character becomes U+FFFD, and NUL, which separates
 * the variables of a container's `env`, its visible sign U+2400 (see types/nul-sign.ts). Throws SyntaxError for anything else
 * that is no JSON. Linear: the repairs read each character once, where a pattern would start again at every quote.
 */
export function parseJson(given: string): unknown {
  const text = MAY_BE_UNSTORABLE.test(given) ? withStorableTexts(given) : given;
  try {
    return JSON.parse(text);
  } catch (error) {
    const repaired = withoutNonNumbers(text);
    if (repaired === null) throw error;
    return JSON.parse(repaired);
  }
}

/** In place, since `\ufffd` is as long as what it replaces: a text may hold millions of halves. */
function withStorableTexts(text: string): string {
  const units = Buffer.from(text, 'utf16le');
  let at = text.indexOf('\\');
  while (at >= 0) {
    const half = halfAt(text, at);
    const isPair = half === 'high' && halfAt(text, at + ESCAPE_LENGTH) === 'low';
    if (half !== null && !isPair) writeDigits(units, at, REPLACEMENT);
    else if (half === null && isNul(text, at)) writeDigits(units, at, NUL_SIGN);
    at = nextEscape(text, at + (isPair ? 2 * ESCAPE_LENGTH : 2));
  }
  return units.toString('utf16le');
}

function digitsOf(hex: string): readonly number[] {
  return Array.from(hex, (digit) => digit.charCodeAt(0));
}

/** The digits of an escape, which are ASCII. By hand: a call of Buffer takes four times as long. */
function writeDigits(
  units: Buffer,
  at: number,
  [first = 0, second = 0, third = 0, fourth = 0]: readonly number[],
): void {
  const digits = 2 * (at + 2);
  units[digits] = first;
  units[digits + 2] = second;
  units[digits + 4] = third;
  units[digits + 6] = fourth;
}

function isNul(text: string, at: number): boolean {
  return text.charCodeAt(at + 1) === LETTER_U && text.startsWith('0000', at + 2);
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
