import type { PatchEntry, Value } from '../../types/document.ts';

/**
 * The marks that stand in for secrets: `«hidden»`, `«hidden:1a2b3c4d»`, `«hidden:0f0f.1a2b3c4d»`. Only marks made with one key
 * tell whether two secrets are equal; the digits before the dot name it.
 */
const MARK = /«hidden(?::(?:[0-9a-f]{4}\.)?[0-9a-f]{8})?»/g;
const BARE = '«hidden»';

/**
 * What to keep of a value that was read: the known one where both differ only in marks, and the marks that were read tell
 * nothing, since the machine that read them has no key.
 */
export function withKnownMarks(known: Value | null, seen: Value): Value {
  if (typeof known !== 'string' || typeof seen !== 'string') return seen;
  const pairs = differingMarks(known, seen);
  return pairs?.every(([, mark]) => mark === BARE) === true ? known : seen;
}

/** Whether an entry says only that a secret is marked with another key from now on. */
export function isRemarked([, before, after]: PatchEntry): boolean {
  if (typeof before !== 'string' || typeof after !== 'string') return false;
  return differingMarks(before, after) !== null;
}

/** Whether two values are the same text, whatever keys their marks were made with. */
export function sameButMarks(a: Value | null, b: Value | null): boolean {
  if (typeof a !== 'string' || typeof b !== 'string') return a === b;
  return a.replace(MARK, BARE) === b.replace(MARK, BARE);
}

/** The marks that differ, where texts differ in nothing but marks that cannot be compared; else null. */
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
