import type { Prisma } from '../generated/sqlite/client.ts';
import type { Document } from '../types/document.ts';
import { AppError } from '../types/errors.ts';
import type { ResourceType } from '../types/history.ts';
import { RowsDigest, thinnedRow } from './audited.ts';
import { BulkWriter } from './bulk-write.ts';
import type { Connection, DbTransaction } from './connection.ts';
import { dateParameter, placeholder } from './dialect.ts';
import { changeDigest, changesDigest, revisionHash } from './hash-chain.ts';
import { toStoredChange } from './history-rows.ts';
import { REVISIONS, STATE_SNAPSHOTS } from './history-tables.ts';
import { CHANGE, decode, decodeDocument, PRUNE_DETAIL } from './stored-json.ts';

const CHANGES_PER_STATEMENT = 5000;

const THINNED = {
  table: 'changes',
  columns: { rev: 'int', seq: 'int', patch: 'json', digest: 'text' },
  key: ['rev', 'seq'],
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

export interface OldRows {
  runs: number;
  tasks: number;
  logEntries: number;
}

/** Thins what is old. */
export class PruneRepository {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** The last revision made before a time; 0 when there is none. */
  async lastRevisionBefore(time: Date): Promise<number> {
    const row = await this.#connection.db.revision.findFirst({
      where: { at: { lt: time } },
      orderBy: [{ at: 'desc' }, { rev: 'desc' }],
    });
    return row?.rev ?? 0;
  }

  /** Of the last prune; zeros when there was none. */
  async lastPrune(): Promise<{ rev: number; upToRev: number }> {
    return lastPrune(this.#connection.db);
  }

  async countThinnable(upToRev: number): Promise<number> {
    const { db, provider } = this.#connection;
    const rows = await db.$queryRawUnsafe<{ count: number | bigint }[]>(
      `SELECT COUNT(*) AS count FROM "changes" WHERE "kind" = 'changed' AND "patch" IS NOT NULL
        AND "rev" <= ${placeholder(provider, 1)}`,
      upToRev,
    );
    return Number(rows[0]?.count ?? 0);
  }

  async lastChanges(upToRev: number): Promise<LastChange[]> {
    const { db, provider } = this.#connection;
    const rows = await db.$queryRawUnsafe<{ resourceId: string; resourceType: string; kind: string; rev: number }[]>(
      `SELECT c."resourceId", c."resourceType", c."kind", c."rev" FROM "changes" c
        JOIN (SELECT "resourceId", MAX("rev") AS rev FROM "changes" WHERE "rev" <= ${placeholder(provider, 1)}
          GROUP BY "resourceId") l ON l."resourceId" = c."resourceId" AND l.rev = c."rev" ORDER BY c."seq"`,
      upToRev,
    );
    const last = new Map(rows.map((row) => [row.resourceId, row]));
    return [...last.values()].map((row) => ({
      ...row,
      resourceType: decode(CHANGE.shape.resourceType, row.resourceType, `a change of ${row.resourceId}`),
    }));
  }

  /** What is stored of all resources now. */
  async currentStates(): Promise<{ id: string; document: Document; presence: string }[]> {
    const { db } = this.#connection;
    const select = { id: true, document: true, presence: true } as const;
    const rows = [
      ...(await db.guest.findMany({ select })),
      ...(await db.node.findMany({ select })),
      ...(await db.storage.findMany({ select })),
    ];
    return rows.map((row) => ({ ...row, document: decodeDocument(row.document, `resource ${row.id}`) }));
  }

  /** Snapshots that only shorten replay: not those of creations and removals. */
  async listShortcuts(upToRev: number): Promise<{ resourceId: string; rev: number }[]> {
    return this.#connection.db.stateSnapshot.findMany({
      where: { rev: { lte: upToRev }, reason: { in: ['keyframe', 'prune'] } },
      select: { resourceId: true, rev: true },
    });
  }

  /** Runs that changed nothing, finished tasks and log lines before a time that no change refers to. */
  async countOld(before: Date): Promise<OldRows> {
    const { db, provider } = this.#connection;
    const counts: number[] = [];
    for (const { table, where } of oldRows(provider)) {
      const sql = `SELECT COUNT(*) AS count FROM "${table}" AS t WHERE ${where}`;
      const rows = await db.$queryRawUnsafe<{ count: number | bigint }[]>(sql, dateParameter(provider, before));
      counts.push(Number(rows[0]?.count ?? 0));
    }
    const [runs = 0, tasks = 0, logEntries = 0] = counts;
    return { runs, tasks, logEntries };
  }

  /** One transaction. Returns the revision that tells of it; null when the history has nothing to drop. */
  async apply(plan: PrunePlan): Promise<number | null> {
    const { db, provider } = this.#connection;
    return db.$transaction(
      async (tx) => {
        const meta = await tx.meta.update({ where: { id: 1 }, data: { rev: { increment: 0 } } });
        if ((await lastPrune(tx)).rev !== plan.afterPrune) {
          throw new AppError('locked', 'Another prune has run meanwhile; nothing was dropped', { retryable: true });
        }
        const rev = await this.#thin(tx, plan, meta);
        for (const { table, where } of oldRows(provider)) {
          const sql = `DELETE FROM "${table}" AS t WHERE ${where}`;
          await tx.$executeRawUnsafe(sql, dateParameter(provider, plan.before));
        }
        return rev;
      },
      { timeout: 600_000 },
    );
  }

  async #thin(
    tx: DbTransaction,
    plan: PrunePlan,
    meta: { rev: number; lastHash: string; lastAt: Date },
  ): Promise<number | null> {
    if (plan.changes + plan.dropped.length === 0) return null;
    const bulk = new BulkWriter(tx, this.#connection.provider);
    await tx.stateSnapshot.deleteMany({
      where: { rev: { lte: plan.upToRev }, reason: { in: ['keyframe', 'prune'] } },
    });
    await bulk.upsert(
      STATE_SNAPSHOTS,
      plan.bases.map((base) => ({ ...base, reason: 'prune' })),
    );
    const thinned = await this.#dropPatches(tx, bulk, plan.upToRev);
    const detail = {
      before: plan.before.toISOString(),
      upToRev: plan.upToRev,
      changes: plan.changes,
      snapshots: plan.dropped.length,
      base: baseDigest(plan.bases),
      thinned,
    };
    const rev = meta.rev + 1;
    const isLate = plan.now > meta.lastAt;
    const revision = {
      rev,
      kind: 'prune' as const,
      providerId: null,
      runId: null,
      at: isLate ? plan.now : meta.lastAt,
      previousHash: meta.lastHash,
      changesDigest: changesDigest([]),
    };
    const hash = revisionHash(revision, detail);
    await bulk.upsert(REVISIONS, [{ ...revision, hash, detail }]);
    await tx.meta.update({ where: { id: 1 }, data: { rev, lastHash: hash, lastAt: revision.at } });
    return rev;
  }

  /** Puts digests in the place of patches, and returns the digest of what is left of all thinned changes. */
  async #dropPatches(tx: DbTransaction, bulk: BulkWriter, upToRev: number): Promise<string> {
    const left = new RowsDigest();
    let after = { rev: 0, seq: -1 };
    for (let isMore = true; isMore; ) {
      const rows = await tx.change.findMany({
        where: {
          kind: 'changed',
          rev: { lte: upToRev },
          OR: [{ rev: { gt: after.rev } }, { rev: after.rev, seq: { gt: after.seq } }],
        },
        orderBy: [{ rev: 'asc' }, { seq: 'asc' }],
        take: CHANGES_PER_STATEMENT,
      });
      const changes = rows.map(toStoredChange).map((change) => ({
        ...change,
        digest: change.isPruned ? change.digest : changeDigest(change),
      }));
      for (const change of changes) left.add(thinnedRow(change));
      const thinned = changes.filter(({ isPruned }) => !isPruned);
      await bulk.update(
        THINNED,
        thinned.map(({ rev, seq, digest }) => ({ rev, seq, patch: null, digest })),
      );
      after = rows.at(-1) ?? after;
      isMore = rows.length === CHANGES_PER_STATEMENT;
    }
    return left.hex();
  }
}

