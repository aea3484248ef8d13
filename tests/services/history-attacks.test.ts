import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Connection, openDatabase } from '../../src/repositories/db/database.ts';
import { RowsDigest } from '../../src/repositories/history/audited.ts';
import { base64Of, hexOf } from '../../src/repositories/history/change-codec.ts';
import { changeDigest, changesDigest, patchDigest, revisionHash } from '../../src/repositories/history/hash-chain.ts';
import { AuditRepository } from '../../src/repositories/maintenance/audit-repository.ts';
import { PruneRepository } from '../../src/repositories/maintenance/prune-repository.ts';
import { SyncRepository } from '../../src/repositories/sync/sync-repository.ts';
import { pruneHistory } from '../../src/services/history/prune.ts';
import { verifyHistory } from '../../src/services/history/verify.ts';
import { findHeads } from '../../src/types/kept-head.ts';
import { toFirstFormat } from '../helpers/first-format.ts';
import { at, CONFIG } from '../helpers/plans.ts';
import { databaseAt } from '../helpers/postgres.ts';
import { emptyDatabase, type Step, toPlans } from '../helpers/recorded-history.ts';
import { storedChanges, storedRevisions } from '../helpers/stored-history.ts';
import { tempDir } from '../helpers/temp.ts';

const DOCUMENT = { node: 'pve1', status: 'running', memory: 1 };
/** 100 changes at 20, 30 and 50 seconds, 101 at 30; all by alice. */
const HISTORY: Step[][] = [
  [100, 101].map((vmid) => ({ vmid, document: DOCUMENT, keyframe: false })),
  [{ vmid: 100, document: { ...DOCUMENT, memory: 2 }, keyframe: false }],
  [100, 101].map((vmid) => ({ vmid, document: { ...DOCUMENT, memory: 3 }, keyframe: false })),
  [{ vmid: 102, document: DOCUMENT, keyframe: false }],
  [{ vmid: 100, document: { ...DOCUMENT, memory: 4 }, keyframe: false }],
];

const file = path.join(tempDir(), 'rollcall.db');
let connection: Connection;
let plans: ReturnType<typeof toPlans>['plans'];
beforeAll(async () => {
  connection = await openDatabase(await databaseAt(file));
});
afterAll(() => connection.close());
beforeEach(async () => {
  await emptyDatabase(connection);
  const { id } = await new SyncRepository(connection).ensureProvider(CONFIG, at(0));
  ({ plans } = toPlans(id, HISTORY));
});

/** The first so many runs of the history; in the format of an earlier version. */
async function record(runs: number, { format = 2 } = {}): Promise<void> {
  for (const plan of plans.splice(0, runs)) {
    await new SyncRepository(connection).apply(plan);
    if (format === 1) await toFirstFormat(connection);
  }
}

async function prune(seconds: number, dryRun = false) {
  const repositories = { prune: new PruneRepository(connection), audit: new AuditRepository(connection) };
  return pruneHistory(repositories, { before: at(seconds), now: at(60), dryRun });
}

async function verify(...heads: string[]) {
  return verifyHistory(new AuditRepository(connection), { heads: findHeads(heads.join(' ')) });
}

async function wordsOf(...heads: string[]): Promise<string[]> {
  return (await verify(...heads)).problems.map(({ where, message }) => `${where}: ${message}`);
}

async function sql(statement: string): Promise<void> {
  expect(await connection.db.$executeRawUnsafe(statement)).toBeGreaterThan(0);
}

/** A label of its own, with the other actor in it, for one change. */
async function blame(actor: string, change: number): Promise<void> {
  await sql(`INSERT INTO "texts" ("id", "text") SELECT 999, REPLACE("text", 'alice@pve', '${actor}') FROM "texts"
    WHERE "id" = (SELECT "label" FROM "changes" WHERE "id" = ${change})`);
  await sql(`UPDATE "changes" SET "label" = 999 WHERE "id" = ${change}`);
}

/** Hashes the chain anew from a revision on, as somebody does who has this program. */
async function rehash(
  from: number,
  changed: Partial<Record<number, { detail?: unknown; changesDigest?: string }>> = {},
) {
  let previousHash = '';
  for (const { hash, ...stored } of await storedRevisions(connection)) {
    const forged = { ...stored, ...(stored.rev > from && { previousHash }), ...changed[stored.rev] };
    previousHash = stored.rev < from ? hash : revisionHash(forged, forged.detail);
    if (stored.rev < from) continue;
    await connection.db.revision.update({
      where: { rev: stored.rev },
      data: {
        hash: base64Of(previousHash),
        previousHash: base64Of(forged.previousHash),
        changesDigest: base64Of(forged.changesDigest),
        ...(forged.detail !== null && { detail: forged.detail as object }),
      },
    });
  }
  await connection.db.meta.update({ where: { id: 1 }, data: { lastHash: previousHash } });
}

