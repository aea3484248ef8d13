// @ts-check
// node bench/sync.mjs [guests] [nodes]: how long are a first sync, a sync of an unchanged cluster, and the answers from the
// database, side by side over growing clusters? Fresh processes in turn; medians in milliseconds, and what 1,000 guests cost.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const most = Number(process.argv[2] ?? 4000);
const nodes = Number(process.argv[3] ?? 8);
const ROUNDS = 5;
const { NODE_OPTIONS: _, ...outside } = process.env;

const sizes = [most / 4, most / 2, most].map(Math.round);
process.stdout.write(`guests   first sync   unchanged   list-vms   list --at   (median of ${ROUNDS}, ms)\n`);
for (const guests of sizes) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'rollcall-bench-'));
  const { child, env } = await startLab(guests);
  /** @type {Record<string, number[]>} */
  const times = { first: [], unchanged: [], list: [], past: [] };
  for (let round = 0; round < ROUNDS; round++) {
    const inRound = { ...outside, ...env, DATABASE_URL: `file:${path.join(folder, `${round}.db`)}` };
    times['first']?.push(timed(['discover-all', '--quiet'], inRound));
    const at = new Date().toISOString();
    times['unchanged']?.push(timed(['discover-all', '--quiet'], inRound));
    times['list']?.push(timed(['list-vms', '-o', 'name'], inRound));
    times['past']?.push(timed(['list-vms', '-o', 'name', '--at', at], inRound));
  }
  child.kill();
  rmSync(folder, { recursive: true, force: true });
  const [first, unchanged, list, past] = Object.values(times).map(median);
  const row = [first, unchanged, list, past].map((ms) => `${ms}`.padStart(12)).join('');
  process.stdout.write(`${`${guests}`.padStart(6)}${row}\n`);
}

/**
 * @param {number} guests
 * @returns {Promise<{ child: import('node:child_process').ChildProcess, env: Record<string, string> }>}
 */
async function startLab(guests) {
  const containers = Math.round(guests / 10);
  const args = [
    'lab',
    '--nodes',
    `${nodes}`,
    '--vms',
    `${guests - containers}`,
    '--containers',
    `${containers}`,
    '--print-env',
  ];
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'ignore'], env: outside });
  let text = '';
  for await (const chunk of child.stdout) {
    text += chunk;
    const env = Object.fromEntries(
      [...text.matchAll(/^(\w+)='?([^'\n]*)'?\n/gm)].map(([, name, value]) => [name, value]),
    );
    if (env['PROXMOX_VE_ENDPOINT'] && env['PROXMOX_VE_API_TOKEN'] && env['PROXMOX_VE_CA_FILE']) return { child, env };
  }
  throw new Error('the lab ended before it served');
}

/**
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 */
function timed(args, env) {
  const started = performance.now();
  const { status, stderr } = spawnSync(process.execPath, [main, ...args], {
    env,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`rollcall ${args.join(' ')} ended with ${status}: ${stderr}`);
  return performance.now() - started;
}

/** @param {number[]} values */
function median(values) {
  return Math.round(values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0);
}
