import { closeSync, fstatSync, fsyncSync, lstatSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { trustedFolder } from '../../files/path-trust.ts';
import { openNewFile, syncFolder } from '../../files/replace-file.ts';
import { AppError } from '../../types/errors.ts';
import { databaseError } from '../db/database-errors.ts';
import { openSqliteFile } from '../db/sqlite-adapter.ts';

/**
 * Lets `write` fill a file beside `file`, which takes its name when everything went well. Readable by its owner only; never
 * replaces anything, and follows no link that someone else made. Throws AppError `configuration` when there is such a file, or
 * when anybody could replace it.
 */
export async function writeNewFile<T>(file: string, write: (partial: string) => Promise<T>): Promise<T> {
  const target = targetOf(file);
  const partial = `${target}.partial`;
  const descriptor = reserve(partial);
  try {
    closeSync(reserve(target));
  } catch (error) {
    closeSync(descriptor);
    rmSync(partial);
    throw error;
  }
  try {
    const result = await write(partial);
    refuseSwapped(partial, descriptor);
    fsyncSync(descriptor);
    renameSync(partial, target);
    syncFolder(path.dirname(target));
    return result;
  } catch (error) {
    for (const left of [partial, `${partial}-wal`, `${partial}-shm`, target]) rmSync(left, { force: true });
    throw databaseError(file, error);
  } finally {
    closeSync(descriptor);
  }
}

/** The path without links. A group may share its backups. */
function targetOf(file: string): string {
  try {
    const options = { file, what: 'backup', isGroupTrusted: true };
    return path.join(trustedFolder(path.dirname(path.resolve(file)), options), path.basename(file));
  } catch (error) {
    throw error instanceof AppError ? error : databaseError(file, error);
  }
}

/** An empty file; must be closed. */
function reserve(file: string): number {
  try {
    return openNewFile(file);
  } catch (error) {
    const isThere = typeof error === 'object' && error !== null && 'code' in error && error.code === 'EEXIST';
    if (!isThere) throw databaseError(file, error);
    throw new AppError('configuration', `There is a file ${file} already; it was left as it is`, {
      hint: 'Name another file, or move that one away.',
    });
  }
}

/** The number of an open file is not given to another one. */
function refuseSwapped(partial: string, descriptor: number): void {
  const [named, made] = [lstatSync(partial), fstatSync(descriptor)];
  if (named.ino === made.ino && named.dev === made.dev) return;
  throw new AppError('configuration', `${partial} was replaced while it was written`, {
    hint: 'Back up into a folder that only you can write to.',
  });
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
