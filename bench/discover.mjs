// @ts-check
// node bench/discover.mjs: what does `discover-all` cost beside fetching alone, how does it grow, how much memory does it
// take, and how long do other clients need? Against a lab in a process of its own that answers each call after 5 ms.
import { fork, spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  compare,
  main,
  median,
  medianCpuMs,
  medianMs,
  medianPeakMb,
  medianRatio,
  printTable,
  ROUNDS,
  root,
} from './measure.mjs';

const LATENCY_MS = 5;
const CONCURRENCY = '16';
const PROXMOX_API = 'proxmox-api@1.1.1';
const here = (/** @type {string} */ name) => path.join(root, 'bench', name);

/** @typedef {{ url: string, caFile: string, token: string, env: Record<string, string>, paths: () => Promise<string[]>, close: () => void }} LabProcess */

/** @param {object} options @param {string} folder @returns {Promise<LabProcess>} */
async function startLab(options, folder) {
  const child = fork(here('lab-process.mjs'), [JSON.stringify(options)]);
  const next = () => new Promise((resolve) => child.once('message', resolve));
  const { url, caPem, token, env } = await next();
  const caFile = path.join(folder, 'ca.pem');
  writeFileSync(caFile, caPem);
  const ask = () => {
    child.send('requests');
    return next();
  };
  return { url, token, env, caFile, paths: ask, close: () => child.disconnect() };
}

/** @param {string} file */
function removeDatabase(file) {
  for (const each of [file, `${file}-wal`, `${file}-shm`]) rmSync(each, { force: true });
}

/**
 * One size of a cluster: first and unchanged runs beside the bare fetching of the same URLs.
 * @param {{ guests: number, nodes: number, rounds: number }} size
 */
async function measureSize({ guests, nodes, rounds }) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'rollcall-bench-'));
  const shape = { nodes, vms: Math.round(guests * 0.8), containers: Math.round(guests * 0.2) };
  const lab = await startLab({ ...shape, latencyMs: LATENCY_MS }, folder);
  const urls = path.join(folder, 'urls');
  const synced = path.join(folder, 'synced.db');
  /** @param {string} file */
  const discover = (file) => ({
    args: [main, 'discover-all', '--quiet', '--concurrency', CONCURRENCY],
    env: { ...lab.env, DATABASE_URL: `file:${file}` },
    cwd: folder,
  });
  const empty = path.join(folder, 'empty.db');
  const again = path.join(folder, 'again.db');
  const bareArgs = [here('bare-fetch.mjs'), lab.url, lab.caFile, lab.token, urls, CONCURRENCY];
  // The first run asks for the CA besides, and each one for the snapshots of 50 guests until all are known.
  await compare({ first: discover(synced) }, { rounds: 1 + Math.ceil(guests / 250), warmUp: false });
  await lab.paths();
  const before = () => copyFileSync(synced, again);
  await compare({ unchanged: { ...discover(again), before } }, { rounds: 1, warmUp: false });
  const paths = await lab.paths();
  writeFileSync(urls, paths.join('\n'));
  const runs = await compare(
    {
      first: {
        ...discover(empty),
        before: () => removeDatabase(empty),
      },
      unchanged: { ...discover(again), before },
      bare: { args: bareArgs },
    },
    { rounds },
  );
  lab.close();
  rmSync(folder, { recursive: true, force: true });
  return { guests, nodes, requests: paths.length, runs };
}

/** Other clients, which make one call after the other. */
async function measureOthers() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'rollcall-bench-'));
  const { status } = spawnSync('npm', [
    'install',
    '--no-audit',
    '--no-fund',
    '--silent',
    '--prefix',
    folder,
    PROXMOX_API,
  ]);
  if (status !== 0) throw new Error(`npm could not install ${PROXMOX_API}`);
  const lab = await startLab({ nodes: 8, vms: 800, containers: 200, latencyMs: LATENCY_MS }, folder);
  const database = path.join(folder, 'rollcall.db');
  const runs = await compare({
    rollcall: {
      args: [main, 'discover-all', '--quiet', '--concurrency', CONCURRENCY],
      env: { ...lab.env, DATABASE_URL: `file:${database}` },
      before: () => removeDatabase(database),
    },
    sequential: { args: [here('sequential.mjs'), lab.url, lab.caFile, lab.token] },
    proxmoxApi: {
      args: [here('proxmox-api.mjs'), lab.url, lab.token, folder],
      env: { NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_NO_WARNINGS: '1' },
    },
  });
  lab.close();
  rmSync(folder, { recursive: true, force: true });
  return runs;
}

/** What the lab itself can do: calls a second without delay, from a client that does nothing with them. */
async function measureCeiling() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'rollcall-bench-'));
  const lab = await startLab({ nodes: 8, vms: 1000, containers: 0 }, folder);
  const urls = path.join(folder, 'urls');
  const nodes = Array.from({ length: 8 }, (_, index) => `pve${index + 1}`);
  const database = `file:${path.join(folder, 'x.db')}`;
  await compare(
    { one: { args: [main, 'discover-all', '--quiet'], env: { ...lab.env, DATABASE_URL: database } } },
    { rounds: 1, warmUp: false },
  );
  const configs = (await lab.paths()).filter((each) => each.endsWith('/config'));
  const many = Array.from({ length: 10 }, () => configs).flat();
  writeFileSync(urls, many.join('\n'));
  const { bare } = await compare({
    bare: { args: [here('bare-fetch.mjs'), lab.url, lab.caFile, lab.token, urls, '32'] },
  });
  lab.close();
  rmSync(folder, { recursive: true, force: true });
  return { callsPerSecond: many.length / (medianMs(bare) / 1000), nodes: nodes.length, raw: bare };
}

