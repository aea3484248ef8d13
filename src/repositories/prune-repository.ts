import type { Document } from '../types/document.ts';
import { AppError } from '../types/errors.ts';
import type { ResourceType } from '../types/history.ts';
import { appendRevision, lockHead } from './append-revision.ts';
import { bySnapshotOrder, RowsDigest, thinnedRow } from './audited.ts';
import { BulkWriter } from './bulk-write.ts';
import { base64Of, CHANGE_SQL, changeIdSql, decodeChange, labelOf, REV_OF_CHANGE } from './change-codec.ts';
import { decodeLabel } from './change-label.ts';
import type { Connection, DbTransaction } from './connection.ts';
import { dateParameter } from './dialect.ts';
import { isDocument } from './document-shape.ts';
import { changeDigest } from './hash-chain.ts';
import { isPruneDetail } from './history-rows.ts';
import { type OldRows, oldRows } from './old-rows.ts';
import { rowsOf } from './row.ts';
import type { ChainHead } from './seal-revision.ts';
import { writeSnapshots } from './write-history.ts';

const CHANGES_PER_STATEMENT = 5000;

const THINNED = {
  table: 'changes',
  columns: { id: 'bigint', patch: 'text', digest: 'text' },
  key: ['id'],
} as const;

/** The last change of a resource up to a revision. */
export interface LastChange {
  resourceId: string;
  resourceType: ResourceType;
  kind: string;
  rev: number;
}

/** A document that takes the place of the changes before it. */
export interface BaseSnapshot {
  resourceId: string;
  resourceType: ResourceType;
  rev: number;
  document: Document;
}

export interface PrunePlan {
  before: Date;
  now: Date;
  /** The last revision whose changes are thinned. */
  upToRev: number;
  /** The revision of the last prune when this was planned; 0 when there was none. */
  afterPrune: number;
  changes: number;
  bases: readonly BaseSnapshot[];
  dropped: readonly { resourceId: string; rev: number }[];
}

/** Thins what is old. */
export class PruneRepository {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** The last revision made before a time; 0 when there is none. */
  async lastRevisionBefore(time: Date): Promise<number> {
    const sql = `SELECT "rev" FROM "revisions" WHERE "at" < ${time.getTime()} ORDER BY "at" DESC, "rev" DESC LIMIT 1`;
    return (await this.#connection.reader.find({ sql, ...REVISION }, (row) => row.number('rev'))) ?? 0;
  }

  /** Of the last prune; zeros when there was none. */
  async lastPrune(): Promise<{ rev: number; upToRev: number }> {
    const sql = `SELECT "rev", "detail" FROM "revisions" WHERE "kind" = 'prune' ORDER BY "rev" DESC LIMIT 1`;
    const prune = await this.#connection.reader.find({ sql, ...REVISION }, (row) => ({
      rev: row.number('rev'),
      upToRev: row.json('detail', isPruneDetail).upToRev,
    }));
    return prune ?? { rev: 0, upToRev: 0 };
  }

  async countThinnable(upToRev: number): Promise<number> {
    const sql = `SELECT COUNT(*) AS "count" FROM "changes" c
      WHERE ${await this.#isThinnable(upToRev)} AND c."patch" IS NOT NULL`;
    return (await this.#connection.reader.find({ sql, ...COUNT }, (row) => row.number('count'))) ?? 0;
  }

  async lastChanges(upToRev: number): Promise<LastChange[]> {
    const sql = `SELECT t."text" AS "resourceId", l."text" AS "label", ${REV_OF_CHANGE} AS "rev" FROM (
        SELECT "resource", MAX("id") AS "id" FROM "changes" WHERE "id" < ${changeIdSql(upToRev + 1)} GROUP BY "resource"
      ) last JOIN "changes" c ON c."id" = last."id"
      LEFT JOIN "texts" t ON t."id" = c."resource" LEFT JOIN "texts" l ON l."id" = c."label"`;
    return this.#connection.reader.list({ sql, noun: 'change', key: ['rev', 'resourceId'] }, (row) => {
      const { kind, resourceType } = labelOf(row);
      return { resourceId: row.text('resourceId'), resourceType, kind, rev: row.number('rev') };
    });
  }

  /** What is stored of all resources now. */
  async currentStates(): Promise<{ id: string; document: Document; presence: string }[]> {
    const sql = ['guests', 'nodes', 'storages'].map((table) => `SELECT "id", "document", "presence" FROM "${table}"`);
    return this.#connection.reader.list({ sql: sql.join(' UNION ALL '), noun: 'resource' }, (row) => ({
      id: row.text('id'),
      document: row.json('document', isDocument),
      presence: row.text('presence'),
    }));
  }

  /** Snapshots that only shorten replay: not those of creations and removals. */
  async listShortcuts(upToRev: number): Promise<{ resourceId: string; rev: number }[]> {
    const sql = `SELECT t."text" AS "resourceId", s."rev" FROM "state_snapshots" s
      LEFT JOIN "texts" t ON t."id" = s."resource" WHERE ${isShortcut(upToRev)}`;
    return this.#connection.reader.list({ sql, noun: 'snapshot', key: ['resourceId', 'rev'] }, (row) => ({
      resourceId: row.text('resourceId'),
      rev: row.number('rev'),
    }));
  }

  /** Runs that changed nothing, finished tasks and log lines before a time that no change refers to. */
  async countOld(before: Date): Promise<OldRows> {
    const { reader, provider } = this.#connection;
    const counts: number[] = [];
    for (const { table, where } of oldRows(provider)) {
      const sql = `SELECT COUNT(*) AS "count" FROM "${table}" AS t WHERE ${where}`;
      const values = [dateParameter(provider, before)];
      counts.push((await reader.find({ sql, values, ...COUNT }, (row) => row.number('count'))) ?? 0);
    }
    const [runs = 0, tasks = 0, logEntries = 0] = counts;
    return { runs, tasks, logEntries };
  }

  /** One transaction. Returns the revision that tells of it; null when the history has nothing to drop. */
  async apply(plan: PrunePlan): Promise<number | null> {
    const { db, provider } = this.#connection;
    const isThinnable = await this.#isThinnable(plan.upToRev);
    return db.$transaction(
      async (tx) => {
        const head = await lockHead(tx);
        if ((await lastPruneRev(tx)) !== plan.afterPrune) {
          throw new AppError('locked', 'Another prune has run meanwhile; nothing was dropped', { retryable: true });
        }
        const rev = await this.#thin(tx, { ...plan, isThinnable }, head);
        for (const { table, where } of oldRows(provider)) {
          const sql = `DELETE FROM "${table}" AS t WHERE ${where}`;
          await tx.$executeRawUnsafe(sql, dateParameter(provider, plan.before));
        }
        return rev;
      },
      { timeout: 600_000 },
    );
  }

  async #thin(tx: DbTransaction, plan: PrunePlan & { isThinnable: string }, head: ChainHead): Promise<number | null> {
    if (plan.changes + plan.dropped.length === 0) return null;
    const bulk = new BulkWriter(tx, this.#connection.provider, this.#connection.runForEach);
    await tx.$executeRawUnsafe(`DELETE FROM "state_snapshots" AS s WHERE ${isShortcut(plan.upToRev)}`);
    const detail = {
      before: plan.before.toISOString(),
      upToRev: plan.upToRev,
      changes: plan.changes,
      snapshots: plan.dropped.length,
      base: baseDigest(plan.bases),
      thinned: await dropPatches(tx, bulk, plan.isThinnable),
    };
    const draft = { kind: 'prune', providerId: null, runId: null, at: plan.now, detail } as const;
    const { rev } = await appendRevision(tx, bulk, head, draft);
    await writeSnapshots(
      tx,
      bulk,
      plan.bases.map((base) => ({ ...base, reason: 'prune' })),
    );
    return rev;
  }

  /** SQL for changes `c` whose patch a prune drops, or has dropped before. */
  async #isThinnable(upToRev: number): Promise<string> {
    const sql = `SELECT "id", "text" FROM "texts" WHERE "text" LIKE '[%'`;
    const labels = await this.#connection.reader.list({ sql, noun: 'text' }, (row) =>
      decodeLabel(row.text('text'))?.kind === 'changed' ? [row.number('id')] : [],
    );
    const isChanged = `c."label" IN (${[-1, ...labels.flat()].join(', ')})`;
    return `c."id" >= ${changeIdSql(0)} AND c."id" < ${changeIdSql(upToRev + 1)} AND ${isChanged}`;
  }
}

