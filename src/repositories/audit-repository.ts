import type { Document } from '../types/document.ts';
import { type Audited, audited } from './audited.ts';
import { type AuditedResource, streamResources } from './audited-resources.ts';
import type { Connection } from './connection.ts';
import { type StoredChange, type StoredRevision, toStoredChange, toStoredRevision } from './history-rows.ts';
import { readableRows } from './readable-rows.ts';
import { decode, decodeDocument, PRUNE_DETAIL } from './stored-json.ts';

export interface AuditedRevision {
  rev: number;
  revision: Audited<StoredRevision>;
}

export interface AuditedChange {
  rev: number;
  seq: number;
  change: Audited<StoredChange>;
}

export interface AuditedSnapshot {
  rev: number;
  resourceId: string;
  resourceType: string;
  reason: string;
  document: Audited<Document>;
}

export interface PruneDetail {
  rev: number;
  upToRev: number;
  base: string;
  thinned: string;
}

/** Reads everything that can be checked, page by page, and tells of damage instead of failing at it. */
export class AuditRepository {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** What `meta` says is the last revision. `epoch` stands for the hash before the first one. */
  async head(): Promise<{ epoch: string; rev: number; lastHash: string }> {
    const { epoch, rev, lastHash } = await this.#connection.db.meta.findUniqueOrThrow({ where: { id: 1 } });
    return { epoch, rev, lastHash };
  }

  async listRevisions(afterRev: number, take: number): Promise<AuditedRevision[]> {
    const { revision } = this.#connection.db;
    const page = { where: { rev: { gt: afterRev } }, orderBy: { rev: 'asc' }, take } as const;
    const rows = await readableRows({
      all: () => revision.findMany(page),
      keys: () => revision.findMany({ ...page, select: { rev: true } }),
      one: ({ rev }) => revision.findUnique({ where: { rev } }),
    });
    return rows.map((read) =>
      'damage' in read
        ? { ...read.key, revision: { value: null, damage: read.damage } }
        : { rev: read.row.rev, revision: audited(() => toStoredRevision(read.row)) },
    );
  }

  /** In order, of the revisions after `afterRev` up to `toRev`, whether or not these exist. */
  async listChanges(afterRev: number, toRev: number): Promise<AuditedChange[]> {
    const { change } = this.#connection.db;
    const where = { rev: { gt: afterRev, lte: toRev } };
    const rows = await readableRows({
      all: () => change.findMany({ where, orderBy: [{ rev: 'asc' }, { seq: 'asc' }] }),
      keys: () =>
        change.findMany({ where, orderBy: [{ rev: 'asc' }, { seq: 'asc' }], select: { rev: true, seq: true } }),
      one: (key) => change.findUnique({ where: { rev_seq: key } }),
    });
    return rows.map((read) =>
      'damage' in read
        ? { ...read.key, change: { value: null, damage: read.damage } }
        : { rev: read.row.rev, seq: read.row.seq, change: audited(() => toStoredChange(read.row)) },
    );
  }

  async listSnapshots(afterRev: number, toRev: number): Promise<AuditedSnapshot[]> {
    const { stateSnapshot } = this.#connection.db;
    const where = { rev: { gt: afterRev, lte: toRev } };
    const rows = await readableRows({
      all: () => stateSnapshot.findMany({ where, orderBy: [{ rev: 'asc' }, { resourceId: 'asc' }] }),
      keys: () =>
        stateSnapshot.findMany({
          where,
          orderBy: [{ rev: 'asc' }, { resourceId: 'asc' }],
          select: { rev: true, resourceId: true, resourceType: true, reason: true },
        }),
      one: ({ rev, resourceId }) => stateSnapshot.findUnique({ where: { resourceId_rev: { resourceId, rev } } }),
    });
    return rows.map((read) => {
      if ('damage' in read) return { ...read.key, document: { value: null, damage: read.damage } };
      const { document, ...row } = read.row;
      return { ...row, document: audited(() => decodeDocument(document, 'a snapshot')) };
    });
  }

  /** The prunes that the history tells of, oldest first. */
  async listPrunes(): Promise<PruneDetail[]> {
    const { revision } = this.#connection.db;
    const page = { where: { kind: 'prune' }, orderBy: { rev: 'asc' } } as const;
    const rows = await readableRows({
      all: () => revision.findMany(page),
      keys: () => revision.findMany({ ...page, select: { rev: true } }),
      one: ({ rev }) => revision.findUnique({ where: { rev } }),
    });
    return rows.flatMap((read) => {
      if ('damage' in read) return [];
      const { rev, detail } = read.row;
      const decoded = audited(() => decode(PRUNE_DETAIL, detail, `revision ${rev}`));
      return decoded.value === null ? [] : [{ ...decoded.value, rev }];
    });
  }

  streamResources(take: number): AsyncGenerator<AuditedResource> {
    return streamResources(this.#connection.db, take);
  }

  async providerIds(): Promise<Set<string>> {
    const rows = await this.#connection.db.provider.findMany({ select: { id: true } });
    return new Set(rows.map(({ id }) => id));
  }
}
