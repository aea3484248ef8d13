// @ts-check
// node bench/history.mjs: what a recorded change costs, and whether answers from the history slow down as it grows.
// Databases of 10,000 guests with 10,000 and 1,000,000 changes over more than a year (history-data.mjs), and the real program
// in fresh processes. Where a PostgreSQL server is installed, one is started for the bytes there.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import Database from 'better-sqlite3';
import pg from 'pg';
import { findPostgres, startPostgres } from '../scripts/postgres-server.mjs';
import { makeHistory } from './history-data.mjs';
import { compare, main, medianMs, medianPeakMb, medianRatio, printTable } from './measure.mjs';

const GUESTS = 10_000;
const SMALL = 10_000;
const LARGE = Number(process.env['ROLLCALL_BENCH_CHANGES'] ?? 1_000_000);
const AT = '2025-10-01T00:00:00Z';
const GUEST = '4711';
const HISTORY_TABLES = ['changes', 'revisions', 'texts'];

/** @typedef {import('./measure.mjs').Figure} Figure */
/** @typedef {{ changes: number, history: number, snapshots: number, parts: Record<string, number> }} Bytes */

/** @returns {Promise<Figure[]>} */
export async function historyFigures() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'rollcall-bench-'));
  try {
    const small = path.join(folder, 'small.db');
    const large = path.join(folder, 'large.db');
    await makeHistory(`file:${small}`, { changes: SMALL, guests: GUESTS });
    await makeHistory(`file:${large}`, { changes: LARGE, guests: GUESTS });
    const bytes = [bytesFigure('SQLite', sqliteBytes(large), 130)];
    if (findPostgres() !== null) bytes.push(await postgresFigure());
    return [...bytes, ...(await timeFigures({ small: `file:${small}`, large: `file:${large}` }))];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {Record<'small' | 'large', string>} urls
 * @returns {Promise<Figure[]>}
 */
async function timeFigures(urls) {
  /** @type {Figure[]} */
  const figures = [];
  const questions = { 'last 50 changes': ['--limit', '50'], "one guest's history": ['--guest', GUEST] };
  for (const [figure, question] of Object.entries(questions)) {
    const args = [main, 'show-changes', ...question];
    const runs = await compare({
      large: { args, env: { DATABASE_URL: urls.large } },
      small: { args, env: { DATABASE_URL: urls.small } },
    });
    const ratio = medianRatio(runs.large, runs.small);
    figures.push({
      figure: `${figure} of ${LARGE}`,
      value: `${ratio.toFixed(2)} x (${Math.round(medianMs(runs.large))} ms)`,
      against: `of ${SMALL} (${Math.round(medianMs(runs.small))} ms)`,
      goal: '<= 1.3 x',
      isMet: ratio <= 1.3,
      raw: runs,
    });
  }
  const env = { DATABASE_URL: urls.large };
  const { past, now } = await compare({
    past: { args: [main, 'list-vms', '--at', AT, '-o', 'json'], env },
    now: { args: [main, 'list-vms', '-o', 'json'], env },
  });
  const [ms, peakMb] = [medianMs(past), medianPeakMb(past)];
  figures.push({
    figure: `state of ${GUESTS} guests a year ago`,
    value: `${(ms / 1000).toFixed(2)} s, ${Math.round(peakMb)} MB`,
    against: `now: ${(medianMs(now) / 1000).toFixed(2)} s, ${Math.round(medianPeakMb(now))} MB`,
    goal: '<= 2 s, <= 300 MB',
    isMet: ms <= 2000 && peakMb <= 300,
    raw: { past, now },
  });
  return figures;
}

/** @returns {Promise<Figure>} */
async function postgresFigure() {
  const server = await startPostgres();
  try {
    await makeHistory(server.url, { changes: LARGE, guests: GUESTS });
    return bytesFigure('PostgreSQL', await postgresBytes(server.url), 260);
  } finally {
    await server.stop();
  }
}

/**
 * @param {string} database
 * @param {Bytes} bytes
 * @param {number} goal
 * @returns {Figure}
 */
function bytesFigure(database, { changes, history, snapshots, parts }, goal) {
  const perChange = history / changes;
  return {
    figure: `bytes per change, ${database}`,
    value: perChange.toFixed(1),
    against: `keyframes: ${(snapshots / changes).toFixed(1)} more`,
    goal: `<= ${goal}`,
    isMet: perChange <= goal,
    raw: { changes, history, snapshots, parts },
  };
}

/**
 * @param {string} file
 * @returns {Bytes}
 */
function sqliteBytes(file) {
  const db = new Database(file, { readonly: true });
  const changes = Number(db.prepare('SELECT COUNT(*) FROM changes').pluck().get());
  const rows = /** @type {{ name: string, table: string, bytes: number }[]} */ (
    db
      .prepare(
        `SELECT d.name, s.tbl_name AS "table", SUM(d.pgsize) AS bytes FROM dbstat d
          JOIN sqlite_schema s ON s.name = d.name GROUP BY d.name`,
      )
      .all()
  );
  db.close();
  return summed(changes, rows);
}

/**
 * @param {string} url
 * @returns {Promise<Bytes>}
 */
async function postgresBytes(url) {
  const client = new pg.Client(url);
  await client.connect();
  const count = await client.query('SELECT COUNT(*) AS changes FROM changes');
  const { rows } = await client.query(
    `SELECT relname AS name, relname AS "table", pg_table_size(oid) AS bytes FROM pg_class WHERE relkind = 'r'
        AND relnamespace = 'public'::regnamespace
      UNION ALL SELECT i.relname, t.relname, pg_relation_size(i.oid) FROM pg_index x
        JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
        WHERE t.relnamespace = 'public'::regnamespace`,
  );
  await client.end();
  return summed(
    Number(count.rows[0].changes),
    rows.map((row) => ({ ...row, bytes: Number(row.bytes) })),
  );
}

/**
 * @param {number} changes
 * @param {{ name: string, table: string, bytes: number }[]} rows
 * @returns {Bytes}
 */
function summed(changes, rows) {
  /** @param {string[]} tables */
  const sum = (tables) => rows.filter(({ table }) => tables.includes(table)).reduce((all, { bytes }) => all + bytes, 0);
  const kept = rows.filter(({ table }) => [...HISTORY_TABLES, 'state_snapshots'].includes(table));
  return {
    changes,
    history: sum(HISTORY_TABLES),
    snapshots: sum(['state_snapshots']),
    parts: Object.fromEntries(kept.map(({ name, bytes }) => [name, Number((bytes / changes).toFixed(1))])),
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) printTable(await historyFigures());
