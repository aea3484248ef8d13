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

/**
 * Characters that act on a terminal or deceive its reader: controls (C0, DEL, C1), formatting ones (bidirectional overrides and
 * marks, zero-width spaces, tags), everything else that Unicode says to draw as nothing, line and paragraph separators, and
 * halves of surrogate pairs. Some are part of what is seen: see isVisible.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{DI}\p{Zl}\p{Zp}\p{Cs}]/gu;
/** Most texts are ASCII. Tested first, because looking for {@link UNSAFE} takes much longer. */
const PLAIN = /^[ -~]*$/;
const PLAIN_LINES = /^[\n -~]*$/;
/** Letters whose shapes a joiner decides. */
const SHAPED =
  /^[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Mongolian}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gurmukhi}\p{Script=Gujarati}\p{Script=Oriya}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}\p{Script=Khmer}\p{Script=Myanmar}]$/u;
const PICTURE = /^\p{Extended_Pictographic}$/u;
const SKIN = /^\p{Emoji_Modifier}$/u;
const IGNORED = /^\p{DI}$/u;
const LABEL = /^(?:error|warning|hint):/;
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** One line of text, fit for a terminal: what would act on it is written as `\n`, `\x1b`, `\u{202e}`. */
export function escapeText(text: string): SafeText {
  if (PLAIN.test(text)) return declareSafe(text);
  return declareSafe(
    text.replace(UNSAFE, (character, at: number) => {
      if (isVisible(text, at, character)) return character;
      return SHORT[character] ?? escapeCharacter(character.codePointAt(0) ?? 0);
    }),
  );
}

/** Whether a character that is drawn as nothing is part of what is seen: inside an emoji, or between letters that it shapes. */
function isVisible(text: string, at: number, character: string): boolean {
  switch (character) {
    case '\u200d':
      return (isPicture(text, at) && PICTURE.test(after(text, at))) || isBetweenShaped(text, at);
    case '\u200c':
      return isBetweenShaped(text, at);
    case '\ufe0f':
      return PICTURE.test(before(text, at)) || (/^[0-9#*]$/.test(before(text, at)) && text[at + 1] === '\u20e3');
    default:
      return false;
  }
}

/** A picture, with its colour or skin, ends here. */
function isPicture(text: string, at: number): boolean {
  const end = text[at - 1] === '\ufe0f' ? at - 1 : at;
  return PICTURE.test(before(text, end)) || SKIN.test(before(text, end));
}

function isBetweenShaped(text: string, at: number): boolean {
  return [before(text, at), after(text, at)].every((letter) => SHAPED.test(letter) && !IGNORED.test(letter));
}

/** The character that ends at an index. */
function before(text: string, at: number): string {
  const low = text.charCodeAt(at - 1);
  return low >= 0xdc00 && low <= 0xdfff ? text.slice(Math.max(0, at - 2), at) : text.slice(Math.max(0, at - 1), at);
}

/** The character behind the one at an index, which has one unit. */
function after(text: string, at: number): string {
  const code = text.codePointAt(at + 1);
  return code === undefined ? '' : String.fromCodePoint(code);
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

/** A line for each row, with tabs between its cells: a tab or a line break inside a cell is escaped. */
export function escapeRows(rows: readonly (readonly string[])[]): SafeText {
  return declareSafe(rows.map((cells) => `${cells.map(escapeText).join('\t')}\n`).join(''));
}

/** Escapes inside JSON (and double-quoted YAML), where `\u202e` is still the same value. The structure's line breaks stay. */
export function escapeJson(json: string): SafeText {
  if (PLAIN_LINES.test(json)) return declareSafe(json);
  return declareSafe(
    json.replace(UNSAFE, (character, at: number) => {
      if (character === '\n' || isVisible(json, at, character)) return character;
      let escaped = '';
      for (let index = 0; index < character.length; index++) {
        escaped += `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`;
      }
      return escaped;
    }),
  );
}

export function isSafeText(text: string): boolean {
  for (const { 0: character, index } of text.matchAll(UNSAFE)) if (!isVisible(text, index, character)) return false;
  return true;
}

/** One after the other, as they are. */
export function concatSafe(texts: readonly SafeText[]): SafeText {
  return declareSafe(texts.join(''));
}
