import { createRequire } from 'node:module';
import type Database from 'better-sqlite3';
import { AppError } from '../types/errors.ts';

const NODE_MAJOR = Number(process.versions.node.split('.')[0]);

/**
 * better-sqlite3 13 crashes Node 20, which lacks Node-API 10, and 12 aborts Node 24.19 and later (WiseLibs/better-sqlite3#1514),
 * so package.json names both as optional dependencies, and npm installs the one that fits the Node it runs on.
 */
export const SQLITE_PACKAGE = NODE_MAJOR < 22 ? 'better-sqlite3-node20' : 'better-sqlite3';

const load: (name: string) => typeof Database = createRequire(import.meta.url);

/**
 * Opens a file, or a copy of one in memory.
 * Throws what SQLite throws, and AppError('database') where the driver is not installed for this Node.
 */
export function openDriver(file: string | Buffer, options: Database.Options): Database.Database {
  try {
    const Driver = load(SQLITE_PACKAGE);
    return new Driver(file, options);
  } catch (error) {
    throw isLoadFailure(error) ? notInstalled(error) : error;
  }
}

/** Its package is missing, it was compiled for another Node (the addon loads with the first database), or never compiled. */
function isLoadFailure(error: unknown): error is { message: string } {
  if (typeof error !== 'object' || error === null || !('message' in error)) return false;
  const code = 'code' in error ? error.code : undefined;
  if (code === 'MODULE_NOT_FOUND' || code === 'ERR_DLOPEN_FAILED') return true;
  return String(error.message).startsWith('Could not locate the bindings file');
}

function notInstalled({ message }: { message: string }): AppError {
  const [why = ''] = message.split('\n');
  return new AppError('database', `SQLite's driver cannot be loaded by Node.js ${process.version}: ${why}`, {
    hint: `Install Rollcall again with this Node.js, or rebuild the driver where Rollcall is installed: npm rebuild ${SQLITE_PACKAGE}`,
  });
}