/** A small cluster, whose answers take as long as those of a real one: what is our own start, and what waits for something else? */
async function measureLittle() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'rollcall-bench-'));
  const lab = await startLab({ nodes: 1, vms: 13, containers: 4, latencyMs: 15 }, folder);
  const env = { ...lab.env, DATABASE_URL: `file:${path.join(folder, 'rollcall.db')}` };
  const steady = { args: [main, 'discover-all', '--quiet'], env, cwd: folder };
  await compare({ steady }, { rounds: 2, warmUp: false });
  await lab.paths();
  await compare({ steady }, { rounds: 1, warmUp: false });
  const paths = await lab.paths();
  const urls = path.join(folder, 'urls');
  writeFileSync(urls, paths.join('\n'));
  const bare = { args: [here('bare-fetch.mjs'), lab.url, lab.caFile, lab.token, urls, '1'] };
  const runs = await compare({ steady, bare });
  lab.close();
  rmSync(folder, { recursive: true, force: true });
  return { runs, sumMs: paths.length * 15, requests: paths.length };
}

/** @returns {Promise<import('./measure.mjs').Figure[]>} */
export async function discoverFigures() {
  const small = await measureSize({ guests: 1000, nodes: 8, rounds: ROUNDS });
  const large = await measureSize({ guests: 10_000, nodes: 32, rounds: ROUNDS });
  const little = await measureLittle();
  const others = await measureOthers();
  const ceiling = await measureCeiling();
  /** @type {import('./measure.mjs').Figure[]} */
  const figures = [];
  for (const { guests, runs } of [small, large]) {
    for (const kind of /** @type {const} */ (['first', 'unchanged'])) {
      const ratio = medianRatio(runs[kind], runs.bare);
      figures.push({
        figure: `discover-all, ${kind}, ${guests} guests`,
        value: `${medianMs(runs[kind]).toFixed(0)} ms, ${ratio.toFixed(2)} ×`,
        against: `bare https agent ${medianMs(runs.bare).toFixed(0)} ms`,
        goal: '≤ 1.25 ×',
        isMet: ratio <= 1.25,
        raw: { [kind]: runs[kind], bare: runs.bare },
      });
    }
  }
  for (const [{ guests, runs }, most] of /** @type {const} */ ([
    [small, 2.5],
    [large, 2],
  ])) {
    const ratio = medianRatio(runs.unchanged, runs.bare, 'cpuMs');
    figures.push({
      figure: `CPU of discover-all, unchanged, ${guests} guests`,
      value: `${medianCpuMs(runs.unchanged).toFixed(0)} ms, ${ratio.toFixed(2)} ×`,
      against: `bare https agent ${medianCpuMs(runs.bare).toFixed(0)} ms`,
      goal: `≤ ${most} ×`,
      isMet: ratio <= most,
      raw: null,
    });
  }
  const steadyMs = medianMs(little.runs.steady);
  figures.push({
    figure: `discover-all, unchanged, 17 guests, ${little.requests} answers of 15 ms`,
    value: `${steadyMs.toFixed(0)} ms, CPU ${medianCpuMs(little.runs.steady).toFixed(0)} ms`,
    against: `one after the other ${little.sumMs} ms; by a bare agent ${medianMs(little.runs.bare).toFixed(0)} ms`,
    goal: '≤ 2 × of the sum',
    isMet: steadyMs <= 2 * little.sumMs,
    raw: little.runs,
  });
  for (const name of /** @type {const} */ (['sequential', 'proxmoxApi'])) {
    const ratio = medianRatio(others[name], others.rollcall);
    figures.push({
      figure: `discover-all, first, 1000 guests`,
      value: `${medianMs(others.rollcall).toFixed(0)} ms, ${ratio.toFixed(1)} × faster`,
      against: `${name === 'sequential' ? 'one call after the other' : PROXMOX_API} ${medianMs(others[name]).toFixed(0)} ms`,
      goal: '≥ 5 ×',
      isMet: ratio >= 5,
      raw: { rollcall: others.rollcall, [name]: others[name] },
    });
  }
  for (const kind of /** @type {const} */ (['first', 'unchanged'])) {
    const time = medianMs(large.runs[kind]) / medianMs(small.runs[kind]);
    const memory = medianPeakMb(large.runs[kind]) / medianPeakMb(small.runs[kind]);
    figures.push({
      figure: `1,000 → 10,000 guests, ${kind}`,
      value: `time ${time.toFixed(1)} ×, memory ${memory.toFixed(1)} ×`,
      against: 'linear',
      goal: '≤ 10.5 ×, ≤ 6 ×',
      isMet: time <= 10.5 && memory <= 6,
      raw: null,
    });
    const peak = medianPeakMb(large.runs[kind]);
    figures.push({
      figure: `peak memory, 10,000 guests, ${kind}`,
      value: `${peak.toFixed(0)} MB`,
      against: '–',
      goal: '≤ 250 MB',
      isMet: peak <= 250,
      raw: null,
    });
  }
  figures.push({
    figure: 'requests of an unchanged run, 1,000 guests on 8 nodes',
    value: `${small.requests - small.guests} and ${small.guests} configs`,
    against: 'listing floor',
    goal: '≤ 36 and configs',
    isMet: small.requests - small.guests <= 36,
    raw: null,
  });
  figures.push({
    figure: "the lab's own ceiling",
    value: `${ceiling.callsPerSecond.toFixed(0)} calls/s`,
    against: `${(large.requests / (median(large.runs.bare.map(({ ms }) => ms)) / 1000)).toFixed(0)} calls/s bare at 5 ms`,
    goal: 'above',
    isMet: null,
    raw: ceiling.raw,
  });
  return figures;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) printTable(await discoverFigures());
