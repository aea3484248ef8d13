// @ts-check
// node bench/aws.mjs: what does `discover-all --quiet` of an organization of AWS cost beside a script that sends the same calls, as many
// at a time, and parses the answers with the same parser?
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

/** A call of EC2 takes so long at least: its servers are in all continents. */
const SIZE = { accounts: 20, regions: 16, instances: 10_000, delayMs: 100 };
/** As the program has it for an address that stands for all services. */
const AT_A_TIME = 16;
const here = (/** @type {string} */ name) => path.join(root, 'bench', name);

/** @param {string} folder */
async function startServer(folder) {
  const child = fork(here('aws-server.mjs'), [JSON.stringify(SIZE)]);
  const next = () => new Promise((resolve) => child.once('message', resolve));
  const { url, certificate } = await next();
  const caFile = path.join(folder, 'ca.pem');
  writeFileSync(caFile, certificate);
  /** Calls since it was asked last. @returns {Promise<import('./aws-server.mjs').Asked[]>} */
  const calls = () => {
    child.send('calls');
    return next();
  };
  return { url, caFile, calls, close: () => child.disconnect() };
}

/** @param {import('./measure.mjs').Contender} contender */
async function runOrThrow(contender) {
  const { status, stderr } = await runOnce(contender);
  if (status !== 0) throw new Error(`${contender.args.join(' ')} ended with status ${status}: ${stderr.slice(-2000)}`);
}

/** @returns {Promise<import('./measure.mjs').Figure[]>} */
export async function awsFigures() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'rollcall-bench-'));
  const server = await startServer(folder);
  const file = (/** @type {string} */ name) => path.join(folder, name);
  writeFileSync(file('secret'), 'bench', { mode: 0o600 });
  /** @param {string} database @param {string[]} args */
  const rollcall = (database, ...args) => ({
    args: [main, ...args],
    env: { DATABASE_URL: `file:${file(database)}`, HOME: folder },
    cwd: folder,
  });
  const discover = (/** @type {string} */ database) => rollcall(database, 'discover-all', '--quiet');
  const login = ['--login', 'keys:AKIAIOSFODNN7EXAMPLE', '--secret', `file:${file('secret')}`];
  const access = ['--endpoint', `${server.url}/organization`, '--ca-file', server.caFile, ...login];
  await runOrThrow(rollcall('added.db', 'providers', 'add', 'aws', '--type', 'aws', ...access));
  copyFileSync(file('added.db'), file('synced.db'));
  await server.calls();
  await runOrThrow(discover('synced.db'));
  const first = await server.calls();
  copyFileSync(file('synced.db'), file('run.db'));
  await runOrThrow(discover('run.db'));
  const unchanged = await server.calls();
  writeFileSync(file('first.json'), JSON.stringify(first));
  writeFileSync(file('unchanged.json'), JSON.stringify(unchanged));
  /** @param {'first' | 'unchanged'} kind The calls of such a run. */
  const bare = (kind) => ({
    args: [here('aws-bare.mjs'), server.url, server.caFile, file(`${kind}.json`), String(AT_A_TIME)],
  });
  /** @param {string} database */
  const startWith = (database) => () => {
    for (const old of ['run.db-wal', 'run.db-shm']) rmSync(file(old), { force: true });
    copyFileSync(file(database), file('run.db'));
  };
  const runs = await compare({
    first: { ...discover('run.db'), before: startWith('added.db') },
    bareFirst: bare('first'),
    bareUnchanged: bare('unchanged'),
    unchanged: { ...discover('run.db'), before: startWith('synced.db') },
  });
  server.close();
  rmSync(folder, { recursive: true, force: true });
  const requests = { first: first.length, unchanged: unchanged.length };
  return /** @type {const} */ (['first', 'unchanged']).flatMap((kind) => {
    const same = kind === 'first' ? runs.bareFirst : runs.bareUnchanged;
    const against = `the bare script ${medianMs(same).toFixed(0)} ms, CPU ${medianCpuMs(same).toFixed(0)} ms`;
    const ratio = medianRatio(runs[kind], same);
    const peak = medianPeakMb(runs[kind]);
    const cpu = `${medianCpuMs(runs[kind]).toFixed(0)} ms, ${medianRatio(runs[kind], same, 'cpuMs').toFixed(2)} ×`;
    const what = `discover-all of AWS, ${kind}, ${SIZE.instances} instances, ${SIZE.accounts} accounts × ${SIZE.regions} regions`;
    return [
      {
        figure: what,
        value: `${medianMs(runs[kind]).toFixed(0)} ms, ${ratio.toFixed(2)} ×; CPU ${cpu}; ${requests[kind]} requests`,
        against,
        goal: '≤ 1.25 ×',
        isMet: ratio <= 1.25,
        raw: { [kind]: runs[kind], bare: same },
      },
      {
        figure: `${what}: peak memory`,
        value: `${peak.toFixed(0)} MB`,
        against: `the bare script ${medianPeakMb(same).toFixed(0)} MB`,
        goal: '≤ 300 MB',
        isMet: peak <= 300,
        raw: null,
      },
    ];
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.stderr.write(`${ROUNDS} rounds\n`);
  printTable(await awsFigures());
}
