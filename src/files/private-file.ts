import { existsSync, mkdirSync, type Stats } from 'node:fs';
import path from 'node:path';
import { AppError } from '../types/errors.ts';
import { type TrustOptions, trustedFolder, trustedPath } from './path-trust.ts';
import { readRegularFile } from './regular-file.ts';
import { replaceFile } from './replace-file.ts';

const isPosix = process.platform !== 'win32';
const MAX_BYTES = 64 * 1024;

export interface PrivateFileOptions extends TrustOptions {
  /** What it holds, as messages say it. */
  what?: string;
  maxBytes?: number;
  /** What to do when it cannot be written. */
  elsewhere?: string;
}

/**
 * The text of a file that is this user's alone: a regular file that nobody else can read, below folders that nobody else can
 * write to. What a link points to counts, and the folders on both ways. Throws AppError('configuration').
 */
export function readPrivateFile(file: string, options: PrivateFileOptions = {}): string {
  const { what = 'secret', maxBytes = MAX_BYTES } = options;
  try {
    const check = (stats: Stats) => refuseUnfit(stats, file, { ...options, what });
    return readRegularFile(trustedPath(file, what, options), { maxBytes, check, isNotLink: true });
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw refusal(
      `the ${what} in ${file} cannot be read (${codeOf(error)})`,
      'write it there with mode 600, readable by the user that runs rollcall',
    );
  }
}

function refuseUnfit(stats: Stats, file: string, { what, reader }: PrivateFileOptions & { what: string }): void {
  if (!isPosix) return;
  const permissions = stats.mode & 0o777;
  if ((permissions & 0o077) !== 0) {
    const seen = permissions.toString(8);
    throw refusal(`${file} holds a ${what} and can be read by others (mode ${seen})`, `chmod 600 ${file}`);
  }
  const own = reader?.uid ?? process.geteuid?.() ?? 0;
  if (own === 0 || stats.uid === own || stats.uid === 0) return;
  throw refusal(`${file} holds a ${what} and belongs to another user (uid ${stats.uid})`, `chown it to uid ${own}`);
}

/**
 * Writes a file that only this user can read, in place of what was there; folders that are missing are made for this user alone.
 * Throws AppError('configuration') when someone else could replace it, and AppError('configuration') for the system's error.
 */
export function writePrivateFile(file: string, content: string | Uint8Array, options: PrivateFileOptions = {}): void {
  const { what = 'secret', elsewhere = 'give another place' } = options;
  try {
    const folder = privateFolder(file, { ...options, what });
    replaceFile(path.join(folder, path.basename(file)), content);
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw refusal(`the ${what} cannot be written to ${file} (${codeOf(error)})`, elsewhere);
  }
}

/** The folder itself, without links. Nothing is made below a folder that others can write to. */
function privateFolder(file: string, options: PrivateFileOptions & { what: string }): string {
  const missing: string[] = [];
  let existing = path.dirname(path.resolve(file));
  while (!existsSync(existing) && path.dirname(existing) !== existing) {
    missing.unshift(path.basename(existing));
    existing = path.dirname(existing);
  }
  const made = path.join(trustedFolder(existing, { ...options, file }), ...missing);
  if (missing.length > 0) mkdirSync(made, { recursive: true, mode: 0o700 });
  return made;
}

function refusal(message: string, hint: string): AppError {
  return new AppError('configuration', message, { hint });
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
