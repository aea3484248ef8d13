/**
 * Whether the text of an answer has this digest, without reading the rest. In JSON a quote within a string is escaped, so one that
 * follows `{` or `,` begins a key. A text that has the key twice, or is laid out in another way than the server's, is not known.
 */
export function carriesDigest(text: string, digest: string): boolean {
  const at = text.indexOf(KEY);
  if (at < 1 || text.indexOf(KEY, at + 1) >= 0 || !text.endsWith('}')) return false;
  const before = text[at - 1];
  return (before === '{' || before === ',') && text.startsWith(`"${digest}"`, at + KEY.length);
}

const KEY = '"digest":';
