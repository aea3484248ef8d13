// @ts-check
// `npm run campaign`: the whole fault campaign and the kill test, in new processes; seeds and results are printed.
import { spawnSync } from 'node:child_process';
import { ensureBuilt, root } from './ready.mjs';

ensureBuilt();
const runs = process.env['ROLLCALL_CAMPAIGN_RUNS'] ?? '10000';
const kills = process.env['ROLLCALL_KILLS'] ?? '200';
const seed = process.env['ROLLCALL_SEED'] ?? '1';
const { status } = spawnSync(
  process.execPath,
  [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    'node_modules/jest/bin/jest.js',
    '--testTimeout=7200000',
    'tests/campaign',
    ...process.argv.slice(2),
  ],
  {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ROLLCALL_CAMPAIGN_RUNS: runs, ROLLCALL_KILLS: kills, ROLLCALL_SEED: seed },
  },
);
process.exit(status ?? 1);
