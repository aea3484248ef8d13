import type { Value } from '../../../types/document.ts';

/** A control character, or anything that is not ASCII. */
const UNPRINTABLE = /[^\x20-\x7e]/g;
/** The beginning of a long text tells which text it is. */
const LONG_TEXT = 1_000;

/**
 * A text as the server's log writes it: `#010` for a newline and, in older versions, `\u00e9` for a letter that is not ASCII.
 * Source: pve-cluster src/pmxcfs/cfs-utils.c utf8_to_ascii.
 */
function asLogged(text: string): string {
  const trimmed = text.trim();
  return trimmed
    .replaceAll(/\\u([0-9a-fA-F]{4})/g, (whole) => whole.toLowerCase())
    .replaceAll(UNPRINTABLE, (char) => {
      const code = char.charCodeAt(0);
      if (code < 0x20 || code === 0x7f) return `#${String(code).padStart(3, '0')}`;
      return `\\u${code.toString(16).padStart(4, '0')}`;
    });
}

/** The server lowers the case of tags, unless the cluster's tag style heeds it, and drops those that come twice. */
function asSet(value: Value): string {
  const items = typeof value === 'object' ? value : [String(value)];
  return [...new Set(items.map((item) => item.toLowerCase()))].toSorted().join('\n');
}

/** Whether a value of a log line is the one that was found in the guest's document; null: none. */
export function isSameValue(said: Value | null, found: Value | null): boolean {
  if (said === null || found === null) return said === found;
  if (typeof said === 'object' || typeof found === 'object') return asSet(said) === asSet(found);
  const [left, right] = [String(said), String(found)];
  return left === right || asLogged(left) === asLogged(right);
}

/**
 * Whether a text that was found begins with what a line says that was cut; `certain` where that is long enough to tell which
 * text it is.
 */
export function beginsWith(found: Value | null, said: string): 'certain' | 'perhaps' | 'no' {
  // An escape at the end may be cut as well.
  const start = asLogged(said).replace(/(?:#\d{0,2}|\\u?[0-9a-f]{0,3})$/, '');
  if (typeof found !== 'string' || !asLogged(found).startsWith(start)) return 'no';
  return said.length < LONG_TEXT ? 'perhaps' : 'certain';
}
