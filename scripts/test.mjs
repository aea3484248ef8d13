// @ts-check
// `npm test`: installs and builds what is missing, then checks types and style and runs every test. Arguments go to Jest.
// With `--postgres` first, the tests alone, and with their databases on the server that TEST_POSTGRES_URL names:
//   node scripts/with-postgres.mjs node scripts/test.mjs --postgres [ARGUMENT…]
import { spawnSync } from 'node:child_process';
import { ensureBuilt, root } from './ready.mjs';

const started = Date.now();
ensureBuilt();

const onPostgres = process.argv[2] === '--postgres';
const selection = process.argv.slice(onPostgres ? 3 : 2);
const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];

/** @type {[title: string, command: string, args: string[]][]} */
const steps = onPostgres
  ? [['running the tests on PostgreSQL', process.execPath, [...jest, ...selection]]]
  : [
      ['checking types', 'npm', ['run', '-s', 'typecheck']],
      ['checking style and import rules', 'npm', ['run', '-s', 'lint']],
      ['running the tests', process.execPath, [...jest, ...(selection.length > 0 ? selection : ['--coverage'])]],
    ];
const env = { ...process.env, ...(onPostgres && { ROLLCALL_TEST_DATABASE: 'postgresql' }) };

for (const [title, command, args] of steps) {
  process.stdout.write(`» ${title}\n`);
  const { status } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
    env,
  });
  if (status !== 0) {
    process.stdout.write(`\n✗ failed while ${title}\n`);
    process.exit(status ?? 1);
  }
}
const what = onPostgres ? 'all tests pass on PostgreSQL' : 'types, style and all tests pass';
process.stdout.write(`\n✓ ${what} (${Math.round((Date.now() - started) / 1000)} s)\n`);
