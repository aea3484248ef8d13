import { Option } from 'commander';
import { nearest } from '../text/near-names.ts';
import { AppError } from '../types/errors.ts';
import { compileWildcard } from '../types/wildcard.ts';
import { collect, offering } from './options.ts';

/**
 * Parses an option whose values are fixed words, or patterns for some of them. Throws AppError('usage') with the nearest word
 * for one that matches none; `more` are words that are taken and not listed.
 */
export function fixedWords(noun: string, words: readonly string[], more: readonly string[] = []) {
  const all = [...words, ...more];
  return (text: string, previous?: readonly string[]): string[] => {
    const given = collect(text, previous);
    const unknown = given.find((pattern) => !all.some((word) => compileWildcard(pattern)(word)));
    if (unknown === undefined) return given;
    throw unknownWord(`there is no ${noun} '${unknown}'`, { unknown, words, more });
  };
}

/** An error of usage that names the nearest word, and all that are listed. */
export function unknownWord(
  message: string,
  { unknown, words, more = [] }: { unknown: string; words: readonly string[]; more?: readonly string[] },
): AppError {
  const near = nearest(unknown, [...words, ...more]);
  const list = `there are: ${words.join(', ')}`;
  return new AppError('usage', message, { hint: near === undefined ? list : `did you mean ${near}? ${list}` });
}

export function statusFilter(words: readonly string[], more: readonly string[] = []): Option {
  const option = new Option('--status <words>', words.join(', ')).argParser(fixedWords('status', words, more));
  return offering(option, words);
}
