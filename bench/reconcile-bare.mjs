// @ts-check
// node bench/reconcile-bare.mjs FILE: reads what `reconcile` compares and nothing else: the guests of a database of Rollcall with
// their documents, and the servers of a panel, by the same drivers. BENCH_PANEL_URL is the address of the panel.
import Database from 'better-sqlite3';
import mysql from 'mysql2/promise';
import pg from 'pg';

const [file = ''] = process.argv.slice(2);
const url = process.env['BENCH_PANEL_URL'] ?? '';
const db = new Database(file, { readonly: true });
const guests = /** @type {Record<string, unknown>[]} */ (
  db.prepare('SELECT g.*, t.* FROM "guests" g LEFT JOIN "guest_telemetry" t ON t."guestId" = g."id"').all()
);
const parsed = guests.map(({ document, identity, tags }) =>
  [document, identity, tags].map((text) => JSON.parse(String(text))),
);
const servers = url.startsWith('mysql:') ? await fromMysql() : await fromPostgres();
process.stdout.write(`${parsed.length} guests, ${servers.length} servers\n`);

async function fromMysql() {
  const client = await mysql.createConnection(url);
  const [rows] = await client.query('SELECT * FROM servers');
  await client.end();
  return /** @type {unknown[]} */ (rows);
}

async function fromPostgres() {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query('SELECT * FROM servers');
  await client.end();
  return rows;
}
