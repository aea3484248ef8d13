// @ts-check
// node bench/vsphere.mjs: what does `discover-all --quiet` of a vCenter cost beside a script that sends the same requests and parses
// the answers with the same parser? Against vcsim in a process of its own, which hands out pages that are made already.
import { fork } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  compare,
  main,
  medianCpuMs,
  medianMs,
  medianPeakMb,
  medianRatio,
  printTable,
  ROUNDS,
  root,
  runOnce,
} from './measure.mjs';

const USER = 'reader@vsphere.local';
const PASSWORD = 'bench';
const here = (/** @type {string} */ name) => path.join(root, 'bench', name);

/** @param {number} vms @param {string} folder */
async function startServer(vms, folder) {
  const child = fork(here('vsphere-server.mjs'), [JSON.stringify({ vms, hosts: 32, user: USER, password: PASSWORD })]);
  const next = () => new Promise((resolve) => child.once('message', resolve));
  const { url, certificate } = await next();
  const caFile = path.join(folder, 'ca.pem');
  writeFileSync(caFile, certificate);
  /** Requests since it was asked last. @returns {Promise<import('./vsphere-server.mjs').Asked[]>} */
  const requests = () => {
    child.send('requests');
    return next();
  };
  return { url, caFile, requests, close: () => child.disconnect() };
}

/** @param {import('./measure.mjs').Contender} contender */
async function runOrThrow(contender) {
  const { status, stderr } = await runOnce(contender);
  if (status !== 0) throw new Error(`${contender.args.join(' ')} ended with status ${status}: ${stderr.slice(-2000)}`);
}

/** First and unchanged runs beside the bare script. @param {number} vms */
async function measureSize(vms) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'rollcall-bench-'));
  const server = await startServer(vms, folder);
  const file = (/** @type {string} */ name) => path.join(folder, name);
  writeFileSync(file('password'), PASSWORD, { mode: 0o600 });
  /** @param {string} database @param {string[]} args */
  const rollcall = (database, ...args) => ({
    args: [main, ...args],
    env: { DATABASE_URL: `file:${file(database)}`, HOME: folder },
    cwd: folder,
  });
  const discover = (/** @type {string} */ database) =>
    rollcall(database, 'discover-all', '--provider', 'dc1', '--quiet');
  const credential = ['--user', USER, '--password', `file:${file('password')}`];
  const access = ['--endpoint', server.url, ...credential, '--ca-file', server.caFile];
  await runOrThrow(rollcall('added.db', 'providers', 'add', 'dc1', '--type', 'vsphere', ...access));
  copyFileSync(file('added.db'), file('synced.db'));
  await server.requests();
  await runOrThrow(discover('synced.db'));
  const first = await server.requests();
  copyFileSync(file('synced.db'), file('run.db'));
  await runOrThrow(discover('run.db'));
  const unchanged = await server.requests();
  writeFileSync(file('calls.json'), JSON.stringify(unchanged));
  /** @param {string} database */
  const startWith = (database) => () => {
    for (const old of ['run.db-wal', 'run.db-shm']) rmSync(file(old), { force: true });
    copyFileSync(file(database), file('run.db'));
  };
  const runs = await compare({
    first: { ...discover('run.db'), before: startWith('added.db') },
    bare: { args: [here('vsphere-bare.mjs'), server.url, server.caFile, file('calls.json')] },
    unchanged: { ...discover('run.db'), before: startWith('synced.db') },
  });
  server.close();
  rmSync(folder, { recursive: true, force: true });
  return { runs, requests: { first: first.length, unchanged: unchanged.length } };
}

/** @returns {Promise<import('./measure.mjs').Figure[]>} */
export async function vsphereFigures() {
  /** @type {import('./measure.mjs').Figure[]} */
  const figures = [];
  for (const vms of [1000, 10_000]) {
    const { runs, requests } = await measureSize(vms);
    const bare = `the bare script ${medianMs(runs.bare).toFixed(0)} ms, CPU ${medianCpuMs(runs.bare).toFixed(0)} ms`;
    for (const kind of /** @type {const} */ (['first', 'unchanged'])) {
      const ratio = medianRatio(runs[kind], runs.bare);
      const cpu = `${medianCpuMs(runs[kind]).toFixed(0)} ms, ${medianRatio(runs[kind], runs.bare, 'cpuMs').toFixed(2)} ×`;
      const peak = medianPeakMb(runs[kind]);
      const what = `discover-all of vSphere, ${kind}, ${vms} VMs`;
      figures.push(
        {
          figure: what,
          value: `${medianMs(runs[kind]).toFixed(0)} ms, ${ratio.toFixed(2)} ×; CPU ${cpu}; ${requests[kind]} requests`,
          against: bare,
          goal: '≤ 1.25 ×',
          isMet: ratio <= 1.25,
          raw: { [kind]: runs[kind], bare: runs.bare },
        },
        {
          figure: `${what}: peak memory`,
          value: `${peak.toFixed(0)} MB`,
          against: `the bare script ${medianPeakMb(runs.bare).toFixed(0)} MB`,
          goal: '≤ 300 MB',
          isMet: peak <= 300,
          raw: null,
        },
      );
    }
  }
  return figures;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.stderr.write(`${ROUNDS} rounds\n`);
  printTable(await vsphereFigures());
}
