/** Controls, what turns the direction of text, what is drawn as nothing, line separators and halves of surrogate pairs. */
const HIDDEN = /(?!\u200c|\u200d|\ufe0f)[\p{Cc}\p{Cf}\p{DI}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** One line of text that is as it looks: what is not seen is written as `\n`, `\u{202e}`. Joiners of letters and pictures stay. */
export function visibleText(text: string): string {
  return text.replace(
    HIDDEN,
    (character) => SHORT[character] ?? `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };
