// @ts-check
// Makes a checkout ready to run: installs when node_modules is missing or older than the lock, builds when dist is older than
// its sources. Used by `npm run demo`, `npm test` and `npm run cli`, so that each works on a fresh clone.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/**
 * Runs a command in the checkout and ends this process when it fails. Standard output of the command goes to standard error,
 * so that `npm run -s cli -- list-vms -o json` prints JSON and nothing else.
 * @param {string} title what is being done, for the reader
 * @param {string} command
 * @param {string[]} args
 */
function step(title, command, args) {
  process.stderr.write(`» ${title}\n`);
  const { status, error } = spawnSync(command, args, {
    cwd: root,
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

/** `npm install`, not `npm ci`: a lock made where some optional binaries are missing makes `npm ci` refuse. */
export function ensureInstalled() {
  const stamp = path.join(root, 'node_modules/.package-lock.json');
  const manifest = path.join(root, 'node_modules/.rollcall-manifest.json');
  const wanted = readFileSync(path.join(root, 'package.json'), 'utf8');
  if (existsSync(stamp) && existsSync(manifest) && readFileSync(manifest, 'utf8') === wanted) return;
  step('installing dependencies (a minute on the first run)', 'npm', [
    'install',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ]);
  writeFileSync(manifest, wanted);
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
  writeFileSync(path.join(root, 'dist/.built'), '');
}
