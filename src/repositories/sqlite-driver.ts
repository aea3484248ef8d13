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
 * Opens a file, or a copy of one in memory. The compiled part of the driver is loaded with the first database.
 * Throws what SQLite throws, and AppError('database') when the driver does not load on this Node.
 */
export function openDriver(file: string | Buffer, options: Database.Options): Database.Database {
  try {
    const Driver = load(SQLITE_PACKAGE);
    return new Driver(file, options);
  } catch (error) {
    throw loadFailure(error) ?? error;
  }
}

const REINSTALL = 'Install Rollcall again with this Node.js (in a checkout: npm ci).';
const REBUILD = `Run \`npm rebuild ${SQLITE_PACKAGE}\` where Rollcall is installed, or install it again with this Node.js.`;

function loadFailure(error: unknown): AppError | null {
  if (typeof error !== 'object' || error === null || !('message' in error)) return null;
  const text = String(error.message);
  const code = 'code' in error ? error.code : undefined;
  if (code === 'MODULE_NOT_FOUND') return notLoaded('it is not installed', REINSTALL);
  if (code === 'ERR_DLOPEN_FAILED') {
    const isOfAnotherNode = text.includes('NODE_MODULE_VERSION');
    return notLoaded(isOfAnotherNode ? 'it was compiled for another Node.js' : firstLine(text), REBUILD);
  }
  return text.startsWith('Could not locate the bindings file') ? notLoaded('it is not compiled', REBUILD) : null;
}

function notLoaded(why: string, hint: string): AppError {
  const message = `SQLite's driver ${SQLITE_PACKAGE} does not load on Node.js ${process.version}: ${why}`;
  return new AppError('database', message, { hint });
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? '';
}
