// @ts-check
// node bench/reconcile.mjs: what does `reconcile` of 10,000 servers of 2,000 accounts cost beside a script that reads both sides?
import { fork } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { startMariadb } from '../scripts/mariadb-server.mjs';
import { startPostgres } from '../scripts/postgres-server.mjs';
import { compare, main, medianMs, medianPeakMb, medianRatio, printTable, ROUNDS, root, runOnce } from './measure.mjs';

const SIZE = { nodes: 20, vms: 10_000, containers: 0 };
const ACCOUNTS = 2000;
const TABLE = `CREATE TABLE servers (id VARCHAR(20) PRIMARY KEY, native_id VARCHAR(20), uuid VARCHAR(40), name VARCHAR(60),
  owner VARCHAR(20), cores INTEGER)`;

/** @param {string} file */
function serversOf(file) {
  const db = new Database(file, { readonly: true });
  const rows = /** @type {{ vmid: number, name: string, cpus: number, uuid: string | null }[]} */ (
    db.prepare('SELECT "vmid", "name", "cpus", "uuid" FROM "guests" WHERE NOT "isTemplate" ORDER BY "vmid"').all()
  );
  db.close();
  // With a difference it would not end with status 0.
  return rows.map(({ vmid, name, cpus, uuid }, index) => [
    `s${vmid}`,
    index % 2 === 0 ? `${vmid}` : null,
    uuid,
    name,
    `c${vmid % ACCOUNTS}`,
    cpus,
  ]);
}

/** @param {string} url @param {unknown[][]} rows */
async function fillMysql(url, rows) {
  const client = await mysql.createConnection(url);
  await client.query(TABLE);
  for (let start = 0; start < rows.length; start += 1000) {
    await client.query('INSERT INTO servers VALUES ?', [rows.slice(start, start + 1000)]);
  }
  await client.end();
}

/** @param {string} url @param {unknown[][]} rows */
async function fillPostgres(url, rows) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(TABLE);
  const insert =
    'INSERT INTO servers SELECT r->>0, r->>1, r->>2, r->>3, r->>4, (r->>5)::int FROM json_array_elements($1::json) r';
  await client.query(insert, [JSON.stringify(rows)]);
  await client.end();
}

/** @param {import('./measure.mjs').Contender} contender @param {readonly number[]} statuses */
async function runOrThrow(contender, statuses = [0]) {
  const { status, stderr } = await runOnce(contender);
  if (status === null || !statuses.includes(status))
    throw new Error(`${contender.args.join(' ')} ended with status ${status}: ${stderr.slice(-2000)}`);
}

/** @param {string} folder */
async function syncedDatabase(folder) {
  const lab = fork(path.join(root, 'bench/lab-process.mjs'), [JSON.stringify(SIZE)]);
  const { env } = await new Promise((resolve) => lab.once('message', resolve));
  const database = path.join(folder, 'synced.db');
  await runOrThrow({
    args: [main, 'discover-all', '--quiet'],
    env: { ...env, DATABASE_URL: `file:${database}`, HOME: folder },
    cwd: folder,
  });
  lab.disconnect();
  return database;
}

/** @returns {Promise<import('./measure.mjs').Figure[]>} */
export async function reconcileFigures() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'rollcall-bench-'));
  const database = await syncedDatabase(folder);
  const rows = serversOf(database);
  const mariadb = await startMariadb({});
  const { port, user, password } = mariadb;
  const address = `mysql://${user}:${encodeURIComponent(password)}@127.0.0.1:${port}`;
  const admin = await mysql.createConnection(address);
  await admin.query('CREATE DATABASE shop');
  await admin.end();
  await fillMysql(`${address}/shop`, rows);
  const postgres = await startPostgres();
  await fillPostgres(postgres.url, rows);
  const figures = [];
  for (const [name, url] of Object.entries({
    MariaDB: `${address}/shop`,
    PostgreSQL: postgres.url.replace(/\?.*$/, ''),
  })) {
    figures.push(...(await figuresOf(name, { url, folder, database, servers: rows.length })));
  }
  await mariadb.stop();
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
  return figures;
}

/** @param {string} name @param {{ url: string, folder: string, database: string, servers: number }} world */
async function figuresOf(name, { url, folder, database, servers }) {
  const added = path.join(folder, `${name}.db`);
  const used = path.join(folder, 'run.db');
  copyFileSync(database, added);
  writeFileSync(path.join(folder, 'url'), url, { mode: 0o600 });
  /** @param {string} file @param {string[]} args */
  const rollcall = (file, ...args) => ({
    args: [main, ...args],
    env: { DATABASE_URL: `file:${file}`, HOME: folder },
    cwd: folder,
  });
  const panel = ['--type', 'sql', '--url', `file:${path.join(folder, 'url')}`, '--view', 'servers'];
  await runOrThrow(rollcall(added, 'panel', 'add', 'shop', ...panel));
  const start = () => {
    for (const old of [`${used}-wal`, `${used}-shm`]) rmSync(old, { force: true });
    copyFileSync(added, used);
  };
  const bare = {
    args: [path.join(root, 'bench/reconcile-bare.mjs'), added],
    env: { BENCH_PANEL_URL: url, HOME: folder },
  };
  const runs = await compare({
    reconcile: { ...rollcall(used, 'reconcile', '--quiet', '-o', 'csv'), before: start },
    bare,
  });
  const ratio = medianRatio(runs.reconcile, runs.bare);
  return [
    {
      figure: `first reconcile of ${SIZE.vms} guests with ${servers} servers of ${ACCOUNTS} accounts in ${name}`,
      value: `${medianMs(runs.reconcile).toFixed(0)} ms, ${ratio.toFixed(2)} ×, ${medianPeakMb(runs.reconcile).toFixed(0)} MB`,
      against: `reading both sides ${medianMs(runs.bare).toFixed(0)} ms, ${medianPeakMb(runs.bare).toFixed(0)} MB`,
      goal: '≤ 3 ×',
      isMet: ratio <= 3,
      raw: runs,
    },
  ];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.stderr.write(`${ROUNDS} rounds\n`);
  printTable(await reconcileFigures());
}
