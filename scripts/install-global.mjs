// @ts-check
// `npm run install:global`: packs this checkout and installs the archive for this user's shell, as `npm install --global` of a
// published package does. Not `npm install --global .`: that links the checkout, and npm 12 does not build what it links.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ensureInstalled, step } from './ready.mjs';

ensureInstalled();
const isWindows = process.platform === 'win32';
const folder = mkdtempSync(path.join(os.tmpdir(), 'rollcall-pack-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

step('building and packing', 'npm', ['pack', '--loglevel=error', '--pack-destination', folder]);
const [archive = ''] = readdirSync(folder);
step('installing', 'npm', ['install', '--global', '--no-audit', '--no-fund', path.join(folder, archive)]);

const { stdout: prefix } = spawnSync('npm', ['prefix', '--global'], { encoding: 'utf8', shell: isWindows });
const bin = isWindows ? prefix.trim() : path.join(prefix.trim(), 'bin');
// A command that opens a database: the driver may be missing although the program starts.
const { status, stderr } = spawnSync(path.join(bin, 'rollcall'), ['list-vms'], {
  encoding: 'utf8',
  shell: isWindows,
  env: { ...process.env, DATABASE_URL: `file:${path.join(folder, 'try.db')}` },
});
if (status !== 0) {
  process.stderr.write(`\u2717 what was installed does not run:\n${stderr}`);
  process.exit(1);
}
const isOnPath = (process.env['PATH'] ?? '').split(path.delimiter).includes(bin);
process.stdout.write(
  `\u2713 rollcall is installed in ${bin}${isOnPath ? '' : ', which is not on the PATH of this shell'}\n`,
);
