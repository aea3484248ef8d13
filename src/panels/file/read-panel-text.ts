import type { Stats } from 'node:fs';
import { trustedPath } from '../../files/path-trust.ts';
import { readRegularFile } from '../../files/regular-file.ts';
import { AppError } from '../../types/errors.ts';

/** Some hundred thousand servers. */
const MOST_BYTES = 64 * 2 ** 20;

/**
 * The text of a file that nobody else can write or replace: it says which servers there should be, or whose they are. `what`: as
 * errors call it. Throws AppError('configuration').
 */
export function readPanelText(file: string, what = 'list of servers'): string {
  try {
    const check = (stats: Stats): void => refuseShared(stats, file);
    return readRegularFile(trustedPath(file, what), { maxBytes: MOST_BYTES, check, isNotLink: true });
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('configuration', `the ${what} in ${file} cannot be read (${codeOf(error)})`, {
      hint: 'put it there, readable by the user that runs rollcall',
    });
  }
}

/** Throws AppError('configuration') for a file of another user, and for one that others can write. */
export function refuseShared({ mode, uid }: Stats, file: string): void {
  if (process.platform === 'win32') return;
  if ((mode & 0o022) !== 0) {
    throw new AppError('configuration', `${file} can be written by others (mode ${(mode & 0o777).toString(8)})`, {
      hint: `chmod go-w ${file}`,
    });
  }
  const own = process.geteuid?.() ?? 0;
  if (own === 0 || uid === own || uid === 0) return;
  throw new AppError('configuration', `${file} belongs to another user (uid ${uid})`, {
    hint: `chown it to uid ${own}`,
  });
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
