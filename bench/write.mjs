// @ts-check
// node bench/write.mjs: what does it cost to record a run, beside inserting the same rows by hand with better-sqlite3?
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { serialize } from 'node:v8';
import Database from 'better-sqlite3';
import { compare, medianMs, medianRatio, printTable, root } from './measure.mjs';

const dist = (/** @type {string} */ name) => new URL(`../dist/${name}`, import.meta.url).href;
const GUESTS = 10_000;
const CHANGED = 100;

/** Two runs over a lab: all guests new, and so many of them changed; as plans, and as the rows that they leave behind. */
async function makePlans(/** @type {string} */ folder) {
  const { startLab } = await import(dist('lab/lab.js'));
  const { openProxmoxClient } = await import(dist('api/proxmox-client.js'));
  const { ProxmoxProvider } = await import(dist('providers/proxmox/proxmox-provider.js'));
  const { planSync } = await import(dist('services/sync/plan-sync.js'));
  const { openDatabase } = await import(dist('repositories/database.js'));
  const { SyncRepository } = await import(dist('repositories/sync-repository.js'));
  const { ALL_SCOPES } = await import(dist('types/presence.js'));
  const lab = await startLab({ nodes: 32, vms: GUESTS, containers: 0 });
  const [tokenId, secret] = lab.token.split('=');
  const credential = { kind: 'token', tokenId, secret };
  const client = openProxmoxClient({ endpoints: [lab.url], tls: { ca: lab.caPem }, credential });
  const provider = new ProxmoxProvider(client, () => new Date());
  const file = path.join(folder, 'made.db');
  const connection = await openDatabase(`file:${file}`);
  const repository = new SyncRepository(connection);
  const config = {
    name: 'lab',
    type: 'proxmox',
    endpoints: [lab.url],
    tls: { mode: 'insecure' },
    credential: { kind: 'token', tokenId, secretRef: 'env:NONE' },
  };
  const { id } = await repository.ensureProvider(config, new Date());
  let ids = 0;
  const databases = [];
  const plans = [];
  const rows = [];
  for (const name of ['first', 'second']) {
    const before = path.join(folder, `${name}.db`);
    new Database(file).exec(`VACUUM INTO '${before}'`).close();
    const seen = await provider.discover({
      scopes: ALL_SCOPES,
      maskKey: { id: '', secret: 'key' },
      knownUpids: await repository.knownUpids(id),
    });
    const { plan } = planSync(await repository.loadKnown(id), seen, {
      runId: `run-${name}`,
      trigger: 'manual',
      acceptRemovals: false,
      probes: new Map(),
      newId: () => `bench${String(++ids).padStart(11, '0')}`,
      finishedAt: new Date(),
    });
    await repository.apply(plan);
    databases.push(before);
    plans.push(plan);
    rows.push(newRows(before, file));
    for (let vmid = 100; vmid < 100 + CHANGED; vmid += 1) lab.as('root@pam').setConfig(vmid, { memory: '8192' });
  }
  await connection.close();
  client.close();
  await lab.close();
  return { databases, plans, rows };
}

/** The rows of each table that are in one database and not in the other. */
function newRows(/** @type {string} */ before, /** @type {string} */ after) {
  const db = new Database(after, { readonly: true });
  db.exec(`ATTACH '${before}' AS old`);
  const names = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'").pluck();
  const tables = /** @type {string[]} */ (names.all());
  const found = tables.map((table) => ({
    table,
    rows: db.prepare(`SELECT * FROM main."${table}" EXCEPT SELECT * FROM old."${table}"`).all(),
  }));
  db.close();
  return found;
}

/** @returns {Promise<import('./measure.mjs').Figure[]>} */
export async function writeFigures() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'rollcall-bench-'));
  const { databases, plans, rows } = await makePlans(folder);
  /** @type {import('./measure.mjs').Figure[]} */
  const figures = [];
  for (const [index, title] of [`${GUESTS} new guests`, `${CHANGED} changes`].entries()) {
    const file = path.join(folder, 'written.db');
    const input = { product: path.join(folder, 'plan'), bare: path.join(folder, 'rows') };
    writeFileSync(input.product, serialize(plans[index]));
    writeFileSync(input.bare, serialize(rows[index]));
    const before = () => {
      for (const each of [file, `${file}-wal`, `${file}-shm`]) rmSync(each, { force: true });
      copyFileSync(databases[index] ?? '', file);
    };
    const script = path.join(root, 'bench/write-run.mjs');
    const runs = await compare({
      product: { args: [script, 'product', file, input.product], before, timesItself: true },
      bare: { args: [script, 'bare', file, input.bare], before, timesItself: true },
    });
    const ratio = medianRatio(runs.product, runs.bare);
    figures.push({
      figure: `writing a run with ${title}`,
      value: `${medianMs(runs.product).toFixed(0)} ms, ${ratio.toFixed(2)} ×`,
      against: `the same rows by better-sqlite3 ${medianMs(runs.bare).toFixed(0)} ms`,
      goal: '≤ 2.5 ×',
      isMet: ratio <= 2.5,
      raw: runs,
    });
  }
  rmSync(folder, { recursive: true, force: true });
  return figures;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) printTable(await writeFigures());
