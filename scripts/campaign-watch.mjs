// @ts-check
// `npm run campaign:watch`: 1,000 runs of watchers that are killed, and 1,000 rounds of commands beside one, in new processes,
// with a PostgreSQL server of its own.
import { spawnSync } from 'node:child_process';
import { ensureBuilt, root } from './ready.mjs';

ensureBuilt();
const env = { ROLLCALL_WATCH_SYNCS: '1000', ROLLCALL_WATCH_ROUNDS: '1000', ...process.env };
const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];
const beside = process.env['TEST_POSTGRES_URL'] ? [] : ['scripts/with-postgres.mjs', process.execPath];
const args = [...beside, ...jest, '--testTimeout=14400000', 'tests/watch/campaign', ...process.argv.slice(2)];
const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit', env });
process.exit(status ?? 1);
