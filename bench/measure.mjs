// @ts-check
// What every bench shares: commands in fresh processes, in alternating order, medians, and one table at the end.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
export const main = path.join(root, 'dist/bin/rollcall.js');
const recorder = fileURLToPath(new URL('record-usage.cjs', import.meta.url));

/** Rounds of every comparison: at least 7 unless a quick look is asked for. */
export const ROUNDS = Number(process.env['ROLLCALL_BENCH_ROUNDS'] ?? 7);

/**
 * @typedef {{ args: string[], env?: Record<string, string | undefined>, cwd?: string, before?: () => void | Promise<void>, timesItself?: true }} Contender
 * A Node program: its arguments, the first one being the script. `before` is not timed; one that times itself prints its
 * milliseconds as its last line.
 * @typedef {{ ms: number, cpuMs: number, peakBytes: number, stdout: string, stderr: string, status: number | null }} Ran
 * @typedef {{ figure: string, value: string, against: string, goal: string, isMet: boolean | null, raw: unknown }} Figure
 */

/**
 * One run from outside: the time from its start to its end, the time that the processors worked for it, which says the same on a
 * busy machine, and the most memory that it held at a time.
 * @param {Contender} contender
 * @returns {Promise<Ran>}
 */
export async function runOnce({ args, env = {}, cwd = root, before, timesItself }) {
  await before?.();
  const folder = mkdtempSync(path.join(os.tmpdir(), 'rollcall-usage-'));
  const usageFile = path.join(folder, 'usage.json');
  const { NODE_OPTIONS: _, ...outside } = process.env;
  const startedAt = process.hrtime.bigint();
  const child = spawn(process.execPath, ['--require', recorder, ...args], {
    cwd,
    env: { ...outside, ...env, ROLLCALL_BENCH_USAGE: usageFile },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  /** @type {Buffer[]} */
  const stdout = [];
  /** @type {Buffer[]} */
  const stderr = [];
  child.stdout.on('data', (chunk) => stdout.push(chunk));
  child.stderr.on('data', (chunk) => stderr.push(chunk));
  const status = await new Promise((resolve) => child.once('close', resolve));
  const wholeMs = Number(process.hrtime.bigint() - startedAt) / 1e6;
  const text = Buffer.concat(stdout).toString();
  const ms = timesItself ? Number(text.trim().split('\n').at(-1)) : wholeMs;
  const { peakKib, cpuMs } = JSON.parse(readFileSync(usageFile, 'utf8'));
  rmSync(folder, { recursive: true, force: true });
  return { ms, cpuMs, peakBytes: peakKib * 1024, status, stdout: text, stderr: Buffer.concat(stderr).toString() };
}

/**
 * Runs the contenders in turn, the order reversed each time, after one round that is not counted.
 * @template {string} Name
 * @param {Record<Name, Contender>} contenders
 * @param {{ rounds?: number, warmUp?: boolean }} [options]
 * @returns {Promise<Record<Name, Ran[]>>}
 */
export async function compare(contenders, { rounds = ROUNDS, warmUp = true } = {}) {
  const names = /** @type {Name[]} */ (Object.keys(contenders));
  /** @type {Map<Name, Ran[]>} */
  const runs = new Map(names.map((name) => [name, []]));
  for (let round = warmUp ? -1 : 0; round < rounds; round += 1) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const ran = await runOnce(contenders[name]);
      if (ran.status !== 0) throw new Error(`${name} ended with status ${ran.status}: ${ran.stderr.slice(-2000)}`);
      if (round >= 0) runs.get(name)?.push({ ...ran, stdout: '', stderr: '' });
    }
  }
  return /** @type {Record<Name, Ran[]>} */ (Object.fromEntries(runs));
}

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1
    ? (sorted[Math.floor(middle)] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}

/** @param {readonly Ran[]} runs */
export const medianMs = (runs) => median(runs.map(({ ms }) => ms));
/** @param {readonly Ran[]} runs */
export const medianCpuMs = (runs) => median(runs.map(({ cpuMs }) => cpuMs));
/** @param {readonly Ran[]} runs */
export const medianPeakMb = (runs) => median(runs.map(({ peakBytes }) => peakBytes)) / 2 ** 20;

/**
 * The median of the ratios of runs that were made next to each other: it holds when the speed of the machine drifts.
 * @param {readonly Ran[]} a @param {readonly Ran[]} b @param {'ms' | 'cpuMs'} [of]
 */
export function medianRatio(a, b, of = 'ms') {
  return median(a.map((ran, index) => ran[of] / (b[index]?.[of] ?? Number.NaN)));
}

/** @param {readonly Figure[]} figures */
export function printTable(figures) {
  const rows = [
    ['FIGURE', 'MEASURED', 'AGAINST', 'GOAL', ''],
    ...figures.map(({ figure, value, against, goal, isMet }) => [
      figure,
      value,
      against,
      goal,
      isMet === null ? '' : isMet ? 'met' : 'NOT MET',
    ]),
  ];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  for (const row of rows) {
    process.stdout.write(
      `${row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd()}\n`,
    );
  }
}
