import type { Action } from '../../types/action.ts';
import { AppError } from '../../types/errors.ts';

/** Source: pve-common src/PVE/JSONSchema.pm, format pve-tag. */
const TAG = /^[a-z0-9_][a-z0-9_+.-]{0,127}$/i;

export interface AskedTags {
  refs: readonly string[];
  action: Extract<Action, { verb: 'tag' }>;
}

/** Guests and tags of a command line. Throws AppError('usage'). */
export function parseTags(
  words: readonly string[],
  { add = [], remove = [] }: { add?: readonly string[]; remove?: readonly string[] },
): AskedTags {
  const isGiven = (word: string): boolean => /^[+-]./.test(word);
  const refs = words.filter((word) => !isGiven(word));
  const given = words.filter(isGiven);
  const added = [...add, ...given.flatMap((word) => (word.startsWith('+') ? word.slice(1) : []))];
  const removed = [...remove, ...given.flatMap((word) => (word.startsWith('-') ? word.slice(1) : []))];
  if (refs.length === 0) throw new AppError('usage', 'no guest is named', { hint: 'rollcall tag web-01 +prod -test' });
  if (added.length + removed.length === 0) {
    throw new AppError('usage', 'no tag is named', { hint: 'rollcall tag web-01 +prod -test' });
  }
  for (const tag of [...added, ...removed]) requireTag(tag);
  const both = added.find((tag) => removed.some((other) => other.toLowerCase() === tag.toLowerCase()));
  if (both !== undefined) throw new AppError('usage', `${both} is given and taken away`, { hint: 'give one of both' });
  return { refs, action: { verb: 'tag', add: sorted(added), remove: sorted(removed) } };
}

function requireTag(tag: string): void {
  if (TAG.test(tag)) return;
  throw new AppError('usage', `'${tag}' is no tag`, {
    hint: 'a tag has letters, digits and _ - + . and begins with a letter, a digit or _',
  });
}

function sorted(tags: readonly string[]): string[] {
  return [...new Set(tags)].sort();
}
