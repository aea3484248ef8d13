/**
 * Characters that act on a terminal or deceive its reader: controls (C0, DEL, C1), formatting ones (bidirectional overrides
 * and marks, zero-width spaces, byte order marks), line and paragraph separators, and halves of surrogate pairs. The joiners
 * U+200C and U+200D are text in many scripts and in emoji, and stay.
 */
const UNSAFE = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
/** What most texts are made of; looked at first, because looking for what is {@link UNSAFE} takes much longer. */
const PLAIN = /^[\n -~]*$/;
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Text from Proxmox, fit for a terminal: what would act on it is written as `\n`, `\x1b`, `\u{202e}`. */
export function escapeText(text: string): string {
  return text.replace(UNSAFE, (character) => SHORT[character] ?? escapeCharacter(character.codePointAt(0) ?? 0));
}

function escapeCharacter(code: number): string {
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
}

/** Text that is about Proxmox's text: keeps its own line breaks. */
export function escapeLines(text: string): string {
  return text.split('\n').map(escapeText).join('\n');
}

/** The same inside JSON (and double-quoted YAML), where `\u202e` is still the same value. Structure is left alone. */
export function escapeJson(json: string): string {
  if (PLAIN.test(json)) return json;
  return json.replace(UNSAFE, (character) => {
    if (character === '\n') return character;
    let escaped = '';
    for (let index = 0; index < character.length; index++) {
      escaped += `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`;
    }
    return escaped;
  });
}

export function isSafeText(text: string): boolean {
  return text.search(UNSAFE) < 0;
}
