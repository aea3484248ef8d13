import type { Document, Patch } from '../types/document.ts';
import type { Change, ChangeKind, ResourceType } from '../types/history.ts';
import { type ChangePage, changeSearchSql, type FoundRow } from './change-search.ts';
import type { Connection } from './connection.ts';
import { bulkJson, placeholder, textListSql } from './dialect.ts';
import { toChange } from './history-rows.ts';
import { providerLabels } from './provider-labels.ts';
import { CHANGE, decode, decodeDocument, decodePatch, PRUNE_DETAIL } from './stored-json.ts';

export interface CurrentState {
  id: string;
  document: Document;
  presence: string;
}

/** A change as going back in time needs it; `patch` is null once retention has dropped it. */
export interface LaterStep {
  resourceId: string;
  kind: ChangeKind;
  patch: Patch | null;
}

/** What leads from a revision to the next snapshot of each resource, or to its current document where there is none. */
export interface LaterHistory {
  /** The documents to start from, of the resources that have a later snapshot. */
  snapshots: Map<string, Document>;
  /** Newest first. */
  steps: LaterStep[];
}

interface LaterRow {
  resourceId: string;
  rev: number;
  seq: number;
  kind: string;
  patch: unknown;
}

interface SnapshotRow {
  resourceId: string;
  rev: number;
  document: unknown;
}

/** The revisions, changes and snapshots. Reads only. */
export class HistoryRepository {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** The last revision at or before a time; 0 when there is none. */
  async revisionAt(at: Date): Promise<number> {
    const row = await this.#connection.db.revision.findFirst({
      where: { at: { lte: at } },
      orderBy: [{ at: 'desc' }, { rev: 'desc' }],
      select: { rev: true },
    });
    return row?.rev ?? 0;
  }

  /** The first revision at or after a time; null when there is none. */
  async revisionSince(at: Date): Promise<number | null> {
    const row = await this.#connection.db.revision.findFirst({
      where: { at: { gte: at } },
      orderBy: [{ at: 'asc' }, { rev: 'asc' }],
      select: { rev: true },
    });
    return row?.rev ?? null;
  }

  async revisionOfRun(runId: string): Promise<number | null> {
    const row = await this.#connection.db.revision.findFirst({ where: { runId }, select: { rev: true } });
    return row?.rev ?? null;
  }

  async hasRun(runId: string): Promise<boolean> {
    return (await this.#connection.db.syncRun.count({ where: { id: runId } })) > 0;
  }

  /** The time from which on every state is known exactly; null when retention never dropped anything. */
  async exactSince(): Promise<Date | null> {
    const { db } = this.#connection;
    const prune = await db.revision.findFirst({ where: { kind: 'prune' }, orderBy: { rev: 'desc' } });
    if (prune === null) return null;
    const { upToRev } = decode(PRUNE_DETAIL, prune.detail, `revision ${prune.rev}`);
    const row = await db.revision.findUnique({ where: { rev: upToRev }, select: { at: true } });
    return row?.at ?? null;
  }

  /** What is stored of one resource; null when it is not known. */
  async currentState(resourceType: ResourceType, id: string): Promise<CurrentState | null> {
    const { db } = this.#connection;
    const query = { where: { id }, select: { id: true, document: true, presence: true } } as const;
    const row =
      resourceType === 'guest'
        ? await db.guest.findUnique(query)
        : resourceType === 'node'
          ? await db.node.findUnique(query)
          : await db.storage.findUnique(query);
    return row && { ...row, document: decodeDocument(row.document, `${resourceType} ${id}`) };
  }

  /** One page, newest first. */
  async listChanges(page: ChangePage): Promise<Change[]> {
    const { db, provider } = this.#connection;
    const { sql, values } = changeSearchSql(provider, page);
    const rows = await db.$queryRawUnsafe<FoundRow[]>(sql, ...values);
    return rows.map(toChange);
  }

  /** Those too that were removed. */
  async listProviders(): Promise<{ id: string; name: string; label: string; removedAt: Date | null }[]> {
    const rows = await this.#connection.db.provider.findMany({ select: { id: true, name: true, removedAt: true } });
    const labels = providerLabels(rows);
    return rows.map((row) => ({ ...row, label: labels.get(row.id) ?? row.name }));
  }

  /** Two statements, however many resources: a year back, only what lies before the next snapshot is read. */
  async laterHistory(ids: readonly string[], rev: number): Promise<LaterHistory> {
    const { db, provider } = this.#connection;
    const list = bulkJson(ids);
    // Each parameter may be named once only: better-sqlite3 counts its uses.
    const resources = `WITH ids(id) AS (${textListSql(provider)}),
      past(rev) AS (SELECT CAST(${placeholder(provider, 2)} AS INTEGER)),
      bounded AS (SELECT ids.id AS id, past.rev AS rev, (SELECT MIN(s."rev") FROM "state_snapshots" s
        WHERE s."resourceId" = ids.id AND s."rev" > past.rev) AS until FROM ids, past)`;
    const snapshots = await db.$queryRawUnsafe<SnapshotRow[]>(
      `${resources} SELECT s."resourceId", s."rev", s."document" FROM bounded b
        JOIN "state_snapshots" s ON s."resourceId" = b.id AND s."rev" = b.until`,
      list,
      rev,
    );
    const steps = await db.$queryRawUnsafe<LaterRow[]>(
      `${resources} SELECT c."resourceId", c."rev", c."seq", c."kind", c."patch" FROM bounded b
        JOIN "changes" c ON c."resourceId" = b.id AND c."rev" > b.rev AND (b.until IS NULL OR c."rev" <= b.until)
        ORDER BY c."rev" DESC, c."seq" DESC`,
      list,
      rev,
    );
    return {
      snapshots: new Map(
        snapshots.map((row) => [
          row.resourceId,
          decodeDocument(row.document, `snapshot of ${row.resourceId} at revision ${row.rev}`),
        ]),
      ),
      steps: steps.map(toLaterStep),
    };
  }
}

function toLaterStep(row: LaterRow): LaterStep {
  const what = `change ${row.rev}/${row.seq}`;
  return {
    resourceId: row.resourceId,
    kind: decode(CHANGE.shape.kind, row.kind, what),
    patch: row.patch === null ? null : decodePatch(row.patch, what),
  };
}
