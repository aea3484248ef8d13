// @ts-check
// One write of the bench of writes, timed by itself: `product FILE PLAN` applies a plan, `bare FILE ROWS` inserts the rows
// that such a plan leaves behind with prepared statements of better-sqlite3 in one transaction.
import { readFileSync } from 'node:fs';
import { deserialize } from 'node:v8';
import Database from 'better-sqlite3';

const [kind, file = '', input = ''] = process.argv.slice(2);
const given = deserialize(readFileSync(input));

async function product() {
  const { openDatabase } = await import(new URL('../dist/repositories/db/database.js', import.meta.url).href);
  const { SyncRepository } = await import(
    new URL('../dist/repositories/sync/sync-repository.js', import.meta.url).href
  );
  const connection = await openDatabase(`file:${file}`);
  const repository = new SyncRepository(connection);
  // The client is started by a statement of its own, as a run has made others before it writes.
  await connection.db.meta.findMany();
  const startedAt = performance.now();
  await repository.apply(given);
  const ms = performance.now() - startedAt;
  await connection.close();
  return ms;
}

function bare() {
  const db = new Database(file);
  db.pragma('foreign_keys = OFF');
  const startedAt = performance.now();
  db.exec('BEGIN IMMEDIATE');
  for (const { table, rows } of given) {
    const [first] = rows;
    if (first === undefined) continue;
    const names = Object.keys(first);
    const columns = names.map((name) => `"${name}"`).join(', ');
    const statement = db.prepare(
      `INSERT OR REPLACE INTO "${table}" (${columns}) VALUES (${names.map(() => '?').join(', ')})`,
    );
    for (const row of rows) statement.run(names.map((name) => row[name]));
  }
  db.exec('COMMIT');
  const ms = performance.now() - startedAt;
  db.close();
  return ms;
}

process.stdout.write(`${kind === 'product' ? await product() : bare()}\n`);
