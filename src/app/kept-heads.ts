import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { AppError } from '../types/errors.ts';
import { findHeads, type KeptHead, toHead } from '../types/kept-head.ts';
import { errorCode } from './config/environment.ts';

/** Two hundred thousand heads. */
const MOST_BYTES = 16 * 2 ** 20;
const HINT = 'a head is REVISION:HASH, as `rollcall verify` prints it';

/** Heads given on the command line. Throws AppError('usage') for what is none. */
export function parseHeads(texts: readonly string[]): KeptHead[] {
  return texts.map((text) => {
    const [head] = findHeads(text);
    if (head === undefined || toHead(head) !== text) {
      throw new AppError('usage', `'${text}' is not a head`, { hint: HINT });
    }
    return head;
  });
}

/** Every head in files that keep what `verify` printed. Throws AppError('usage') for a file without one. */
export function readHeads(files: readonly string[], cwd: string): KeptHead[] {
  return files.flatMap((file) => {
    const heads = findHeads(readText(path.resolve(cwd, file)));
    if (heads.length === 0) throw new AppError('usage', `There is no head in ${file}`, { hint: HINT });
    return heads;
  });
}

function readText(file: string): string {
  try {
    const found = statSync(file);
    if (found.isFile() && found.size <= MOST_BYTES) return readFileSync(file, 'utf8');
  } catch (error) {
    throw new AppError('usage', `${file} cannot be read (${errorCode(error)})`);
  }
  throw new AppError('usage', `${file} is not a file of at most 16 MiB`);
}
