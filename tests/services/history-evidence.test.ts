import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { type Connection, openDatabase } from '../../src/repositories/db/database.ts';
import { AuditRepository } from '../../src/repositories/maintenance/audit-repository.ts';
import { SyncRepository } from '../../src/repositories/sync/sync-repository.ts';
import { verifyHistory } from '../../src/services/history/verify.ts';
import { diffDocuments } from '../../src/types/document-replay.ts';
import type { PlannedChange } from '../../src/types/history.ts';
import type { SyncPlan } from '../../src/types/plan.ts';
import { at, CONFIG, change, guest, plan, task } from '../helpers/plans.ts';
import { databaseAt, onSqlite } from '../helpers/postgres.ts';
import { emptyDatabase } from '../helpers/recorded-history.ts';
import { logLine } from '../helpers/records.ts';
import { storedRevisions } from '../helpers/stored-history.ts';
import { tempDir } from '../helpers/temp.ts';

const UPID = 'UPID:pve1:00000001:00000002:6AB4C3D0:qmconfig:100:alice@pve:';
const WEB = guest('web', 100);
const REVISION_2 = [
  { where: 'revision 2', message: expect.stringMatching(/^the tasks and log lines that it refers to/) },
];

const file = path.join(tempDir(), 'rollcall.db');
const statements: string[] = [];
let connection: Connection;
let providerId: string;
beforeAll(async () => {
  connection = await openDatabase(await databaseAt(file), { onStatement: (sql) => statements.push(sql) });
});
afterAll(() => connection.close());
beforeEach(async () => {
  await emptyDatabase(connection);
  providerId = (await new SyncRepository(connection).ensureProvider(CONFIG, at(0))).id;
  await sync(1, {
    guests: [WEB],
    changes: [change('web', { kind: 'created', patch: diffDocuments({}, WEB.document) })],
    snapshots: [{ resourceType: 'guest', resourceId: 'web', reason: 'created', document: WEB.document }],
  });
});

async function sync(run: number, over: Partial<Omit<SyncPlan, 'run'>>): Promise<void> {
  await new SyncRepository(connection).apply(
    plan(providerId, { ...over, run: { id: `r${run}`, finishedAt: at(run) } }),
  );
}

async function problems() {
  return (await verifyHistory(new AuditRepository(connection))).problems;
}

async function detailOf(rev: number): Promise<unknown> {
  return (await storedRevisions(connection)).find((revision) => revision.rev === rev)?.detail;
}

/** A change that leaves the document as it is, as a rollback may. */
function explained(attribution: Partial<PlannedChange['attribution']>): PlannedChange {
  return change('web', { patch: [], event: 'rolled-back', attribution: { ...change('').attribution, ...attribution } });
}

const byTask = () => explained({ source: 'task', via: 'qmrollback', ref: UPID });

it('a task that was still running may end, and must not vanish', async () => {
  await sync(2, { changes: [byTask()], records: [task(UPID, { endedAt: null, outcome: 'running', text: null })] });
  expect(await detailOf(2)).toEqual([expect.stringMatching(/^[\w-]{43}$/), [0]]);
  expect(await problems()).toEqual([]);
  await sync(3, { records: [task(UPID)] });
  expect(await problems()).toEqual([]);
  await connection.db.auditRecord.deleteMany({ where: { source: 'task' } });
  expect(await problems()).toEqual(REVISION_2);
});

it('a task that had ended stays as it was', async () => {
  await sync(2, { changes: [byTask()], records: [task(UPID)] });
  expect(await detailOf(2)).toEqual([expect.stringMatching(/^[\w-]{43}$/)]);
  expect(await problems()).toEqual([]);
  await connection.db.auditRecord.updateMany({ where: { ref: UPID }, data: { text: 'failed', outcome: 'failed' } });
  expect(await problems()).toEqual(REVISION_2);
  await connection.db.$executeRawUnsafe(`UPDATE "audit_records" SET "outcome" = 'x'`);
  expect(await problems()).toEqual(REVISION_2);
});

it('a line of the log counts with its time: its number comes again when the node starts anew', async () => {
  const line = logLine({ ref: 'pve1/17', at: at(0.5), text: 'update VM 100: -memory 4096' });
  await sync(2, { changes: [explained({})], records: [line, { ...line, at: at(0.25), text: 'another' }] });
  expect(await problems()).toEqual([]);
  await sync(3, { records: [{ ...line, at: at(2.5), text: 'a third' }] });
  await connection.db.auditRecord.deleteMany({ where: { text: 'another' } });
  expect(await problems()).toEqual([]);
  await connection.db.auditRecord.updateMany({ where: { ref: line.ref, at: line.at }, data: { actor: 'bob@pve' } });
  expect(await problems()).toEqual(REVISION_2);
});

it('what was not stored when a change referred to it may come later', async () => {
  expect(await detailOf(1)).toEqual([expect.stringMatching(/^[\w-]{43}$/), [], [0]]);
  await sync(2, { changes: [explained({ ref: 'pve1/18' }), byTask()], records: [task(UPID)] });
  expect(await detailOf(2)).toEqual([expect.stringMatching(/^[\w-]{43}$/), [], [0]]);
  await sync(3, { records: ['pve1/17', 'pve1/18'].map((ref) => logLine({ ref, at: at(0.5) })) });
  expect(await problems()).toEqual([]);
});

it('a run whose changes refer to nothing records nothing of other rows', async () => {
  await sync(2, { changes: [explained({ source: 'none', ref: null }), byTask()] });
  expect(await detailOf(2)).toBeNull();
  expect(await problems()).toEqual([]);
});

onSqlite.it('rows are found by their keys, however many there are', 'the plan is that of SQLite', async () => {
  statements.splice(0);
  await new AuditRepository(connection).findEvidence(providerId, [byTask(), explained({})]);
  const db = new Database(file, { readonly: true });
  const plans = statements.map((sql) =>
    db
      .prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
      .all('[]', '[]')
      .map(({ detail }) => detail),
  );
  db.close();
  expect(plans).toEqual([
    expect.arrayContaining([expect.stringMatching(/^SEARCH e .*\(providerId=\? AND source=\? AND ref=\?\)$/)]),
  ]);
});
