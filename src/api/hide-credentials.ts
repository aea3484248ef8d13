/** Where a token header, or a ticket such as `PVE:user:time::signature`, begins. */
const BEGIN = /\bPVE(?:APIToken=|\w*(?::|%3A))/g;
const SIGNATURE = /(?:::|%3A%3A)[\w+/=%-]+/;
const BREAK = /[\s"']/g;

/**
 * Replaces tickets and token headers, whoever's they are. In two steps: one pattern for a whole ticket would read on to the
 * end of the text from each of many beginnings.
 */
export function hideCredentials(text: string, replacement: string): string {
  const parts: string[] = [];
  let copied = 0;
  let wordEnd = 0;
  let hasSignature = true;
  for (const { 0: begin, index } of text.matchAll(BEGIN)) {
    if (index < copied) continue;
    const after = index + begin.length;
    if (after > wordEnd) {
      wordEnd = endOfWord(text, after);
      hasSignature = true;
    }
    const end = begin.endsWith('=') ? wordEnd : hasSignature ? endOfTicket(text, after, wordEnd) : null;
    // A ticket that begins later in the same word has no signature either.
    if (end === null) hasSignature = false;
    if (end === null || end === after) continue;
    parts.push(text.slice(copied, index), replacement);
    copied = end;
  }
  return parts.length === 0 ? text : parts.join('') + text.slice(copied);
}

function endOfWord(text: string, from: number): number {
  BREAK.lastIndex = from;
  return BREAK.exec(text)?.index ?? text.length;
}

function endOfTicket(text: string, from: number, wordEnd: number): number | null {
  const found = SIGNATURE.exec(text.slice(from, wordEnd));
  return found === null ? null : from + found.index + found[0].length;
}
