// @ts-check
// Runs a command with another release of Node.js, in a copy of the checkout whose dependencies are installed by that release:
//   node scripts/on-node.mjs 24 npm test
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { root } from './ready.mjs';

const [release, command, ...args] = process.argv.slice(2);
if (release === undefined || command === undefined) {
  process.stderr.write('usage: node scripts/on-node.mjs RELEASE COMMAND [ARGUMENT…]\n');
  process.exit(2);
}

/**
 * @param {string} name
 * @param {string[]} given
 * @param {import('node:child_process').SpawnSyncOptions} [options]
 */
function run(name, given, options) {
  const { status, signal, error } = spawnSync(name, given, { stdio: 'inherit', ...options });
  if (error) throw error;
  return status ?? 128 + (signal ? os.constants.signals[signal] : 0);
}

/** The package of npm that holds the binary; the package `node` would download it in a script of its own. */
const platform = process.platform === 'win32' ? 'win' : process.platform;
const name = `node-${platform}-${process.arch}`;
const folder = mkdtempSync(path.join(os.tmpdir(), `rollcall-node-${release}-`));
let status = 1;
try {
  const quietly = ['--no-audit', '--no-fund', '--loglevel=error', '--prefix', folder];
  const installed = run('npm', ['install', ...quietly, `${name}@${release}`]);
  const checkout = path.join(folder, 'checkout');
  // What an install or a build makes is made anew.
  const made = new Set(
    ['.git', 'node_modules', 'dist', 'coverage', 'src/generated'].map((one) => path.join(root, one)),
  );
  cpSync(root, checkout, { recursive: true, filter: (source) => !made.has(path.join(source)) });
  const PATH = [path.join(folder, 'node_modules', name, 'bin'), process.env['PATH']].join(path.delimiter);
  const env = { ...process.env, PATH };
  if (installed === 0) {
    run('node', ['--version'], { env });
    status = run(command, args, { cwd: checkout, env });
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(status);
