// @ts-check
// `npm run campaign:feed`: clients of the feed through random runs and faults, in a new process; seeds and results are printed.
import { spawnSync } from 'node:child_process';
import { ensureBuilt, root } from './ready.mjs';

ensureBuilt();
const rounds = process.env['ROLLCALL_FEED_ROUNDS'] ?? '10000';
const seed = process.env['ROLLCALL_SEED'] ?? '1';
const { status } = spawnSync(
  process.execPath,
  [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    'node_modules/jest/bin/jest.js',
    '--testTimeout=7200000',
    'tests/client/feed-campaign.test.ts',
    ...process.argv.slice(2),
  ],
  {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ROLLCALL_FEED_ROUNDS: rounds, ROLLCALL_SEED: seed },
  },
);
process.exit(status ?? 1);
