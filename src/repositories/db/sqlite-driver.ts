import { createRequire } from 'node:module';
import type Database from 'better-sqlite3';
import { AppError } from '../../types/errors.ts';

const load: (name: 'better-sqlite3') => typeof Database = createRequire(import.meta.url);
const loadManifest: (name: 'better-sqlite3/package.json') => { version: string } = createRequire(import.meta.url);

const REINSTALL = 'Install Rollcall again with this Node.js (in a checkout: npm ci).';
const REBUILD = 'Run `npm rebuild better-sqlite3` where Rollcall is installed, or install it again with this Node.js.';

/**
 * Opens a file, or a copy of one in memory. The first database loads the compiled part of the driver. Throws the errors of
 * SQLite, and AppError('database') if the driver does not load on this Node.
 */
export function openDriver(file: string | Buffer, options: Database.Options): Database.Database {
  try {
    const { version } = loadManifest('better-sqlite3/package.json');
    if (!isFor(process.versions.node, version)) throw notLoaded(`release ${version} is for another Node.js`, REINSTALL);
    const Driver = load('better-sqlite3');
    return new Driver(file, options);
  } catch (error) {
    throw loadFailure(error) ?? error;
  }
}

/**
 * better-sqlite3 13 crashes Node 20 with a segmentation fault, for lack of Node-API 10, and 12 aborts Node 24.19 and later
 * (WiseLibs/better-sqlite3#1514). npm installs the version that fits; a version that another Node installed is not loaded.
 */
export function isFor(node: string, driver: string): boolean {
  return majorOf(node) < 22 === majorOf(driver) < 13;
}

function majorOf(version: string): number {
  return Number.parseInt(version, 10);
}

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
  const message = `SQLite's driver better-sqlite3 does not load on Node.js ${process.version}: ${why}`;
  return new AppError('database', message, { hint });
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? '';
}
