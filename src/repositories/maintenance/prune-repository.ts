import type { Document } from '../../types/document.ts';
import { AppError } from '../../types/errors.ts';
import type { ResourceType } from '../../types/history.ts';
import { BulkWriter } from '../db/bulk-write.ts';
import type { Connection } from '../db/connection.ts';
import { dateParameter } from '../db/dialect.ts';
import type { SqlTransaction } from '../db/sql-transaction.ts';
import { raiseFeed } from '../feed/feed-head.ts';
import { appendRevision, lockHead } from '../history/append-revision.ts';
import { bySnapshotOrder, RowsDigest } from '../history/audited.ts';
import { base64Of, changeId } from '../history/change-codec.ts';
import { isPruneDetail, type PruneDetail } from '../history/history-rows.ts';
import { writeSnapshots } from '../history/write-history.ts';
import type { DigestList } from './digest-list.ts';
import { type OldRows, oldRows } from './old-rows.ts';

const THINNED = {
  table: 'changes',
  columns: { id: 'bigint', patch: 'text', digest: 'text' },
  key: ['id'],
} as const;

/** The last change of a resource that changed, up to a revision. */
export interface LastChange {
  resourceId: string;
  resourceType: ResourceType;
  rev: number;
  seq: number;
  /**
   * The digest that replaces the patch if a base snapshot holds the state after it: see thinned-digest.ts. null: unchanged.
   */
  digest: string | null;
}

/** A document that replaces the changes before it. */
export interface BaseSnapshot extends LastChange {
  document: Document;
}

export interface PrunePlan {
  before: Date;
  now: Date;
  /** The last revision whose changes are thinned. */
  upToRev: number;
  /** The revision of the last prune when this one was planned; 0 if there was none. */
  afterPrune: number;
  /** The digests that replace patches. */
  digests: DigestList;
  /** Digest of the remaining fields of changes of format 1. */
  thinned: string;
  bases: readonly BaseSnapshot[];
  dropped: readonly { resourceId: string; rev: number }[];
}

/** Drops details of old changes. */
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

  /** The last prune; zeros if there was none. */
  async lastPrune(): Promise<{ rev: number; upToRev: number }> {
    const sql = `SELECT "rev", "detail" FROM "revisions" WHERE "kind" = 'prune' ORDER BY "rev" DESC LIMIT 1`;
    const prune = await this.#connection.reader.find({ sql, ...REVISION }, (row) => ({
      rev: row.number('rev'),
      upToRev: row.json('detail', isPruneDetail).upToRev,
    }));
    return prune ?? { rev: 0, upToRev: 0 };
  }

  /** Snapshots that only shorten replay, without those of creations and removals. */
  async listShortcuts(upToRev: number): Promise<{ resourceId: string; rev: number }[]> {
    const sql = `SELECT t."text" AS "resourceId", s."rev" FROM "state_snapshots" s
      LEFT JOIN "texts" t ON t."id" = s."resource" WHERE ${isShortcut(upToRev)}`;
    return this.#connection.reader.list({ sql, noun: 'snapshot', key: ['resourceId', 'rev'] }, (row) => ({
      resourceId: row.text('resourceId'),
      rev: row.number('rev'),
    }));
  }

  /** Runs that changed nothing, and finished tasks and log lines before a time to which no change refers. */
  async countOld(before: Date): Promise<OldRows> {
    const { reader, provider } = this.#connection;
    const counts: number[] = [];
    for (const { table, where } of oldRows(provider)) {
      const sql = `SELECT COUNT(*) AS "count" FROM "${table}" AS t WHERE ${where}`;
      const values = [dateParameter(provider, before)];
      counts.push((await reader.find({ sql, values, ...COUNT }, (row) => row.number('count'))) ?? 0);
    }
    const [runs = 0, tasks = 0, logEntries = 0, records = 0, addresses = 0, backups = 0] = counts;
    return { runs, tasks, logEntries, records, addresses, backups };
  }

  /** One transaction. Returns the revision that records the prune; null if there is nothing to drop. */
  async apply(plan: PrunePlan): Promise<number | null> {
    const { writer, provider } = this.#connection;
    return writer.transaction(async (tx) => {
      const head = await lockHead(tx);
      if ((await lastPruneRev(tx)) !== plan.afterPrune) {
        throw new AppError('locked', 'Another prune has run meanwhile; nothing was dropped', { retryable: true });
      }
      const rev = await this.#thin(tx, plan, head);
      for (const { table, where } of oldRows(provider)) {
        const sql = `DELETE FROM "${table}" AS t WHERE ${where}`;
        await tx.execute(sql, dateParameter(provider, plan.before));
      }
      await raiseFeed(tx, provider, { at: plan.now });
      return rev;
    });
  }

  async #thin(tx: SqlTransaction, plan: PrunePlan, head: { rev: number; hash: string }): Promise<number | null> {
    const { upToRev, digests, dropped, bases, thinned } = plan;
    if (digests.length + dropped.length === 0) return null;
    const bulk = new BulkWriter(tx, this.#connection.provider, this.#connection.runForEach);
    await tx.execute(`DELETE FROM "state_snapshots" AS s WHERE ${isShortcut(upToRev)}`);
    await dropPatches(bulk, plan);
    const detail: PruneDetail = {
      before: plan.before.toISOString(),
      upToRev,
      changes: digests.length,
      snapshots: dropped.length,
      base: baseDigest(bases),
      thinned,
    };
    const draft = { kind: 'prune', providerId: null, runId: null, at: plan.now, detail } as const;
    const { rev } = await appendRevision(tx, bulk, head, draft);
    await writeSnapshots(
      tx,
      bulk,
      bases.map((base) => ({ ...base, reason: 'prune' })),
    );
    return rev;
  }
}

const REVISION = { noun: 'revision', key: ['rev'] } as const;
const COUNT = { noun: 'count', key: ['count'] } as const;

function isShortcut(upToRev: number): string {
  return `s."rev" <= ${upToRev} AND s."reason" IN ('keyframe', 'prune')`;
}

/** Replaces patches by digests. */
async function dropPatches(bulk: BulkWriter, { digests, bases }: PrunePlan): Promise<void> {
  for (const page of digests.pages()) {
    await bulk.update(
      THINNED,
      page.map((row) => ({ ...row, patch: null })),
    );
  }
  const checkable = bases.flatMap(({ rev, seq, digest }) =>
    digest === null ? [] : [{ id: changeId(rev, seq), digest: base64Of(digest), patch: null }],
  );
  await bulk.update(THINNED, checkable);
}

async function lastPruneRev(tx: SqlTransaction): Promise<number> {
  const sql = `SELECT COALESCE(MAX("rev"), 0) AS "rev" FROM "revisions" WHERE "kind" = 'prune'`;
  const [rev = 0] = await tx.list({ sql, ...REVISION }, (row) => row.number('rev'));
  return rev;
}

function baseDigest(bases: readonly BaseSnapshot[]): string {
  const digest = new RowsDigest();
  for (const { resourceId, rev, document } of bases.toSorted(bySnapshotOrder)) digest.add([resourceId, rev, document]);
  return digest.hex();
}
