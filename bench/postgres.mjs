// @ts-check
// node bench/postgres.mjs [seconds]: what does one database hold? K collectors, each a process with a cluster of its own,
// store runs as fast as they can, on a PostgreSQL server of its own with fsync on, and on SQLite beside it; then the size of
// both, and how long a copy takes. The collectors and the server share this machine. Run it after `npm run build`.
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { startPostgres } from '../scripts/postgres-server.mjs';
import { makeHistory } from './history-data.mjs';

const seconds = Number(process.argv[2] ?? 5);
const changes = Number(process.argv[3] ?? 100_000);
const worker = fileURLToPath(new URL('./postgres-collector.mjs', import.meta.url));
const folder = mkdtempSync(path.join(os.tmpdir(), 'rollcall-bench-'));
const server = await startPostgres({ durable: true });
let databases = 0;

/** Guests of a cluster, and how many of them have changed at each run. */
const LOADS = /** @type {const} */ ([
  [100, 0],
  [100, 10],
  [1000, 0],
  [1000, 10],
  [10_000, 0],
  [10_000, 10],
]);
const COLLECTORS = /** @type {const} */ ([
  ['sqlite', 1],
  ['postgresql', 1],
  ['postgresql', 2],
  ['postgresql', 4],
  ['postgresql', 8],
]);
const MOST_GUESTS = 40_000;

/** @param {'sqlite' | 'postgresql'} kind */
async function fresh(kind) {
  databases += 1;
  if (kind === 'sqlite') return `file:${path.join(folder, `${databases}.db`)}`;
  await query(server.url, `CREATE DATABASE bench${databases}`);
  return server.url.replace(/\/postgres$/, `/bench${databases}`);
}

/** @param {string} url @param {string} sql */
async function query(url, sql) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

/** @param {string} url */
async function sizeOf(url) {
  if (url.startsWith('file:')) {
    const file = url.slice('file:'.length);
    return [file, `${file}-wal`].reduce((sum, name) => sum + (statSync(name, { throwIfNoEntry: false })?.size ?? 0), 0);
  }
  const [row] = await query(url, 'SELECT pg_database_size(current_database()) AS size');
  return Number(row.size);
}

/**
 * @param {string} url
 * @param {number} collectors
 * @param {{ guests: number, changed: number }} load
 */
async function contend(url, collectors, load) {
  const children = Array.from({ length: collectors }, (_, index) =>
    fork(worker, [url, `c${databases}x${index}`, JSON.stringify({ ...load, seconds })], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    }),
  );
  /** @param {import('node:child_process').ChildProcess} child @returns {Promise<any>} */
  const next = (child) =>
    new Promise((resolve, reject) => {
      child.once('message', resolve);
      child.once('exit', (code) => reject(new Error(`a collector ended with ${code}`)));
    });
  // One after the other makes the tables; then all begin together.
  const first = await Promise.all(children.map(next));
  for (const child of children) child.send('go');
  const results = await Promise.all(children.map(next));
  const times = results
    .flatMap((result) => result.times)
    .sort((/** @type {number} */ a, /** @type {number} */ b) => a - b);
  const at = (/** @type {number} */ share) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  return { runs: times.length / seconds, median: at(0.5), p95: at(0.95), most: at(1), firstMs: first[0].firstMs };
}

/** @param {(string | number)[]} cells */
const row = (...cells) => process.stdout.write(`${cells.map((cell) => `${cell}`.padStart(12)).join('')}\n`);
const ms = (/** @type {number} */ value) => (value < 10 ? value.toFixed(1) : value.toFixed(0));

try {
  const [version] = await query(server.url, 'SHOW server_version');
  process.stdout.write(
    `PostgreSQL ${version.server_version}, ${os.cpus().length} cores, ${seconds} s each, milliseconds\n\n`,
  );
  row('database', 'guests', 'changes', 'collectors', 'first run', 'median', '95 %', 'longest', 'runs/s');
  for (const [guests, changed] of LOADS) {
    const load = { guests, changed };
    for (const [kind, collectors] of COLLECTORS) {
      if (guests * collectors > MOST_GUESTS) continue;
      const { firstMs, median, p95, most, runs } = await contend(await fresh(kind), collectors, load);
      row(kind, guests, changed, collectors, ms(firstMs), ms(median), ms(p95), ms(most), runs.toFixed(1));
    }
  }

  process.stdout.write(`\na history of ${changes} changes to 10,000 guests\n`);
  const [sqlite, postgresql] = [await fresh('sqlite'), await fresh('postgresql')];
  await makeHistory(sqlite, { changes });
  const { DatabaseService } = await import(
    new URL('../dist/services/database/database-service.js', import.meta.url).href
  );
  const started = performance.now();
  let verifiedFrom = 0;
  const report = await new DatabaseService(sqlite).copyTo(postgresql, {
    onProgress: () => {
      verifiedFrom = performance.now();
    },
  });
  const ended = performance.now();
  const rows = report.tables.reduce(
    (/** @type {number} */ sum, /** @type {{ rows: number }} */ table) => sum + table.rows,
    0,
  );
  process.stdout.write(
    `copied ${rows} rows in ${ms(verifiedFrom - started)} ms, and verified in ${ms(ended - verifiedFrom)} ms more\n`,
  );
  await query(postgresql, 'VACUUM FULL');
  for (const url of [sqlite, postgresql]) {
    const kind = url === sqlite ? 'sqlite' : 'postgresql';
    process.stdout.write(`${kind}: ${((await sizeOf(url)) / 2 ** 20).toFixed(1)} MiB\n`);
  }
} finally {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
