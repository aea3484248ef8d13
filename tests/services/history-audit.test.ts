import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Connection, openDatabase } from '../../src/repositories/db/database.ts';
import { HistoryRepository } from '../../src/repositories/history/history-repository.ts';
import { InventoryRepository } from '../../src/repositories/inventory/inventory-repository.ts';
import { AuditRepository } from '../../src/repositories/maintenance/audit-repository.ts';
import { PruneRepository } from '../../src/repositories/maintenance/prune-repository.ts';
import { SyncRepository } from '../../src/repositories/sync/sync-repository.ts';
import { pruneHistory } from '../../src/services/history/prune.ts';
import { verifyHistory } from '../../src/services/history/verify.ts';
import { InventoryService } from '../../src/services/inventory/inventory-service.ts';
import { diffDocuments } from '../../src/types/document-replay.ts';
import { at, CONFIG, change, node, plan, storage } from '../helpers/plans.ts';
import { databaseAt, onSqlite, testDatabase } from '../helpers/postgres.ts';
import { emptyDatabase, histories, type Step, toPlans } from '../helpers/recorded-history.ts';
import { tempDir } from '../helpers/temp.ts';

const dir = tempDir();
let connection: Connection;
beforeAll(async () => {
  connection = await openDatabase(await databaseAt(path.join(dir, 'rollcall.db')));
});
afterAll(() => connection.close());

async function record(history: readonly Step[][]): Promise<ReturnType<typeof toPlans>> {
  await emptyDatabase(connection);
  const sync = new SyncRepository(connection);
  const { id } = await sync.ensureProvider(CONFIG, at(0));
  const recorded = toPlans(id, history);
  for (const plan of recorded.plans) await sync.apply(plan);
  return recorded;
}

/** A node and a storage in one more run. */
async function recordHardware(): Promise<void> {
  const sync = new SyncRepository(connection);
  const { id } = await sync.ensureProvider(CONFIG, at(0));
  const created = [
    { resourceType: 'node', resourceId: 'n1', document: node('n1', 'pve1').document },
    { resourceType: 'storage', resourceId: 's1', document: storage('s1', 'local').document },
  ] as const;
  await sync.apply(
    plan(id, {
      run: { id: 'hardware', finishedAt: at(900) },
      nodes: [node('n1', 'pve1')],
      storages: [storage('s1', 'local')],
      changes: created.map(({ document, ...resource }) =>
        change(resource.resourceId, { ...resource, kind: 'created', patch: diffDocuments({}, document) }),
      ),
      snapshots: created.map((resource) => ({ ...resource, reason: 'created' })),
    }),
  );
}

function verify() {
  return verifyHistory(new AuditRepository(connection));
}

function prune(seconds: number, dryRun = false) {
  const repositories = { prune: new PruneRepository(connection), audit: new AuditRepository(connection) };
  return pruneHistory(repositories, { before: at(seconds), now: at(1000), dryRun });
}

function inventory() {
  return new InventoryService({
    inventory: new InventoryRepository(connection),
    history: new HistoryRepository(connection),
  });
}

const DOCUMENT = { node: 'pve1', status: 'running', memory: 1, tags: ['a'] };
/** Three guests; 100 changes in runs 2 and 3 and has a keyframe at 3, 101 is removed in run 4. */
const HISTORY: Step[][] = [
  [100, 101, 102].map((vmid) => ({ vmid, document: DOCUMENT, keyframe: false })),
  [{ vmid: 100, document: { ...DOCUMENT, memory: 2 }, keyframe: false }],
  [
    { vmid: 100, document: { ...DOCUMENT, memory: 3 }, keyframe: true },
    { vmid: 101, document: { ...DOCUMENT, memory: 2 }, keyframe: false },
  ],
  [{ vmid: 101, document: null, keyframe: false }],
  [{ vmid: 100, document: { ...DOCUMENT, memory: 4 }, keyframe: false }],
];

const OF_REV_2 = '"id" = 2000000';
/** In the label that the changes share. */
const ANOTHER_ACTOR = `UPDATE "texts" SET "text" = REPLACE("text", 'alice@pve', 'bob@pve') WHERE "text" LIKE '[%changed%'`;

