// @ts-check
// What package-lock.json has to say of the SQLite driver and npm leaves out. Run by scripts/prepare.mjs after every `npm install`,
// so that an install leaves the lock as it was.
import { readFileSync, writeFileSync } from 'node:fs';

const DRIVER = 'node_modules/better-sqlite3';

/** @typedef {{ packages: Record<string, Record<string, unknown>> }} Lock */

/**
 * better-sqlite3 13 brings its binaries, and says with `gypfile: false` that nothing is to be compiled. npm knows that from the
 * registry. From a lock it knows it only when the lock says so; else it runs node-gyp, which fails where Python or Node's headers
 * are missing (WiseLibs/better-sqlite3#1516). npm reads the line and does not write it.
 * @param {Lock} lock
 * @returns {Lock}
 */
export function mendLock(lock) {
  const { [DRIVER]: entry } = lock.packages;
  if (entry === undefined) return lock;
  const { version, integrity, hasInstallScript: _, gypfile: __, ...rest } = entry;
  // npm writes `hasInstallScript` where it has installed the package, and keeps it elsewhere.
  const mended = { version, integrity, hasInstallScript: true, gypfile: false, ...rest };
  return { ...lock, packages: { ...lock.packages, [DRIVER]: mended } };
}

/** Writes the file only when something is to be mended. */
export function mendLockFile(/** @type {string} */ file) {
  const text = readFileSync(file, 'utf8');
  const mended = `${JSON.stringify(mendLock(JSON.parse(text)), null, 2)}\n`;
  if (mended !== text) writeFileSync(file, mended);
}