const NOT_THINNED = /^revision 2: its changes are not those it was made with/;
const THINNED = /^revision 4: the changes that it thinned do not say any more/;

describe.each([
  { format: 1, message: THINNED },
  { format: 2, message: NOT_THINNED },
])('prune, edit an old actor, sync, prune again, in format $format', ({ format, message }) => {
  it.each([
    ['in the label', `UPDATE "texts" SET "text" = REPLACE("text", 'alice', 'mallory') WHERE "text" LIKE '[%changed%'`],
    ['by another label', null],
  ])('%s: the prune is refused, and verify names it', async (_, edit) => {
    await record(3, { format });
    await prune(35);
    if (format === 1) await toFirstFormat(connection);
    await (edit === null ? blame('mallory@pve', 2_000_000) : sql(edit));
    await record(2);
    for (const dryRun of [true, false]) {
      await expect(prune(55, dryRun)).rejects.toMatchObject({
        code: 'altered',
        message: expect.stringMatching(/^The history is not whole, and nothing was dropped: revision \d: /),
        hint: expect.stringContaining('`rollcall verify`'),
      });
    }
    expect(await wordsOf()).toContainEqual(expect.stringMatching(message));
    expect((await storedRevisions(connection)).filter(({ kind }) => kind === 'prune')).toHaveLength(1);
  });
});

it('a second prune of an earlier version, which took what was there for right, does not hide the edit from the first', async () => {
  await record(3, { format: 1 });
  await prune(25);
  await toFirstFormat(connection);
  await record(2, { format: 1 });
  await prune(35);
  await toFirstFormat(connection);
  expect(await wordsOf()).toEqual([]);
  const changes = (await storedChanges(connection)).filter(({ isPruned }) => isPruned);
  expect(changes.map(({ rev }) => rev)).toEqual([2, 3, 3]);
  await blame('mallory@pve', 2_000_000);
  const prunes = (await storedRevisions(connection)).filter(({ kind }) => kind === 'prune').map(({ rev }) => rev);
  expect(prunes).toEqual([4, 7]);
  // Now the second one says that all is as it was when it was made.
  const thinned = new RowsDigest();
  for (const { seq, rev, attribution, digest, ...change } of await storedChanges(connection)) {
    if (!change.isPruned) continue;
    const { resourceType, resourceId, kind, event } = change;
    const { actor, token, source, via, ref, confidence, effectiveAt, notBefore } = attribution;
    const said = [actor, token, source, via, ref, confidence, effectiveAt?.toISOString(), notBefore?.toISOString()];
    thinned.add([rev, seq, resourceType, resourceId, kind, event, digest, ...said]);
  }
  const { detail } = (await storedRevisions(connection))[6] ?? {};
  await rehash(7, { 7: { detail: { ...(detail as object), thinned: thinned.hex() } } });
  expect(await wordsOf()).toEqual([expect.stringMatching(THINNED)]);
});

describe('a forged prune, with correct hashes, of changes of format 2', () => {
  beforeEach(async () => {
    await record(5);
    await prune(35);
  });

  /** The prune says whatever the base snapshots now say. */
  async function forgeBase(): Promise<void> {
    const base = new RowsDigest();
    const snapshots = await new AuditRepository(connection).listSnapshots(0, 100);
    for (const { rev, resourceId, reason, document } of snapshots) {
      if (reason === 'prune') base.add([resourceId, rev, document.value]);
    }
    const { detail } = (await storedRevisions(connection))[5] ?? {};
    await rehash(6, { 6: { detail: { ...(detail as object), base: base.hex() } } });
  }

  const ANOTHER_BASE = `UPDATE "state_snapshots" SET "document" = '{"node":"pve1","status":"running","memory":9}'
    WHERE "reason" = 'prune' AND "resource" = (SELECT "id" FROM "texts" WHERE "text" = 'guest-101-10')`;
  const STATE = /^snapshot of guest guest-101-10 at revision 3: is not the state that its revision was made with/;

  it('is found by the label that it altered', async () => {
    await blame('mallory@pve', 2_000_000);
    await forgeBase();
    expect(await wordsOf()).toEqual([expect.stringMatching(NOT_THINNED)]);
  });

  it('is found by the base that it altered', async () => {
    await sql(ANOTHER_BASE);
    await forgeBase();
    expect(await wordsOf()).toContainEqual(expect.stringMatching(STATE));
  });

  it('is found by the base also where it put the digest of the altered one, or left it out', async () => {
    await sql(ANOTHER_BASE);
    await forgeBase();
    const [, change] = (await storedChanges(connection)).filter(({ rev }) => rev === 3);
    const patch = change?.digest?.slice(0, 64) ?? '';
    expect(hexOf(base64Of(patch))).toHaveLength(64);
    const digests = [patch + patchDigest([]), patch];
    for (const digest of digests) {
      await sql(`UPDATE "changes" SET "digest" = '${base64Of(digest)}' WHERE "id" = 3000001`);
      expect(await wordsOf()).toContainEqual(expect.stringMatching(/^revision 3: its changes are not those/));
    }
  });
});

