import type { PatchEntry, Value } from '../../types/document.ts';

/**
 * The marks that replace secrets: `«hidden»`, `«hidden:1a2b3c4d»`, `«hidden:0f0f.1a2b3c4d»`. Only marks of one key show
 * whether two secrets are equal; the digits before the dot name the key.
 */
const MARK = /«hidden(?::(?:[0-9a-f]{4}\.)?[0-9a-f]{8})?»/g;
const BARE = '«hidden»';

/**
 * The value to keep. If the known and the read value differ only in marks, and the read marks are bare because the reading
 * machine has no key, that is the known value.
 */
export function withKnownMarks(known: Value | null, seen: Value): Value {
  if (typeof known !== 'string' || typeof seen !== 'string') return seen;
  const pairs = differingMarks(known, seen);
  return pairs?.every(([, mark]) => mark === BARE) === true ? known : seen;
}

/** Whether an entry only replaces a mark by one of another key. */
export function isRemarked([, before, after]: PatchEntry): boolean {
  if (typeof before !== 'string' || typeof after !== 'string') return false;
  return differingMarks(before, after) !== null;
}

/** Whether two values are the same text, regardless of the keys of their marks. */
export function sameButMarks(a: Value | null, b: Value | null): boolean {
  if (typeof a !== 'string' || typeof b !== 'string') return a === b;
  return a.replace(MARK, BARE) === b.replace(MARK, BARE);
}

/** The differing marks, if two texts differ only in marks that cannot be compared; otherwise null. */
function differingMarks(before: string, after: string): [before: string, after: string][] | null {
  if (!before.includes('«hidden') || !after.includes('«hidden')) return null;
  const [old, now] = [before.match(MARK) ?? [], after.match(MARK) ?? []];
  if (old.length !== now.length || before.replace(MARK, BARE) !== after.replace(MARK, BARE)) return null;
  const pairs = old.flatMap((mark, index): [string, string][] =>
    mark === now[index] ? [] : [[mark, now[index] ?? '']],
  );
  return pairs.length > 0 && pairs.every(([one, other]) => keyOf(one) !== keyOf(other)) ? pairs : null;
}

/** `0f0f`; empty for marks of version 0.1; null for a mark that no key made. */
function keyOf(mark: string): string | null {
  if (mark === BARE) return null;
  const dot = mark.indexOf('.');
  return dot < 0 ? '' : mark.slice('«hidden:'.length, dot);
}
