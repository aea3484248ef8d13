import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import { AppError } from '../../types/errors.ts';

/** Where execvp looks without PATH, but for the working directory. */
const DEFAULT_PATH = ['/bin', '/usr/bin'].join(path.delimiter);
const EXTENSIONS = process.platform === 'win32' ? ['.exe', '.com', ''] : [''];

/** PATH without entries that mean the working directory or a folder below it (`.`, `bin`, an empty one). */
export function absoluteSearchPath(searchPath: string | undefined): string {
  const folders = (searchPath ?? '').split(path.delimiter);
  return folders.filter((folder) => path.isAbsolute(folder)).join(path.delimiter);
}

/**
 * The absolute path of a program; null when there is none of that name. The working directory is never searched, as execvp does
 * for an empty entry of PATH, and Windows always. Throws AppError('configuration') for a relative path.
 */
export function findProgram(program: string, searchPath: string | undefined): string | null {
  if (path.isAbsolute(program)) return program;
  if (path.basename(program) !== program) {
    throw new AppError('configuration', `the path of a program is not absolute: ${program}`, {
      hint: 'give its absolute path, or its name if it is in PATH',
    });
  }
  const folders = (absoluteSearchPath(searchPath) || DEFAULT_PATH).split(path.delimiter);
  const candidates = folders.flatMap((folder) => EXTENSIONS.map((ending) => path.join(folder, `${program}${ending}`)));
  return program === '' ? null : (candidates.find(isProgram) ?? null);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
