import path from 'node:path';
import { types } from 'node:util';
import { readRegularFile } from '../../files/regular-file.ts';
import { isSecretName } from '../../text/secret-parameters.ts';
import { AppError } from '../../types/errors.ts';

const MAX_FILE_BYTES = 1024 * 1024;

export interface ParsedParameters {
  given: ReadonlyMap<string, readonly string[]>;
  /** Names of secrets whose values are on the command line itself. */
  exposed: readonly string[];
}

/**
 * `name=value`, `name=@FILE`, and `name=@@text` for a value that begins with `@`. The last line break of a file is no part of it.
 * Throws AppError('usage'), a line for each one that is none, and AppError('configuration') for a file.
 */
export function parseParameters(words: readonly string[], cwd: string): ParsedParameters {
  const wrong = words.filter((word) => !/^[^=\s]+=/.test(word));
  if (wrong.length > 0) {
    // Not shown whole: what follows a wrong beginning may be a secret.
    throw new AppError(
      'usage',
      wrong.map((word) => `${word.slice(0, 20)} is no parameter`),
      { hint: 'write name=value' },
    );
  }
  const given = new Map<string, string[]>();
  const exposed = new Set<string>();
  for (const word of words) {
    const [name, text] = [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)];
    const isFile = text.startsWith('@') && !text.startsWith('@@');
    const value = isFile ? readValue(path.resolve(cwd, text.slice(1))) : text.replace(/^@@/, '@');
    given.set(name, [...(given.get(name) ?? []), value]);
    if (!isFile && isSecretName(name)) exposed.add(name);
  }
  return { given, exposed: [...exposed] };
}

function readValue(file: string): string {
  try {
    return readRegularFile(file, { maxBytes: MAX_FILE_BYTES }).replace(/\r?\n$/, '');
  } catch (error) {
    if (error instanceof AppError || !types.isNativeError(error)) throw error;
    throw new AppError('configuration', `${file} cannot be read`, { hint: error.message });
  }
}
