// @ts-check
// Makes a checkout ready to run: installs when node_modules does not fit the lock or this Node, builds when dist is older than
// its sources. Used by `npm run demo`, `npm test` and `npm run cli`, so that each works on a fresh clone.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { installedDriver, wantedDriver } from './sqlite-driver.mjs';

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

/** What node_modules is made from. */
function installation() {
  const lock = readFileSync(path.join(root, 'package-lock.json'));
  return `${createHash('sha256').update(lock).digest('hex')} ${process.platform} ${process.arch}\n`;
}

const stamp = path.join(root, 'node_modules/.rollcall-installed');

/** Notes that node_modules is complete. Does nothing where the tools for development are left out. */
export function noteInstalled() {
  if (existsSync(path.join(root, 'node_modules/typescript'))) writeFileSync(stamp, installation());
}

/** Installs what package-lock.json says, when node_modules is made from something else, and the SQLite driver for this Node. */
export function ensureInstalled() {
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== installation()) {
    // Not `npm install`, which may write the lock.
    const quietly = ['--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
    step('installing dependencies (a minute on the first run)', 'npm', ['ci', ...quietly]);
    noteInstalled();
  }
  ensureDriver();
}

/** package-lock.json has the SQLite driver of Node 22 and later; Node 20 needs another one, which is compiled. */
export function ensureDriver() {
  if (driverWorks()) return;
  const wanted = `better-sqlite3@${wantedDriver()}`;
  const quietly = ['--no-save', '--no-audit', '--no-fund', '--loglevel=error'];
  if (installedDriver() !== wantedDriver())
    step(`installing ${wanted} for this Node`, 'npm', ['install', ...quietly, wanted]);
  else step(`compiling ${wanted} for this Node`, 'npm', ['rebuild', 'better-sqlite3']);
  if (driverWorks()) return;
  process.stderr.write(`\u2717 ${wanted} does not load: on Node 20 it needs python3, make and a C++ compiler\n`);
  process.exit(1);
}

/** Asked in another process: this one would not look for the driver a second time. */
function driverWorks() {
  const check = path.join(root, 'scripts/sqlite-driver.mjs');
  return spawnSync(process.execPath, [check, '--check'], { stdio: 'ignore' }).status === 0;
}

/** Generates the Prisma clients, compiles src/ to dist/, and puts the program together in dist/bin/. */
export function ensureBuilt() {
  ensureInstalled();
  const built = modifiedMs(path.join(root, 'dist/.built'));
  const sources = newestMs([
    'src',
    'prisma',
    'web',
    'scripts/gen.mjs',
    'scripts/web.mjs',
    'scripts/bundle.mjs',
    'scripts/client.mjs',
    'scripts/prisma-lib.mjs',
    'package.json',
    'tsconfig.build.json',
    'tsconfig.client.json',
  ]);
  if (built > 0 && built >= sources) return;
  step('building', 'npm', ['run', '-s', 'build']);
}
