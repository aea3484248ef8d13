// @ts-check
// Runs a command beside a PostgreSQL server of its own, whose address it finds in TEST_POSTGRES_URL:
//   node scripts/with-postgres.mjs [--install] npm run -s jest -- tests/cli
import { spawn } from 'node:child_process';
import os from 'node:os';
import { findPostgres, installPostgres, startPostgres } from './postgres-server.mjs';

const args = process.argv.slice(2);
const mayInstall = args[0] === '--install';
const [command, ...rest] = mayInstall ? args.slice(1) : args;
if (command === undefined) {
  process.stderr.write('usage: node scripts/with-postgres.mjs [--install] COMMAND [ARGUMENT…]\n');
  process.exit(2);
}
if (mayInstall && findPostgres() === null) installPostgres();

/** @type {import('node:child_process').ChildProcess | undefined} */
let child;
/** @type {NodeJS.Signals | undefined} */
let received;
// Before the server is started: it would stay behind.
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
  process.on(signal, () => {
    received = signal;
    child?.kill(signal);
  });
}

/**
 * Runs the command beside the server; gives its exit status.
 * @param {string} url
 * @returns {Promise<number>}
 */
function runBeside(url) {
  return new Promise((resolve, reject) => {
    child = spawn(command ?? '', rest, { stdio: 'inherit', env: { ...process.env, TEST_POSTGRES_URL: url } });
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? 128 + os.constants.signals[signal ?? 'SIGTERM']));
  });
}

const server = await startPostgres();
process.stderr.write(`» PostgreSQL in ${server.dataDir}\n`);
let status = 1;
try {
  status = received === undefined ? await runBeside(server.url) : 128 + os.constants.signals[received];
} catch (error) {
  process.stderr.write(`✗ ${command} cannot be started: ${String(error)}\n`);
} finally {
  await server.stop();
}
process.exit(status);
