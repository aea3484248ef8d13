import path from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { ActionRepository } from '../../src/repositories/actions/action-repository.ts';
import { type Connection, openDatabase } from '../../src/repositories/db/database.ts';
import { openSnapshot } from '../../src/repositories/db/snapshot.ts';
import { AuditRepository } from '../../src/repositories/maintenance/audit-repository.ts';
import { copyDatabase } from '../../src/repositories/maintenance/copy-database.ts';
import { PruneRepository } from '../../src/repositories/maintenance/prune-repository.ts';
import { pruneHistory } from '../../src/services/history/prune.ts';
import { verifyHistory } from '../../src/services/history/verify.ts';
import { beginStory } from '../helpers/chain-story.ts';
import { at } from '../helpers/plans.ts';
import { databaseAt } from '../helpers/postgres.ts';
import { beginAction, endAction, guestPlan, HOLDER, sentCall } from '../helpers/stored-actions.ts';
import { tempDir } from '../helpers/temp.ts';

const dir = tempDir();
let count = 0;
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function open(): Promise<{ connection: Connection; url: string }> {
  const url = await databaseAt(path.join(dir, `actions-${count++}.db`));
  const connection = await openDatabase(url);
  closers.push(() => connection.close());
  return { connection, url };
}

const STEPS = [
  {
    plan: guestPlan(),
    state: 'done',
    calls: [sentCall({ sentAt: at(10).toISOString(), endedAt: at(11).toISOString(), outcome: 'ok' })],
  },
  {
    plan: guestPlan({ vmid: 101, guestId: 'guest-2', name: 'db – ü' }),
    state: 'warning',
    calls: [sentCall({ sentAt: at(12).toISOString(), endedAt: at(13).toISOString(), outcome: 'warning' })],
  },
] as const;

async function recorded(): Promise<{ connection: Connection; url: string; id: string }> {
  const opened = await open();
  await beginStory(opened.connection);
  const id = 'operation-1';
  await beginAction(opened.connection, { id, steps: STEPS, now: at(10) });
  expect((await verify(opened.connection)).problems).toEqual([]);
  expect(await endAction(opened.connection, { id, now: at(20) })).toBe(true);
  return { ...opened, id };
}

function verify(connection: Connection) {
  return verifyHistory(new AuditRepository(connection));
}

describe('an action that has ended', () => {
  it('is recorded by a revision that says who did what, and verifies', async () => {
    const { connection, id } = await recorded();
    const [revision] = await connection.db.revision.findMany();
    const operation = await connection.db.operation.findUniqueOrThrow({ where: { id } });
    expect(operation.rev).toBe(1);
    expect(revision).toMatchObject({ rev: 1, kind: 'operation', providerId: null, runId: null });
    const { detail } = revision ?? {};
    const stored: unknown = typeof detail === 'string' ? JSON.parse(detail) : detail;
    expect(stored).toEqual({
      summary: {
        id,
        by: 'ann',
        via: 'cli',
        host: 'ann-laptop',
        commandLine: 'rollcall set web memory=4096',
        reason: 'CHG-17',
        verb: 'set',
        state: 'done',
        guests: { done: 1, warning: 1 },
      },
      operation: expect.stringMatching(/^[0-9a-f]{64}$/),
      steps: [expect.stringMatching(/^[0-9a-f]{64}$/), expect.stringMatching(/^[0-9a-f]{64}$/)],
    });
    expect(await verify(connection)).toMatchObject({ ok: true, problems: [], revisions: 1 });
  });

  it('is not recorded by whom it is not anybody more', async () => {
    const { connection } = await open();
    await beginStory(connection);
    await beginAction(connection, { id: 'operation-1', steps: STEPS, now: at(10) });
    const end = { state: 'done', result: null, error: null } as const;
    const repository = new ActionRepository(connection);
    expect(await repository.finish({ id: 'operation-1', holder: `${HOLDER}2` }, end, at(20))).toBe(false);
    expect(await connection.db.revision.count()).toBe(0);
  });

  it.each([
    [
      'who asked',
      `UPDATE "operations" SET "requestedBy" = 'mallory'`,
      'operation operation-1',
      'is not as it was recorded',
    ],
    [
      'that it was an action',
      `UPDATE "operations" SET "kind" = 'sync'`,
      'operation operation-1',
      'is not as it was recorded',
    ],
    ['its revision', `UPDATE "operations" SET "rev" = NULL`, 'operation operation-1', 'is missing'],
    [
      'another revision',
      `UPDATE "operations" SET "rev" = 7`,
      'operation operation-1',
      'says that revision 7 recorded it, which did not',
    ],
    [
      'what became of a guest',
      `UPDATE "operation_steps" SET "state" = 'failed' WHERE "seq" = 1`,
      'operation operation-1/1',
      'is not as it was recorded',
    ],
    [
      'which guest',
      `UPDATE "operation_steps" SET "vmid" = 999 WHERE "seq" = 0`,
      'operation operation-1/0',
      'is not as it was recorded',
    ],
    ['a step that is gone', `DELETE FROM "operation_steps" WHERE "seq" = 1`, 'operation operation-1/1', 'is missing'],
    [
      'a step that was added',
      `INSERT INTO "operation_steps" ("operationId", "seq", "providerId", "providerName", "kind", "vmid", "node", "state", "plan", "seal", "calls")
        SELECT "operationId", 2, "providerId", "providerName", "kind", 102, "node", "state", "plan", "seal", "calls"
        FROM "operation_steps" WHERE "seq" = 1`,
      'operation operation-1/2',
      'was added',
    ],
    ['the whole', `DELETE FROM "operations"`, 'operation operation-1', 'is missing'],
    [
      'another one',
      `INSERT INTO "operations" ("id", "kind", "parameters", "state", "requestedBy", "requestedVia", "requestedAt", "alsoAskedBy", "version")
        SELECT 'operation-2', "kind", "parameters", "state", "requestedBy", "requestedVia", "requestedAt", "alsoAskedBy", 0 FROM "operations"`,
      'operation operation-2',
      'has ended or is missing, and no revision recorded it',
    ],
  ])('is found altered: %s', async (_what, sql, where, message) => {
    const { connection } = await recorded();
    await connection.db.$executeRawUnsafe(sql);
    const { ok, problems } = await verify(connection);
    expect(ok).toBe(false);
    expect(problems).toContainEqual({ where, message });
  });

  it('is copied, and verifies there', async () => {
    const { connection, url } = await recorded();
    const target = await open();
    const snapshot = await openSnapshot(url);
    await copyDatabase(snapshot, target.connection);
    await snapshot.close();
    const report = await verify(target.connection);
    expect(report).toMatchObject({ ok: true, revisions: 1 });
    expect(report.head).toEqual((await verify(connection)).head);
    expect(await target.connection.db.operationStep.count()).toBe(2);
  });

  it('stays when old details are dropped', async () => {
    const { connection } = await recorded();
    const repositories = { prune: new PruneRepository(connection), audit: new AuditRepository(connection) };
    await pruneHistory(repositories, { before: at(1000), now: at(2000) });
    expect(await connection.db.operationStep.count()).toBe(2);
    expect((await verify(connection)).problems).toEqual([]);
  });
});
