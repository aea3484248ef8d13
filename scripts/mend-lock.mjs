// @ts-check
// What package-lock.json has to say of the two SQLite drivers and npm does not write by itself. Run by scripts/prepare.mjs after
// every `npm install`, so that an install leaves the lock as it was.
import { readFileSync, writeFileSync } from 'node:fs';

/** @typedef {{ packages: Record<string, Record<string, unknown>> }} Lock */

/**
 * - better-sqlite3 12 claims to fit every Node. With engines of its own, npm installs it on Node 20 only.
 * - better-sqlite3 13 brings its binaries and opts out of compiling with `gypfile: false`. npm does not read that from the
 *   registry (WiseLibs/better-sqlite3#1516), runs node-gyp, and drops the package where Python or a compiler is missing; it
 *   does read it from the lock, and leaves it out when it writes the lock.
 * @param {Lock} lock
 * @returns {Lock}
 */
export function mendLock(lock) {
  const packages = Object.entries(lock.packages).map(([place, entry]) => {
    if (place === 'node_modules/better-sqlite3-node20') return [place, { ...entry, engines: { node: '20.x' } }];
    if (place !== 'node_modules/better-sqlite3') return [place, entry];
    const { version, integrity, hasInstallScript: _, gypfile: __, ...rest } = entry;
    // npm writes `hasInstallScript` where it has installed the package, and keeps it elsewhere.
    return [place, { version, integrity, hasInstallScript: true, gypfile: false, ...rest }];
  });
  return { ...lock, packages: Object.fromEntries(packages) };
}

/** Writes the file only when something is to be mended. */
export function mendLockFile(/** @type {string} */ file) {
  const text = readFileSync(file, 'utf8');
  const mended = `${JSON.stringify(mendLock(JSON.parse(text)), null, 2)}\n`;
  if (mended !== text) writeFileSync(file, mended);
}
