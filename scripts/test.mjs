// @ts-check
// `npm test`: installs and builds what is missing, then checks types and style and runs every test. Arguments go to Jest.
import { spawnSync } from 'node:child_process';
import { ensureBuilt, root } from './ready.mjs';

const started = Date.now();
ensureBuilt();

const selection = process.argv.slice(2);
const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];

/** @type {[title: string, command: string, args: string[]][]} */
const steps = [
  ['checking types', process.execPath, ['node_modules/typescript/bin/tsc']],
  ['checking style and import rules', 'npm', ['run', '-s', 'lint']],
  ['running the tests', process.execPath, [...jest, ...(selection.length > 0 ? selection : ['--coverage'])]],
];

for (const [title, command, args] of steps) {
  process.stdout.write(`» ${title}\n`);
  const { status } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (status !== 0) {
    process.stdout.write(`\n✗ failed while ${title}\n`);
    process.exit(status ?? 1);
  }
}
process.stdout.write(`\n✓ types, style and all tests pass (${Math.round((Date.now() - started) / 1000)} s)\n`);
