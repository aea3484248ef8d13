import type { Value } from '../../types/document.ts';
import { NUL_SIGN } from '../../types/nul-sign.ts';

/** What of two values differs: items that came and went, or the two sides of the place that differs. */
export type Difference =
  | { kind: 'items'; removed: string; added: string }
  | { kind: 'sides'; before: string; after: string };

/** Characters of one side; a cell of a table has room for both. */
const MAX_SIDE = 120;
/** Characters around the place that differs. */
const CONTEXT = 20;
const MORE = '…';

/**
 * The difference of two values that are too long for one line: of lists, lines, variables and raw lines of a container the items,
 * of other texts the part that differs with what is around it. null where one of them is neither a text nor a list.
 */
export function differenceOf(before: Value, after: Value): Difference | null {
  const [old, now] = [itemsOf(before), itemsOf(after)];
  if (old !== null && now !== null) {
    const [removed, added] = [without(old, now), without(now, old)];
    const [one, other] = [removed[0] ?? '', added[0] ?? ''];
    if (removed.length === 1 && added.length === 1 && Math.max(one.length, other.length) > MAX_SIDE / 2) {
      return sidesOf(one, other);
    }
    if (removed.length + added.length > 0) return { kind: 'items', removed: listOf(removed), added: listOf(added) };
  }
  return typeof before === 'string' && typeof after === 'string' ? sidesOf(before, after) : null;
}

/** The beginning of a text, and how long it is. */
export function clip(text: string): string {
  return clipTo(text, MAX_SIDE);
}

/** The same, of another length. */
export function clipTo(text: string, most: number): string {
  return text.length <= most ? text : `${cut(text, 0, most - CONTEXT)}${MORE} (${text.length} characters)`;
}

/** null for a text that is no list of anything. */
export function itemsOf(value: Value): readonly string[] | null {
  if (typeof value === 'object') return value;
  if (typeof value !== 'string') return null;
  if (value.startsWith('[')) return rawLinesOf(value);
  const separator = [NUL_SIGN, '\n'].find((one) => value.includes(one));
  return value.split(separator ?? '\n');
}

/** `[["lxc.cap.drop",""],…]`, the lines that Proxmox VE passes on to LXC. */
function rawLinesOf(text: string): readonly string[] | null {
  try {
    const lines: unknown = JSON.parse(text);
    if (!Array.isArray(lines)) return null;
    return lines.map((line: unknown) => (Array.isArray(line) ? line.join(' ') : JSON.stringify(line)));
  } catch {
    return null;
  }
}

/** The items of a list that the other does not have as often. */
function without(items: readonly string[], others: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const item of others) left.set(item, (left.get(item) ?? 0) + 1);
  return items.filter((item) => {
    const count = left.get(item) ?? 0;
    left.set(item, count - 1);
    return count <= 0;
  });
}

/** As many as one side has room for. */
function listOf(items: readonly string[]): string {
  const [first, ...rest] = items.map(clip);
  if (first === undefined) return '';
  let text = first;
  let shown = 1;
  for (const item of rest) {
    if (text.length + item.length > MAX_SIDE) break;
    text += `, ${item}`;
    shown += 1;
  }
  return shown === items.length ? text : `${text} and ${items.length - shown} more`;
}

function sidesOf(before: string, after: string): Difference {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < shorter - start && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  const side = (text: string) => {
    const [from, to] = [Math.max(0, start - CONTEXT), Math.min(text.length, text.length - end + CONTEXT)];
    return `${from > 0 ? MORE : ''}${clip(cut(text, from, to))}${to < text.length ? MORE : ''}`;
  };
  return { kind: 'sides', before: side(before), after: side(after) };
}

/** A part of a text, without half a character at either end. */
function cut(text: string, from: number, to: number): string {
  return text.slice(from, to).replace(/^[\udc00-\udfff]|[\ud800-\udbff]$/g, '');
}
