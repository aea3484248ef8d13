// @ts-check
// The SQLite driver that fits the Node that runs; src/repositories/db/sqlite-driver.ts says why there are two releases.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** The release that package.json names for this Node: the first of `12.11.1 || 13.2.0` is for Node 20. */
export function wantedDriver() {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const [forNode20, forLater] = manifest.dependencies['better-sqlite3'].split(' || ');
  return Number.parseInt(process.versions.node, 10) < 22 ? forNode20 : forLater;
}

/** The release in node_modules; null when there is none. */
export function installedDriver() {
  const manifest = new URL('../node_modules/better-sqlite3/package.json', import.meta.url);
  return existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')).version : null;
}

/** Whether it opens a database. In a process that has not tried before: Node remembers what it did not find. */
export function driverWorks() {
  if (installedDriver() !== wantedDriver()) return false;
  try {
    const Database = createRequire(import.meta.url)('better-sqlite3');
    new Database(':memory:').close();
    return true;
  } catch {
    return false;
  }
}

if (process.argv[2] === '--check') process.exitCode = driverWorks() ? 0 : 1;
