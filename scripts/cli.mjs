// @ts-check
// `npm run cli -- discover-all`: the program from this checkout. Installs and builds what is missing or stale first; standard
// output and the exit status are the program's.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { ensureBuilt, root } from './ready.mjs';

ensureBuilt();

const child = spawn(process.execPath, [path.join(root, 'dist/bin/rollcall.js'), ...process.argv.slice(2)], {
  stdio: 'inherit',
});
// A terminal sends Ctrl-C to both processes, and this one waits for the program to end by itself.
process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
for (const signal of /** @type {const} */ (['SIGTERM', 'SIGHUP'])) process.on(signal, () => child.kill(signal));
child.once('error', (error) => {
  process.stderr.write(`error: ${error.message}\n`);
  process.exitCode = 1;
});
child.once('close', (status) => {
  process.exitCode = status ?? 1;
});