async function lastPrune(db: Pick<DbTransaction, 'revision'>): Promise<{ rev: number; upToRev: number }> {
  const where: Prisma.RevisionWhereInput = { kind: 'prune' };
  const row = await db.revision.findFirst({ where, orderBy: { rev: 'desc' } });
  if (row === null) return { rev: 0, upToRev: 0 };
  return { rev: row.rev, upToRev: decode(PRUNE_DETAIL, row.detail, `revision ${row.rev}`).upToRev };
}

/** In the order in which a reader meets them: by revision, then by resource. */
function baseDigest(bases: readonly BaseSnapshot[]): string {
  const digest = new RowsDigest();
  const ordered = [...bases].sort((a, b) => a.rev - b.rev || (a.resourceId < b.resourceId ? -1 : 1));
  for (const { resourceId, rev, document } of ordered) digest.add([resourceId, rev, document]);
  return digest.hex();
}

/** What is deleted, in the order of {@link OldRows}. A node keeps its newest task, at which harvesting stops. */
function oldRows(provider: Connection['provider']): { table: string; where: string }[] {
  const time = placeholder(provider, 1);
  const isNamed = (ref: string): string => `EXISTS (SELECT 1 FROM "changes" c WHERE c."ref" = ${ref})`;
  return [
    {
      table: 'sync_runs',
      where: `t."finishedAt" < ${time} AND t."rev" IS NULL AND EXISTS (SELECT 1 FROM "sync_runs" x
        WHERE x."providerId" = t."providerId" AND x."finishedAt" > t."finishedAt")`,
    },
    {
      table: 'tasks',
      where: `t."endedAt" < ${time} AND EXISTS (SELECT 1 FROM "tasks" x WHERE x."providerId" = t."providerId"
        AND x."node" = t."node" AND x."startedAt" > t."startedAt") AND NOT ${isNamed('t."upid"')}`,
    },
    {
      table: 'log_entries',
      where: `t."at" < ${time} AND NOT ${isNamed(`t."node" || '/' || t."uid"`)}`,
    },
  ];
}
