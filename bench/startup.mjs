// @ts-check
// node bench/startup.mjs: how long the program takes from its start to its answer, beside Node doing nothing and beside a bare
// script that prints the same rows. All processes are fresh.
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { compare, main, medianMs, medianRatio, printTable, ROUNDS, runOnce } from './measure.mjs';

const bare = fileURLToPath(new URL('bare-read.mjs', import.meta.url));
const labProcess = fileURLToPath(new URL('lab-process.mjs', import.meta.url));
const FEW = 20;
const MANY = 10_000;

/** @typedef {import('./measure.mjs').Figure} Figure */
/** @typedef {import('./measure.mjs').Contender} Contender */

/** @returns {Promise<Figure[]>} */
export async function startupFigures() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'rollcall-bench-'));
  try {
    const few = path.join(folder, 'few.db');
    const many = path.join(folder, 'many.db');
    await record(few, FEW);
    await record(many, MANY);
    const nothing = { args: ['-e', '0'] };
    return [
      await figureOf('rollcall --version', [program(few, '--version'), nothing], ['node -e 0', 1.6]),
      await figureOf('rollcall --help', [program(few, '--help'), nothing], ['node -e 0', null]),
      await figureOf(
        `list-vms, ${FEW} rows`,
        [program(few, 'list-vms'), { args: [bare, few, 'list'] }],
        ['bare better-sqlite3', 2],
      ),
      await figureOf(
        'show-changes, the last 50',
        [program(many, 'show-changes', '--limit', '50'), { args: [bare, many, 'changes'] }],
        ['bare better-sqlite3', 2],
      ),
      await figureOf(
        `list-vms -o json, ${MANY} rows`,
        [program(many, 'list-vms', '-o', 'json'), { args: [bare, many, 'json'] }],
        ['bare better-sqlite3', 2],
      ),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {string} file
 * @param {...string} args
 * @returns {Contender}
 */
function program(file, ...args) {
  return { args: [main, ...args], env: { DATABASE_URL: `file:${file}` } };
}

/**
 * @param {string} figure
 * @param {[Contender, Contender]} contenders
 * @param {[name: string, goal: number | null]} against
 * @returns {Promise<Figure>}
 */
async function figureOf(figure, [ours, theirs], [name, goal]) {
  const runs = await compare({ ours, theirs }, { rounds: Math.max(ROUNDS, 11) });
  const ratio = medianRatio(runs.ours, runs.theirs);
  return {
    figure,
    value: `${ratio.toFixed(2)} x (${Math.round(medianMs(runs.ours))} ms)`,
    against: `${name} (${Math.round(medianMs(runs.theirs))} ms)`,
    goal: goal === null ? '' : `<= ${goal} x`,
    isMet: goal === null ? null : ratio <= goal,
    raw: runs,
  };
}

/**
 * A database with so many virtual machines.
 * @param {string} file
 * @param {number} vms
 */
export async function record(file, vms) {
  const lab = fork(labProcess, [JSON.stringify({ nodes: 8, vms, containers: 0 })]);
  try {
    /** @type {{ env: Record<string, string> }} */
    const { env } = await new Promise((resolve) => lab.once('message', resolve));
    const { status, stderr } = await runOnce({
      args: [main, 'discover-all', '--quiet'],
      env: { ...env, PROXMOX_VE_NAME: 'lab', DATABASE_URL: `file:${file}` },
    });
    if (status !== 0) throw new Error(`discover-all ended with status ${status}: ${stderr}`);
  } finally {
    lab.disconnect();
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) printTable(await startupFigures());
