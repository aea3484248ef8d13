import { closeSync, constants, fstatSync, openSync, readSync, realpathSync, type Stats, statSync } from 'node:fs';
import path from 'node:path';
import { AppError } from '../../types/errors.ts';
import { errorCode } from './environment.ts';

const isPosix = process.platform !== 'win32';
const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
const OTHERS_CAN_WRITE = 0o022;
const STICKY = 0o1000;

/**
 * Reads a file, given by its absolute path, that nobody but its owner can read or change: a regular file (no link, FIFO, device or directory) of this user
 * or root, without permissions for group and others, in folders that only this user or root can change. The checks are made
 * on the descriptor that is read. Throws AppError('configuration').
 */
export function readPrivateFile(file: string, maxBytes: number): string {
  let descriptor: number | undefined;
  try {
    // O_NONBLOCK: opening a FIFO must not wait for a writer.
    descriptor = openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    checkFile(fstatSync(descriptor), file, maxBytes);
    checkFolders(path.dirname(file), file);
    // A link on the way leads to folders that count as well.
    checkFolders(path.dirname(realpathSync(file)), file);
    return readUpTo(descriptor, file, maxBytes);
  } catch (error) {
    throw error instanceof AppError ? error : unreadable(file, errorCode(error));
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function checkFile(stats: Stats, file: string, maxBytes: number): void {
  if (!stats.isFile()) throw refusal(`${file} is not a regular file`, 'name a file of NAME=value lines');
  if (isPosix) {
    if (isForeign(stats)) throw refusal(`${file} belongs to another user (uid ${stats.uid})`, `chown it to this user`);
    const mode = stats.mode & 0o777;
    if ((mode & 0o077) !== 0)
      throw refusal(`${file} can be read or changed by others (mode ${mode.toString(8)})`, `chmod 600 ${file}`);
  }
  if (stats.size > maxBytes) throw tooLarge(file, maxBytes);
}

/** Whoever can write to a folder, or owns it, can put another file in the place of this one. */
function checkFolders(folder: string, file: string): void {
  if (!isPosix) return;
  const stats = statSync(folder);
  if (isForeign(stats))
    throw refusal(`${file} lies below ${folder}, which belongs to another user (uid ${stats.uid})`, 'move the file');
  // In a sticky folder such as /tmp nobody can rename or remove what belongs to others.
  if ((stats.mode & OTHERS_CAN_WRITE) !== 0 && (stats.mode & STICKY) === 0)
    throw refusal(`${file} lies below ${folder}, which others can write to`, `chmod go-w ${folder}, or move the file`);
  const parent = path.dirname(folder);
  if (parent !== folder) checkFolders(parent, file);
}

function isForeign({ uid }: Stats): boolean {
  return uid !== 0 && uid !== process.getuid?.();
}

/** The size may be wrong: a file can grow while it is read. */
function readUpTo(descriptor: number, file: string, maxBytes: number): string {
  const buffer = Buffer.alloc(maxBytes + 1);
  let length = 0;
  for (;;) {
    const read = readSync(descriptor, buffer, length, buffer.length - length, null);
    length += read;
    if (length > maxBytes) throw tooLarge(file, maxBytes);
    if (read === 0) return buffer.toString('utf8', 0, length);
  }
}

function tooLarge(file: string, maxBytes: number): AppError {
  return refusal(`${file} has more than ${maxBytes / 1024} KiB`, 'name a file of NAME=value lines');
}

function unreadable(file: string, code: string): AppError {
  if (code === 'ENOENT' || code === 'ENOTDIR') return refusal(`there is no file ${file}`, 'check the path');
  // ELOOP comes from O_NOFOLLOW; FreeBSD says EMLINK.
  if (code === 'ELOOP' || code === 'EMLINK') return refusal(`${file} is a link`, 'name the file that it leads to');
  return refusal(`${file} cannot be read (${code})`, 'let this user read it');
}

function refusal(message: string, hint: string): AppError {
  return new AppError('configuration', message, { hint });
}
