import { closeSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readRegularFile } from '../files/regular-file.ts';
import { openNewFile, replaceFile } from '../files/replace-file.ts';
import { AppError } from '../types/errors.ts';
import { errorCode } from './config/environment.ts';

/** Thousands of rules. */
const MOST_BYTES = 2 ** 20;

/** The text of a file of expectations. Throws AppError('configuration'). */
export function readExpectationText(file: string, cwd: string): string {
  try {
    return readRegularFile(path.resolve(cwd, file), { maxBytes: MOST_BYTES });
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('configuration', `${file} cannot be read (${errorCode(error)})`, {
      hint: '`rollcall expect init --from SELECTOR` writes a file of expectations',
    });
  }
}

/** `keep`: a file that is there stays; `refuse`: it is an error; `replace`: the new one takes its place. */
export type WhenThere = 'keep' | 'refuse' | 'replace';

/** Writes a file that only this user can read; a link of its name is never followed. Throws AppError('configuration'). */
export function writeExpectationFile(
  { file, cwd, text }: { file: string; cwd: string; text: string },
  whenThere: WhenThere,
): void {
  const place = path.resolve(cwd, file);
  try {
    if (whenThere === 'replace') replaceFile(place, text);
    else writeNewFile(place, text);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EEXIST' && whenThere === 'keep') return;
    throw code === 'EEXIST'
      ? new AppError('configuration', `${file} exists already`, { hint: '--force replaces it; or name another file' })
      : new AppError('configuration', `${file} cannot be written (${code})`, { hint: 'name another file' });
  }
}

function writeNewFile(place: string, text: string): void {
  const descriptor = openNewFile(place);
  try {
    writeFileSync(descriptor, text);
  } finally {
    closeSync(descriptor);
  }
}
