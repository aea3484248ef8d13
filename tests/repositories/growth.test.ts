import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import path from 'node:path';
import { expect } from '@jest/globals';
import Database from 'better-sqlite3';
import { openDatabase } from '../../src/repositories/db/database.ts';
import { SyncRepository } from '../../src/repositories/sync/sync-repository.ts';
import type { ScopeReport } from '../../src/types/observation.ts';
import { at, CONFIG, change, guest, node, plan } from '../helpers/plans.ts';
import { onSqlite } from '../helpers/postgres.ts';
import { tempDir } from '../helpers/temp.ts';

const dir = tempDir();
const NODES = Array.from({ length: 24 }, (_, i) => `pve${i + 1}`);
const RUNS_OF_A_DAY = 288;

function scopes(): ScopeReport[] {
  const perNode = NODES.flatMap((name) => [`guests/${name}`, `config/${name}`, `tasks/${name}`]);
  return ['nodes', 'guests', 'storage', 'log', 'permissions', ...perNode].map((scope) => ({
    scope,
    coverage: 'complete',
    count: 125,
  }));
}

onSqlite.it(
  'adds no change and less than 1 MB in a day of 288 runs over guests that do not change',
  'the size of its file',
  async () => {
    const file = path.join(dir, 'rollcall.db');
    const first = await openDatabase(`file:${file}`);
    const repository = new SyncRepository(first);
    const { id } = await repository.ensureProvider(CONFIG, at(0));
    const vmids = Array.from({ length: 100 }, (_, i) => i + 100);
    const telemetry = (run: number) => ({
      guestTelemetry: vmids.map((vmid) => ({
        guestId: `g${vmid}`,
        cpu: run / 1000,
        memoryUsedBytes: 2 ** 30 + run,
        diskUsedBytes: 0,
        uptimeSeconds: run * 300,
        netInBytes: run * 1e6,
        netOutBytes: run * 1e6,
      })),
      nodeTelemetry: NODES.map((name) => ({
        nodeId: name,
        cpu: 0.5,
        memoryUsedBytes: run,
        diskBytes: 1,
        diskUsedBytes: 1,
        uptimeSeconds: run,
      })),
    });
    await repository.apply(
      plan(id, {
        guests: vmids.map((vmid) => guest(`g${vmid}`, vmid)),
        nodes: NODES.map((name) => node(name, name)),
        changes: [change('g100')],
        ...telemetry(0),
      }),
    );
    await first.close();
    const before = statSync(file).size;

    const second = await openDatabase(`file:${file}`);
    const later = new SyncRepository(second);
    for (let run = 1; run <= RUNS_OF_A_DAY; run += 1) {
      const lease = await later.acquireLease(id, { holder: '1@host', now: at(run * 300), ttlMs: 60_000 });
      await later.apply(
        plan(id, {
          run: { id: `run-${run}`, startedAt: at(run * 300), finishedAt: at(run * 300 + 9), scopes: scopes() },
          lastCompleteAt: at(run * 300 + 9),
          ...telemetry(run),
        }),
        { lease },
      );
      await later.releaseLease(id, lease);
    }
    expect(await second.db.change.count()).toBe(1);
    expect(await second.db.revision.count()).toBe(1);
    await second.close();
    const grown = statSync(file).size - before;
    expect(grown).toBeLessThan(1_000_000);
  },
);

const CHANGES = 3000;
const CHANGES_OF_A_RUN = 15;

/** A third of configurations that a log line names, a third of power by a task, a third of migrations. */
function typicalChange(index: number) {
  const vmid = 100 + ((index * 7) % 150);
  const time = new Date(at(index * 20 - 7));
  const process = [index * 7919, index * 104_729, time.getTime() / 1000].map((each) => hex(Math.floor(each))).join(':');
  const user = `user${index % 5}@pve`;
  const byTask = (type: string) =>
    ({ via: type, source: 'task', ref: `UPID:pve1:${process}:${type}:${vmid}:${user}:` }) as const;
  const uid = createHash('md5').update(`${index}`).digest('base64').slice(0, 22);
  const [patch, evidence] = (
    [
      [['memory', 2048 + index, 2049 + index], { via: 'update VM', source: 'log', ref: `pve1/${uid}` }],
      [['status', 'running', 'stopped'], byTask('qmshutdown')],
      [['node', 'pve1', 'pve2'], byTask('qmigrate')],
    ] as const
  )[index % 3] ?? [['memory', 1, 2], {}];
  const attribution = { ...change('').attribution, actor: user, effectiveAt: time, notBefore: at(index * 20 - 290) };
  return change(`resource${vmid}`.padEnd(16, 'x'), { patch: [patch], attribution: { ...attribution, ...evidence } });
}

function hex(value: number): string {
  return value.toString(16).toUpperCase().padStart(8, '0').slice(-8);
}

onSqlite.it('keeps a change in 130 bytes, indexes and revisions included', 'its pages are measured', async () => {
  const file = path.join(dir, 'changes.db');
  const connection = await openDatabase(`file:${file}`);
  const repository = new SyncRepository(connection);
  const { id } = await repository.ensureProvider(CONFIG, at(0));
  const all = Array.from({ length: CHANGES }, (_, index) => typicalChange(index));
  for (let start = 0; start < CHANGES; start += CHANGES_OF_A_RUN) {
    const run = { id: `run${start}`.padEnd(16, 'x'), startedAt: at(start * 20), finishedAt: at((start + 15) * 20) };
    await repository.apply(plan(id, { run, changes: all.slice(start, start + CHANGES_OF_A_RUN) }));
  }
  await connection.close();
  const db = new Database(file, { readonly: true });
  const bytes = db
    .prepare(
      `SELECT SUM(d.pgsize) FROM dbstat d JOIN sqlite_schema s ON s.name = d.name
        WHERE s.tbl_name IN ('changes', 'revisions', 'texts')`,
    )
    .pluck()
    .get();
  db.close();
  expect(Number(bytes) / CHANGES).toBeLessThanOrEqual(130);
});
