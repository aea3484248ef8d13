import { lstatSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { replaceFile } from '../files/replace-file.ts';
import { AppError } from '../types/errors.ts';

/** A file of the user's own that is to have a content. */
export interface FileEdit {
  file: string;
  /** null: there is none yet. */
  before: string | null;
  after: string;
}

/** Text files of shells are small. */
const MAX_BYTES = 4 * 1024 * 1024;

/** The text of a file; null where there is none. Throws AppError('configuration') for a link, or what is no file. */
export function readShellFile(file: string): string | null {
  const stats = lstatSync(file, { throwIfNoEntry: false });
  if (stats === undefined) return null;
  if (!stats.isFile() || stats.size > MAX_BYTES) {
    const what = stats.isSymbolicLink() ? 'a link' : 'no text file';
    throw new AppError('configuration', `${file} is ${what}, and is not changed`, {
      hint: 'print the script, and put it where it belongs: rollcall completion bash',
    });
  }
  return readFileSync(file, 'utf8');
}

/** Writes what differs, each file at once; the mode of a file stays. Throws AppError('configuration'). */
export function writeShellFiles(edits: readonly FileEdit[]): void {
  for (const { file, after } of edits) {
    try {
      mkdirSync(path.dirname(file), { recursive: true });
      const mode = lstatSync(file, { throwIfNoEntry: false })?.mode;
      replaceFile(file, after, { mode: mode === undefined ? 0o644 : mode & 0o777 });
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : '';
      throw new AppError('configuration', `${file} cannot be written (${code})`, {
        hint: 'print the script, and put it where it belongs: rollcall completion bash',
      });
    }
  }
}
