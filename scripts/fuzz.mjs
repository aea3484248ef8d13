// @ts-check
// `npm run fuzz`: 100,000 mutated answers through the whole decode path; the seed and the outcomes are printed.
import { spawnSync } from 'node:child_process';
import { ensureBuilt, root } from './ready.mjs';

ensureBuilt();
const answers = process.env['ROLLCALL_FUZZ_ANSWERS'] ?? '100000';
const seed = process.env['ROLLCALL_FUZZ_SEED'] ?? String(Date.now() % 1_000_000);
const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];
const { status } = spawnSync(
  process.execPath,
  [...jest, '--testTimeout=7200000', 'tests/fuzz', ...process.argv.slice(2)],
  {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ROLLCALL_FUZZ_ANSWERS: answers, ROLLCALL_FUZZ_SEED: seed },
  },
);
process.exit(status ?? 1);
