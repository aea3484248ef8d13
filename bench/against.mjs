// @ts-check
// node bench/against.mjs FOLDER [startup|sync]…: the start of commands, and `discover-all` of 10,000 guests on SQLite and PostgreSQL,
// beside the build of another commit in FOLDER (a clone of it, after `npm run build`). Each build has databases of its own.
import { fork } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { findPostgres, startPostgres } from '../scripts/postgres-server.mjs';
import { compare, main, medianCpuMs, medianMs, medianRatio, printTable, ROUNDS, runOnce } from './measure.mjs';

const GUESTS = 10_000;
const COMMANDS = [['--version'], ['discover-all', '--help'], ['list-vms'], ['show-changes', '--limit', '50']];
const labProcess = fileURLToPath(new URL('lab-process.mjs', import.meta.url));

/** @typedef {import('./measure.mjs').Figure} Figure */
/** @typedef {'now' | 'past'} Name */

const [other = '', ...parts] = process.argv.slice(2);
const mains = { now: main, past: path.join(path.resolve(other), 'dist/bin/rollcall.js') };
const folder = mkdtempSync(path.join(os.tmpdir(), 'rollcall-bench-'));
const isWanted = (/** @type {string} */ part) => parts.length === 0 || parts.includes(part);

/** @param {string} figure @param {Record<Name, import('./measure.mjs').Ran[]>} runs @returns {Figure} */
function figureOf(figure, runs) {
  const ratio = medianRatio(runs.now, runs.past);
  const cpu = medianRatio(runs.now, runs.past, 'cpuMs');
  return {
    figure,
    value: `${medianMs(runs.now).toFixed(0)} ms, ${ratio.toFixed(2)} ×; CPU ${medianCpuMs(runs.now).toFixed(0)} ms, ${cpu.toFixed(2)} ×`,
    against: `${medianMs(runs.past).toFixed(0)} ms; CPU ${medianCpuMs(runs.past).toFixed(0)} ms`,
    goal: '',
    isMet: null,
    raw: runs,
  };
}

/** @param {number} vms */
async function startLab(vms) {
  const lab = fork(labProcess, [JSON.stringify({ nodes: 32, vms: vms * 0.8, containers: vms * 0.2 })]);
  /** @type {{ env: Record<string, string> }} */
  const { env } = await new Promise((resolve) => lab.once('message', resolve));
  return { env: { ...env, PROXMOX_VE_NAME: 'lab' }, close: () => lab.kill('SIGKILL') };
}

/** @param {Name} name @param {string} url @param {Record<string, string>} env */
const sync = (name, url, env) => ({
  args: [mains[name], 'discover-all', '--quiet'],
  env: { ...env, DATABASE_URL: url },
  cwd: folder,
});

async function startupFigures() {
  const lab = await startLab(20);
  const url = (/** @type {Name} */ name) => `file:${path.join(folder, `${name}.db`)}`;
  for (const name of /** @type {const} */ (['now', 'past'])) await runOnce(sync(name, url(name), lab.env));
  lab.close();
  /** @type {Figure[]} */
  const figures = [];
  for (const args of COMMANDS) {
    const program = (/** @type {Name} */ name) => ({ args: [mains[name], ...args], env: { DATABASE_URL: url(name) } });
    const runs = await compare({ now: program('now'), past: program('past') }, { rounds: Math.max(ROUNDS, 15) });
    figures.push(figureOf(`rollcall ${args.join(' ')}`, runs));
  }
  return figures;
}

/** @param {string} database @param {(name: string) => string} urlOf @param {(from: string, to: string | null) => Promise<void>} copy */
async function syncFigures(database, urlOf, copy) {
  const lab = await startLab(GUESTS);
  const names = /** @type {const} */ (['now', 'past']);
  // The second run asks for what no run asks for again.
  for (const name of names) {
    await copy(`${name}_first`, null);
    await runOnce(sync(name, urlOf(`${name}_first`), lab.env));
    await runOnce(sync(name, urlOf(`${name}_first`), lab.env));
    await copy(`${name}_again`, `${name}_first`);
  }
  const first = (/** @type {Name} */ name) => ({
    ...sync(name, urlOf(`${name}_first`), lab.env),
    before: () => copy(`${name}_first`, null),
  });
  const again = (/** @type {Name} */ name) => sync(name, urlOf(`${name}_again`), lab.env);
  const firstRuns = await compare({ now: first('now'), past: first('past') }, { warmUp: false });
  const againRuns = await compare({ now: again('now'), past: again('past') }, { warmUp: false });
  lab.close();
  return [
    figureOf(`discover-all, ${GUESTS} guests, first, ${database}`, firstRuns),
    figureOf(`discover-all, ${GUESTS} guests, unchanged, ${database}`, againRuns),
  ];
}

function sqliteFigures() {
  const fileOf = (/** @type {string} */ name) => path.join(folder, `${name}.db`);
  return syncFigures(
    'SQLite',
    (name) => `file:${fileOf(name)}`,
    async (name, from) => {
      for (const end of ['', '-wal', '-shm']) rmSync(`${fileOf(name)}${end}`, { force: true });
      if (from !== null) copyFileSync(fileOf(from), fileOf(name));
    },
  );
}

async function postgresFigures() {
  if (findPostgres() === null) return [];
  const server = await startPostgres({ durable: true });
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  try {
    const urlOf = (/** @type {string} */ name) => server.url.replace(/\/postgres$/, `/${name}`);
    return await syncFigures('PostgreSQL', urlOf, async (name, from) => {
      await client.query(`DROP DATABASE IF EXISTS ${name}`);
      await client.query(`CREATE DATABASE ${name} TEMPLATE ${from ?? 'template0'}`);
    });
  } finally {
    await client.end();
    await server.stop();
  }
}

/** Each part is printed when it is there: all of them take many minutes. */
try {
  if (isWanted('startup')) printTable(await startupFigures());
  if (isWanted('sync')) {
    printTable(await sqliteFigures());
    printTable(await postgresFigures());
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