/** SQL for the document with another number in it. */
function jsonSet(path: string, value: number): string {
  return testDatabase === 'sqlite'
    ? `json_set("document", '$.${path}', ${value})`
    : `jsonb_set("document"::jsonb, '{${path}}', '${value}')::json`;
}

describe('verify', () => {
  it('finds nothing wrong in what syncs and prunes wrote, and states that were not thinned stay exact', async () => {
    await fc.assert(
      fc.asyncProperty(histories, fc.nat(130), fc.nat(130), async (history, first, second) => {
        const { states } = await record(history);
        expect(await verify()).toMatchObject({ ok: true, problems: [] });
        await prune(first);
        expect(await verify()).toMatchObject({ ok: true, problems: [] });
        await prune(second);
        expect(await verify()).toMatchObject({ ok: true, problems: [] });
        for (const [index, state] of states.entries()) {
          const seconds = 10 * (index + 1);
          if (seconds + 10 <= Math.max(first, second)) continue;
          const rows = await inventory().listGuests({ at: at(seconds) });
          expect(new Map(rows.map((row) => [row.vmid, row.document]))).toEqual(state);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('counts what it checked', async () => {
    await record(HISTORY);
    const { lastHash } = await connection.db.meta.findUniqueOrThrow({ where: { id: 1 } });
    const counts = { revisions: 5, changes: 8, snapshots: 5, resources: 3 };
    expect(await verify()).toEqual({ ok: true, ...counts, head: `5:${lastHash}`, proved: [], problems: [] });
  });

  describe('finds a row that was', () => {
    beforeEach(() => record(HISTORY));

    it.each([
      [
        'changed: the time of a revision',
        `UPDATE "revisions" SET "at" = "at" + 1000 WHERE "rev" = 2`,
        'revision 2',
        /its hash is another one/,
      ],
      [
        'changed: the hash of a revision',
        `UPDATE "revisions" SET "hash" = 'x' WHERE "rev" = 2`,
        'revision 3',
        /does not follow/,
      ],
      [
        'changed: the hash of the last revision',
        `UPDATE "revisions" SET "hash" = 'x' WHERE "rev" = 5`,
        'head',
        /not the one that was made last/,
      ],
      [
        'changed: the kind of a revision',
        `UPDATE "revisions" SET "kind" = 'x' WHERE "rev" = 2`,
        'revision 2',
        /damaged/,
      ],
      ['removed: a revision', `DELETE FROM "revisions" WHERE "rev" = 3`, 'revision 3', /is missing/],
      ['removed: the last revision', `DELETE FROM "revisions" WHERE "rev" = 5`, 'head', /end at 4, and 5 were made/],
      ['changed: the actor of a change', ANOTHER_ACTOR, 'revision 2', /changes are not those/],
      [
        'changed: the patch of a change',
        `UPDATE "changes" SET "patch" = '["memory",1,9]' WHERE ${OF_REV_2}`,
        'change 3/0',
        /says that memory was 2, and the changes before it say 9/,
      ],
      [
        'changed: a patch that is none',
        `UPDATE "changes" SET "patch" = '{"a":1}' WHERE ${OF_REV_2}`,
        'change 2/0',
        /patch is not what it should be/,
      ],
      [
        'changed: a patch that was dropped',
        `UPDATE "changes" SET "patch" = NULL WHERE ${OF_REV_2}`,
        'change 2/0',
        /no prune dropped it/,
      ],
      [
        'changed: the resource of a change',
        `UPDATE "changes" SET "resource" = (SELECT "id" FROM "texts" WHERE "text" = 'guest-102-10') WHERE ${OF_REV_2}`,
        'revision 2',
        /changes are not those/,
      ],
      ['removed: a change', `DELETE FROM "changes" WHERE "id" = 3000000`, 'change 3/0', /is missing/],
      [
        'removed: the last change of a revision',
        `DELETE FROM "changes" WHERE "id" = 3000001`,
        'revision 3',
        /changes are not those/,
      ],
      [
        'inserted: a change',
        `INSERT INTO "changes" ("id", "resource", "label", "ref", "patch") SELECT 2000001, "resource", "label", "ref", "patch" FROM "changes" WHERE ${OF_REV_2}`,
        'revision 2',
        /changes are not those/,
      ],
      [
        'inserted: a change of a revision to come',
        `UPDATE "changes" SET "id" = 9000000 WHERE "id" = 5000000`,
        'revision 9',
        /is missing/,
      ],
      [
        'inserted: a change before the first revision',
        `UPDATE "changes" SET "id" = 0 WHERE "id" = 5000000`,
        'revision 0',
        /there are changes/,
      ],
      [
        'inserted: a second creation',
        `UPDATE "changes" SET "label" = (SELECT "label" FROM "changes" WHERE "id" = 1000000) WHERE ${OF_REV_2}`,
        'change 2/0',
        /was there already/,
      ],
      [
        'changed: a snapshot',
        `UPDATE "state_snapshots" SET "document" = '{"memory":1}' WHERE "reason" = 'keyframe'`,
        'snapshot of guest guest-100-10 at revision 3',
        /memory is 1 instead of 3 \(and 3 more/,
      ],
      [
        'changed: a snapshot that is none',
        `UPDATE "state_snapshots" SET "document" = '[]' WHERE "reason" = 'keyframe'`,
        'snapshot of guest guest-100-10 at revision 3',
        /not what it should be/,
      ],
      [
        'changed: the reason of a snapshot',
        `UPDATE "state_snapshots" SET "reason" = 'x' WHERE "reason" = 'keyframe'`,
        'snapshot of guest guest-100-10 at revision 3',
        /reason/,
      ],
      [
        'removed: the snapshot of a removal',
        `DELETE FROM "state_snapshots" WHERE "reason" = 'removed'`,
        'snapshot of guest guest-101-10 at revision 4',
        /is missing/,
      ],
      [
        'inserted: a snapshot',
        `INSERT INTO "state_snapshots" SELECT "id", 2, 'guest', 'keyframe', '{}' FROM "texts" WHERE "text" LIKE '[%changed%'`,
        expect.stringMatching(/^snapshot of guest \["guest","changed",.*\] at revision 2$/),
        /no change tells/,
      ],
      [
        'changed: a document',
        `UPDATE "guests" SET "document" = ${jsonSet('memory', 7)} WHERE "vmid" = 102`,
        'guest qemu/102 (guest-102-10)',
        /memory is 7 instead of 1/,
      ],
      [
        'changed: the document of a guest that is gone',
        `UPDATE "guests" SET "document" = ${jsonSet('memory', 7)} WHERE "vmid" = 101`,
        'guest qemu/101 (guest-101-10)',
        /memory is 7 instead of 2/,
      ],
      [
        'changed: a document that is none',
        `UPDATE "guests" SET "document" = '{"a":null}' WHERE "vmid" = 102`,
        'guest qemu/102 (guest-102-10)',
        /not what it should be/,
      ],
      [
        'changed: a column',
        `UPDATE "guests" SET "name" = 'other' WHERE "vmid" = 102`,
        'guest qemu/102 (guest-102-10)',
        /column name/,
      ],
      [
        'changed: the presence of a guest',
        `UPDATE "guests" SET "presence" = 'gone' WHERE "vmid" = 102`,
        'guest qemu/102 (guest-102-10)',
        /it is gone/,
      ],
      [
        'changed: a guest that came back',
        `UPDATE "guests" SET "presence" = 'present' WHERE "vmid" = 101`,
        'guest qemu/101 (guest-101-10)',
        /it is not gone/,
      ],
      ['removed: a guest', `DELETE FROM "guests" WHERE "vmid" = 102`, 'guest guest-102-10', /row is missing/],
      [
        'inserted: a guest',
        `UPDATE "guests" SET "id" = 'ghost' WHERE "vmid" = 102`,
        'guest qemu/102 (ghost)',
        /no change tells/,
      ],
      ['changed: the head', `UPDATE "meta" SET "rev" = 4`, 'head', /end at 5, and 4/],
    ])('%s', async (_, sql, where, message) => {
      await connection.db.$executeRawUnsafe(sql);
      const report = await verify();
      expect(report.ok).toBe(false);
      expect(report.problems).toContainEqual({ where, message: expect.stringMatching(message) });
    });

    onSqlite.describe('changed so that it cannot be read at all', "PostgreSQL's types keep that out", () =>
      it.each([
        ['a patch', `UPDATE "changes" SET "patch" = '[["mem' WHERE ${OF_REV_2}`, 'change 2/0'],
        ['a time', `UPDATE "changes" SET "effectiveMs" = 'soon' WHERE ${OF_REV_2}`, 'change 2/0'],
        ['the time of a revision', `UPDATE "revisions" SET "at" = 'soon' WHERE "rev" = 2`, 'revision 2'],
        ['bytes for a text', `UPDATE "changes" SET "ref" = x'00ff' WHERE ${OF_REV_2}`, 'change 2/0'],
        ['a label', `UPDATE "texts" SET "text" = '[' WHERE "text" LIKE '[%changed%'`, 'change 2/0'],
        ['the detail of a revision', `UPDATE "revisions" SET "detail" = '{' WHERE "rev" = 2`, 'revision 2'],
        [
          'the detail of a prune',
          `UPDATE "revisions" SET "kind" = 'prune', "detail" = '{' WHERE "rev" = 2`,
          'revision 2',
        ],
        [
          'a snapshot',
          `UPDATE "state_snapshots" SET "document" = '{' WHERE "rev" = 3`,
          'snapshot of guest guest-100-10 at revision 3',
        ],
        ['a guest', `UPDATE "guests" SET "document" = '{' WHERE "vmid" = 102`, 'guest qemu/102 (guest-102-10)'],
        ['a node', `UPDATE "nodes" SET "document" = '{'`, 'node pve1 (n1)'],
        ['a storage', `UPDATE "storages" SET "document" = '{'`, 'storage local (s1)'],
      ])('%s', async (_, sql, where) => {
        await recordHardware();
        expect(await connection.db.$executeRawUnsafe(sql)).toBe(1);
        const report = await verify();
        expect(report.problems).toContainEqual({
          where,
          message: expect.stringMatching(/cannot be read|is no|is none|damaged/),
        });
      }),
    );

    it('changed, and does not take a failure of the database for damage', async () => {
      const closed = await openDatabase(await databaseAt(path.join(dir, 'closed.db')));
      await closed.db.$executeRawUnsafe('DROP TABLE "changes"');
      await expect(verifyHistory(new AuditRepository(closed))).rejects.toThrow();
      await closed.close();
    });
  });

  it('finds what was changed after a prune', async () => {
    const wrong = async (sql: string): Promise<string[]> => {
      await record(HISTORY);
      await prune(35);
      await connection.db.$executeRawUnsafe(sql);
      return (await verify()).problems.map((problem) => `${problem.where}: ${problem.message}`);
    };
    expect(await wrong(ANOTHER_ACTOR)).toContainEqual(expect.stringMatching(/^revision 2: its changes/));
    expect(await wrong(`UPDATE "changes" SET "digest" = 'x' WHERE ${OF_REV_2}`)).toContainEqual(
      expect.stringMatching(/^revision 2: its changes/),
    );
    expect(
      await wrong(`UPDATE "state_snapshots" SET "document" = ${jsonSet('memory', 8)} WHERE "reason" = 'prune'`),
    ).toContainEqual(expect.stringMatching(/^revision 6: the snapshots that it put/));
    expect(await wrong(`DELETE FROM "state_snapshots" WHERE "reason" = 'prune'`)).toContainEqual(
      expect.stringMatching(/^change 5\/0: .*thinned changes and no snapshot/),
    );
    expect(await wrong(`UPDATE "state_snapshots" SET "reason" = 'keyframe' WHERE "reason" = 'prune'`)).toContainEqual(
      expect.stringMatching(/should have been dropped/),
    );
    expect(await wrong(`UPDATE "revisions" SET "detail" = NULL WHERE "rev" = 6`)).toContainEqual(
      expect.stringMatching(/no prune dropped it/),
    );
    expect(await wrong(`DELETE FROM "state_snapshots" WHERE "reason" = 'prune' OR "rev" = 5; `)).not.toEqual([]);
  });

  it('takes a provider that was removed with its guests for no problem', async () => {
    await record(HISTORY);
    await connection.db.provider.deleteMany();
    expect(await verify()).toMatchObject({ ok: true, resources: 0 });
  });
});
