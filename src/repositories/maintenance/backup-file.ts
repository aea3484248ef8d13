import { closeSync, fstatSync, fsyncSync, lstatSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { trustedFolder } from '../../files/path-trust.ts';
import { openNewFile, syncFolder } from '../../files/replace-file.ts';
import { AppError } from '../../types/errors.ts';
import { databaseError } from '../db/database-errors.ts';
import { openSqliteFile } from '../db/sqlite-adapter.ts';

/**
 * Lets `write` fill a file beside `file`, and renames it after success. Only its owner can read it. Never replaces a file,
 * and follows no link that another user made. Throws AppError `configuration` if the file exists, or if anybody could
 * replace it.
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

/** The path without links. Members of a group may share a folder of backups. */
function targetOf(file: string): string {
  try {
    const options = { file, what: 'backup', isGroupTrusted: true };
    return path.join(trustedFolder(path.dirname(path.resolve(file)), options), path.basename(file));
  } catch (error) {
    throw error instanceof AppError ? error : databaseError(file, error);
  }
}

/** An empty file; the caller must close it. */
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

/** The inode number of an open file is not reused. */
function refuseSwapped(partial: string, descriptor: number): void {
  const [named, made] = [lstatSync(partial), fstatSync(descriptor)];
  if (named.ino === made.ino && named.dev === made.dev) return;
  throw new AppError('configuration', `${partial} was replaced while it was written`, {
    hint: 'Back up into a folder that only you can write to.',
  });
}

/**
 * Writes a compacted copy of one moment into an empty file, without the key of the masks; others may write in the meantime.
 */
export function vacuumInto(file: string, target: string): void {
  const database = openSqliteFile(file, { readonly: true });
  try {
    database.prepare('VACUUM INTO ?').run(target);
  } finally {
    database.close();
  }
  forgetMaskKey(target);
}

/** A backup with both the marks and their key would reveal the hidden secrets. */
function forgetMaskKey(target: string): void {
  const copy = openSqliteFile(target);
  try {
    copy.pragma('secure_delete = ON');
    copy.prepare(`UPDATE "meta" SET "maskKey" = ''`).run();
  } finally {
    copy.close();
  }
}
