declare const SAFE: unique symbol;

/**
 * Text that may be written to a terminal: nothing in it acts on one, and every line break is the program's own. The streams and
 * the prompts of the program take nothing else, and only the modules of this folder make it, so that unescaped text does not
 * compile.
 */
export type SafeText = string & { readonly [SAFE]: true };

/** Declares that a text is safe. For this folder only: others escape. */
export function declareSafe(text: string): SafeText {
  assertSafe(text);
  return text;
}

/** A brand has no value to check at run time. */
function assertSafe(_text: string): asserts _text is SafeText {}

/** Letters whose shapes a joiner decides. */
const SHAPED =
  '\\p{Script=Arabic}\\p{Script=Syriac}\\p{Script=Mongolian}\\p{Script=Devanagari}\\p{Script=Bengali}\\p{Script=Gurmukhi}' +
  '\\p{Script=Gujarati}\\p{Script=Oriya}\\p{Script=Tamil}\\p{Script=Telugu}\\p{Script=Kannada}\\p{Script=Malayalam}' +
  '\\p{Script=Sinhala}\\p{Script=Khmer}\\p{Script=Myanmar}';
/** Invisible characters that are part of what is seen: joiners inside emoji and words, and the selector of a coloured emoji. */
const VISIBLE_IN_CONTEXT = [
  '(?<=[\\p{Extended_Pictographic}\\p{Emoji_Modifier}]\\ufe0f?)\\u200d(?=\\p{Extended_Pictographic})',
  `(?<=(?!\\p{DI})[${SHAPED}])[\\u200c\\u200d](?=(?!\\p{DI})[${SHAPED}])`,
  '(?<=[\\p{Extended_Pictographic}])\\ufe0f',
  '(?<=[0-9#*])\\ufe0f(?=\\u20e3)',
].join('|');

/**
 * Characters that act on a terminal or deceive its reader: controls (C0, DEL, C1), formatting ones (bidirectional overrides and
 * marks, zero-width spaces, tags), everything else that Unicode says to draw as nothing, line and paragraph separators, and
 * halves of surrogate pairs.
 */
const UNSAFE = new RegExp(`(?!${VISIBLE_IN_CONTEXT})[\\p{Cc}\\p{Cf}\\p{DI}\\p{Zl}\\p{Zp}\\p{Cs}]`, 'gu');
/** Most texts are ASCII. Tested first, because looking for {@link UNSAFE} takes much longer. */
const PLAIN = /^[ -~]*$/;
const PLAIN_LINES = /^[\n -~]*$/;
const LABEL = /^(?:error|warning|hint):/;
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** One line of text, fit for a terminal: what would act on it is written as `\n`, `\x1b`, `\u{202e}`. */
export function escapeText(text: string): SafeText {
  if (PLAIN.test(text)) return declareSafe(text);
  return declareSafe(
    text.replace(UNSAFE, (character) => SHORT[character] ?? escapeCharacter(character.codePointAt(0) ?? 0)),
  );
}

function escapeCharacter(code: number): string {
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
}

/** A text that begins a line, and could be taken for an error or a hint of the program: its first letter is escaped. */
export function escapeLineStart(text: string): SafeText {
  if (!LABEL.test(text)) return escapeText(text);
  return declareSafe(`${escapeCharacter(text.charCodeAt(0))}${escapeText(text.slice(1))}`);
}

/** Each text becomes one line, and ends it: a line break inside a text is escaped. */
export function escapeLines(texts: readonly string[]): SafeText {
  return declareSafe(texts.map((text) => `${escapeText(text)}\n`).join(''));
}

/** Escapes inside JSON (and double-quoted YAML), where `\u202e` is still the same value. The structure's line breaks stay. */
export function escapeJson(json: string): SafeText {
  if (PLAIN_LINES.test(json)) return declareSafe(json);
  return declareSafe(
    json.replace(UNSAFE, (character) => {
      if (character === '\n') return character;
      let escaped = '';
      for (let index = 0; index < character.length; index++) {
        escaped += `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`;
      }
      return escaped;
    }),
  );
}

export function isSafeText(text: string): boolean {
  return text.search(UNSAFE) < 0;
}

/** One after the other, as they are. */
export function concatSafe(texts: readonly SafeText[]): SafeText {
  return declareSafe(texts.join(''));
}
