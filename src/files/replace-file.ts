import { randomUUID } from 'node:crypto';
import { closeSync, constants, fchmodSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Windows has no O_NOFOLLOW, which counts as 0 then. */
const { O_CREAT, O_EXCL, O_NOFOLLOW, O_RDONLY, O_WRONLY } = constants;

/**
 * Puts a file in place of what has its name: readers see the old one or the new one, whole, also after a crash. Nobody else can
 * read it from its first byte on, unless a `mode` says so. A link of that name is replaced, not followed. Throws the system's error; then nothing is left.
 */
export function replaceFile(file: string, content: string | Uint8Array, { mode }: { mode?: number } = {}): void {
  const partial = `${file}.${randomUUID()}.tmp`;
  try {
    const descriptor = openNewFile(partial);
    try {
      writeFileSync(descriptor, content);
      if (mode !== undefined) fchmodSync(descriptor, mode);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(partial, file);
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
  syncFolder(path.dirname(file));
}

/** An empty file of mode 600. Throws EEXIST for whatever has that name, a link too; must be closed. */
export function openNewFile(file: string): number {
  return openSync(file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
}

/** Makes names last that were just given in a folder. Not every file system can, and none needs it to be correct. */
export function syncFolder(folder: string): void {
  try {
    const descriptor = openSync(folder, O_RDONLY);
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch {
    // Windows opens no folders, and some network file systems sync none.
  }
}