const REVISION = { noun: 'revision', key: ['rev'] } as const;
const COUNT = { noun: 'count', key: ['count'] } as const;

function isShortcut(upToRev: number): string {
  return `s."rev" <= ${upToRev} AND s."reason" IN ('keyframe', 'prune')`;
}

/** Puts digests in the place of patches, and returns the digest of what is left of all thinned changes. */
async function dropPatches(tx: DbTransaction, bulk: BulkWriter, isThinnable: string): Promise<string> {
  const left = new RowsDigest();
  const { columns, from, noun, key } = CHANGE_SQL;
  let after = changeIdSql(0, -1);
  for (let isMore = true; isMore; ) {
    const found = await tx.$queryRawUnsafe<object[]>(
      `SELECT ${columns} FROM ${from} WHERE ${isThinnable} AND c."id" > ${after}
        ORDER BY c."id" LIMIT ${CHANGES_PER_STATEMENT}`,
    );
    const changes = rowsOf(found, { noun, key }).map((row) => {
      const change = decodeChange(row);
      return { ...change, digest: change.isPruned ? change.digest : changeDigest(change) };
    });
    for (const change of changes) left.add(thinnedRow(change));
    await bulk.update(
      THINNED,
      changes
        .filter(({ isPruned }) => !isPruned)
        .map(({ rev, seq, digest }) => ({ id: changeIdSql(rev, seq), patch: null, digest: base64Of(digest ?? '') })),
    );
    const last = changes.at(-1);
    if (last) after = changeIdSql(last.rev, last.seq);
    isMore = changes.length === CHANGES_PER_STATEMENT;
  }
  return left.hex();
}

async function lastPruneRev(tx: Pick<DbTransaction, 'revision'>): Promise<number> {
  const row = await tx.revision.findFirst({
    where: { kind: 'prune' },
    orderBy: { rev: 'desc' },
    select: { rev: true },
  });
  return row?.rev ?? 0;
}

function baseDigest(bases: readonly BaseSnapshot[]): string {
  const digest = new RowsDigest();
  for (const { resourceId, rev, document } of bases.toSorted(bySnapshotOrder)) digest.add([resourceId, rev, document]);
  return digest.hex();
}
