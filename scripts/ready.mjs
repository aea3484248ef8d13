// @ts-check
// Makes a checkout ready to run: installs when node_modules does not fit the lock or this Node, builds when dist is older than
// its sources. Used by `npm run demo`, `npm test` and `npm run cli`, so that each works on a fresh clone.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { SQLITE_PACKAGE } from './sqlite-driver.mjs';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/**
 * `npm install --global .` runs scripts/prepare.mjs with its own settings, which npm started from there would take for its own.
 * @param {NodeJS.ProcessEnv} env
 */
function withoutGlobal({ npm_config_global: _, npm_config_local_prefix: __, ...env }) {
  return env;
}

/**
 * Runs a command in the checkout and ends this process when it fails. Standard output of the command goes to standard error,
 * so that `npm run -s cli -- list-vms -o json` prints JSON and nothing else.
 * @param {string} title what is being done, for the reader
 * @param {string} command
 * @param {string[]} args
 */
export function step(title, command, args) {
  process.stderr.write(`» ${title}\n`);
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    env: withoutGlobal(process.env),
    stdio: ['ignore', process.stderr.fd, process.stderr.fd],
    shell: process.platform === 'win32',
  });
  if (error) throw error;
  if (status !== 0) {
    process.stderr.write(`✗ ${title}: ${command} ${args.join(' ')} ended with status ${status}\n`);
    process.exit(status ?? 1);
  }
}

/** @param {string} file */
const modifiedMs = (file) => (existsSync(file) ? statSync(file).mtimeMs : 0);

/**
 * Time of the newest file below the given files and folders.
 * @param {string[]} names
 * @returns {number}
 */
function newestMs(names) {
  let newest = 0;
  for (const name of names) {
    const file = path.join(root, name);
    if (!existsSync(file)) continue;
    if (!statSync(file).isDirectory()) newest = Math.max(newest, modifiedMs(file));
    else for (const entry of readdirSync(file)) newest = Math.max(newest, newestMs([path.join(name, entry)]));
  }
  return newest;
}

const DRIVER_HINT =
  'On Node.js 20 npm downloads or compiles it, which needs python3, make and a C++ compiler; on Node.js 22 and later it comes with npm install.';

/** What node_modules is made from and made for. */
function installation() {
  const lock = readFileSync(path.join(root, 'package-lock.json'));
  const { platform, arch, versions } = process;
  return `${createHash('sha256').update(lock).digest('hex')} ${platform} ${arch} ABI ${versions.modules}\n`;
}

const stamp = path.join(root, 'node_modules/.rollcall-installed');

/** Notes that node_modules is complete. Does nothing where the tools for development are left out. */
export function noteInstalled() {
  if (existsSync(path.join(root, 'node_modules/typescript'))) writeFileSync(stamp, installation());
}

/** Whether SQLite opens a database. In another process: this one would not look for the driver a second time. */
function driverWorks() {
  const look = `import('${pathToFileURL(path.join(root, 'scripts/sqlite-driver.mjs')).href}').then((file) => file.loadSqlite())`;
  return spawnSync(process.execPath, ['-e', look], { stdio: 'ignore' }).status === 0;
}

/**
 * Installs when node_modules was made from another lock or by another Node, and compiles the SQLite driver again when it does
 * not load. `npm ci`, because `npm install` may write the lock.
 */
export function ensureInstalled() {
  const isCurrent = existsSync(stamp) && readFileSync(stamp, 'utf8') === installation();
  if (isCurrent && driverWorks()) return;
  if (isCurrent) step('rebuilding the SQLite driver for this Node', 'npm', ['rebuild', SQLITE_PACKAGE]);
  else {
    const quietly = ['--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
    step('installing dependencies (a minute on the first run)', 'npm', ['ci', ...quietly]);
  }
  noteInstalled();
  if (driverWorks()) return;
  process.stderr.write(`\u2717 the SQLite driver ${SQLITE_PACKAGE} does not load. ${DRIVER_HINT}\n`);
  process.exit(1);
}

/** Generates the Prisma clients, compiles src/ to dist/, and puts the program together in dist/bin/. */
export function ensureBuilt() {
  ensureInstalled();
  const built = modifiedMs(path.join(root, 'dist/.built'));
  const sources = newestMs([
    'src',
    'prisma',
    'scripts/gen.mjs',
    'scripts/bundle.mjs',
    'scripts/prisma-lib.mjs',
    'package.json',
    'tsconfig.build.json',
  ]);
  if (built > 0 && built >= sources) return;
  step('building', 'npm', ['run', '-s', 'build']);
}
