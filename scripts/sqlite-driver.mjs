// @ts-check
// The SQLite driver of the Node that runs, for scripts and benches; src/repositories/sqlite-driver.ts says why there are two.
import { createRequire } from 'node:module';

const major = Number(process.versions.node.split('.')[0]);
export const SQLITE_PACKAGE = major < 22 ? 'better-sqlite3-node20' : 'better-sqlite3';

/**
 * The driver's class. Throws when the driver is not installed for this Node.
 * @returns {typeof import('better-sqlite3')}
 */
export function loadSqlite() {
  /** @type {typeof import('better-sqlite3')} */
  const Database = createRequire(import.meta.url)(SQLITE_PACKAGE);
  // The compiled part is loaded with the first database.
  new Database(':memory:').close();
  return Database;
}