it('a chain that was hashed anew from an old revision on is whole, and does not lead through a head noted before', async () => {
  await record(5);
  const { head: first } = await verify();
  await prune(35);
  const { head } = await verify();
  const revisions = await storedRevisions(connection);
  const before = `1:${revisions[0]?.hash}`;
  await blame('mallory@pve', 2_000_000);
  const [change] = (await storedChanges(connection)).filter(({ rev }) => rev === 2);
  if (change === undefined) throw new Error('no change');
  await rehash(2, { 2: { changesDigest: changesDigest([changeDigest(change, change.digest ?? '')]) } });
  expect(await verify()).toMatchObject({ ok: true });
  expect(await verify(before)).toMatchObject({ ok: true, proved: [before] });
  expect(await wordsOf(before, first, head)).toEqual([
    'revision 5: has another hash than the head that was kept',
    'revision 6: has another hash than the head that was kept',
  ]);
});

it('a head of a revision that is not there is a problem, and one before the first revision is the epoch', async () => {
  await record(1);
  const epoch = `0:${connection.epoch}`;
  const other = `9:${'a'.repeat(64)}`;
  expect(await verify(epoch, other)).toMatchObject({
    proved: [epoch],
    problems: [{ where: 'revision 9', message: 'is missing, and its head was kept' }],
  });
});

it.each([
  ['before the first revision', 5, 'revision 0: there are changes or snapshots of it'],
  ['before all numbers', -7_000_000, 'revision -7: there are changes or snapshots of it'],
  ['of no revision yet', 9_000_000, 'revision 9: is missing, and there are changes or snapshots of it'],
  ['after all numbers', 3e15, 'revision 3000000000: is missing, and there are changes or snapshots of it'],
])('an explanation %s is found', async (_, id, problem) => {
  await record(2);
  await sql(`INSERT INTO "texts" ("id", "text") SELECT 999, REPLACE("text", 'alice@pve', 'mallory@pve') FROM "texts"
    WHERE "id" = (SELECT "label" FROM "changes" WHERE "id" = 2000000)`);
  await sql(`INSERT INTO "explanations" ("id", "change", "label", "refId", "ref", "effectiveMs")
    SELECT ${id}, "id", 999, "refId", "ref", "effectiveMs" FROM "changes" WHERE "id" = 2000000`);
  expect(await wordsOf()).toEqual([problem]);
});

it('a revision of format 1 after one of format 2 is found, whatever its hashes', async () => {
  await record(2);
  await toFirstFormat(connection);
  expect(await wordsOf()).toEqual(['revision 2: has format 1, and one before it 2']);
});

describe('a sync does not write over what is missing:', () => {
  it.each([
    ['the last revision', [`DELETE FROM "revisions" WHERE "rev" = 2`]],
    ['the hash of the last one', [`UPDATE "meta" SET "lastHash" = 'a'`]],
    ['the row of meta', [`DELETE FROM "meta"`]],
    ['what meta says of the last one', [`UPDATE "meta" SET "rev" = 1, "lastHash" = 'HASH OF 1'`]],
  ])('%s', async (_, edits) => {
    await record(2);
    const [first] = await storedRevisions(connection);
    const meta = await connection.db.meta.findUniqueOrThrow({ where: { id: 1 } });
    for (const edit of edits) await sql(edit.replace('HASH OF 1', first?.hash ?? ''));
    const changes = await connection.db.change.findMany();
    await expect(record(1)).rejects.toMatchObject({
      code: 'altered',
      message: expect.stringMatching(/nothing was stored$/),
    });
    expect(await connection.db.change.findMany()).toEqual(changes);
    expect((await verify()).ok).toBe(false);
    await connection.db.meta.upsert({ where: { id: 1 }, create: meta, update: meta });
  });
});
