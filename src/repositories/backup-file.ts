import { closeSync, openSync, renameSync, rmSync } from 'node:fs';
import { AppError } from '../types/errors.ts';
import { databaseError } from './database-errors.ts';
import { openSqliteFile } from './sqlite-adapter.ts';

/**
 * Lets `write` fill a file beside `file`, which takes its name when everything went well. Readable by its owner only; never
 * replaces anything. Throws AppError `configuration` when there is such a file.
 */
export async function writeNewFile<T>(file: string, write: (partial: string) => Promise<T>): Promise<T> {
  const partial = `${file}.partial`;
  reserve(partial);
  try {
    reserve(file);
  } catch (error) {
    rmSync(partial);
    throw error;
  }
  try {
    const result = await write(partial);
    renameSync(partial, file);
    return result;
  } catch (error) {
    for (const left of [partial, `${partial}-wal`, `${partial}-shm`, file]) rmSync(left, { force: true });
    throw databaseError(file, error);
  }
}

function reserve(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600));
  } catch (error) {
    const isThere = typeof error === 'object' && error !== null && 'code' in error && error.code === 'EEXIST';
    if (!isThere) throw databaseError(file, error);
    throw new AppError('configuration', `There is a file ${file} already; it was left as it is`, {
      hint: 'Name another file, or move that one away.',
    });
  }
}

/** Into an empty file, compacted, as it is at one moment, without the key of the masks; others may write meanwhile. */
export function vacuumInto(file: string, target: string): void {
  const database = openSqliteFile(file, { readonly: true });
  try {
    database.prepare('VACUUM INTO ?').run(target);
  } finally {
    database.close();
  }
  forgetMaskKey(target);
}

/** A backup of marks and of the key they were made with would give back what they hide. */
function forgetMaskKey(target: string): void {
  const copy = openSqliteFile(target);
  try {
    copy.pragma('secure_delete = ON');
    copy.prepare(`UPDATE "meta" SET "maskKey" = ''`).run();
  } finally {
    copy.close();
  }
}
