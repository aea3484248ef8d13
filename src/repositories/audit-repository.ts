import { createHash } from 'node:crypto';
import type { Document } from '../types/document.ts';
import { AppError } from '../types/errors.ts';
import type { ResourceType } from '../types/history.ts';
import type { Connection } from './connection.ts';
import { canonicalJson } from './hash-chain.ts';
import { type StoredChange, type StoredRevision, toStoredChange, toStoredRevision } from './history-rows.ts';
import { toKnownGuest, toNode, toStorage } from './inventory-rows.ts';
import { decode, decodeDocument, PRUNE_DETAIL } from './stored-json.ts';
import { toGuestRow, toNodeRow, toStorageRow } from './sync-rows.ts';

/** A row as it should be, or what is wrong with it. */
export type Audited<T> = { value: T; damage: null } | { value: null; damage: string };

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

export interface AuditedResource {
  id: string;
  resourceType: ResourceType;
  /** `guest qemu/100 (id)`, `node pve1 (id)`. */
  where: string;
  /** With the columns that do not say what the document says. */
  state: Audited<{ document: Document; isGone: boolean; wrongColumns: string[] }>;
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

  async listRevisions(afterRev: number, take: number): Promise<{ rev: number; revision: Audited<StoredRevision> }[]> {
    const rows = await this.#connection.db.revision.findMany({
      where: { rev: { gt: afterRev } },
      orderBy: { rev: 'asc' },
      take,
    });
    return rows.map((row) => ({ rev: row.rev, revision: audited(() => toStoredRevision(row)) }));
  }

  /** In order, of the revisions after `afterRev` up to `toRev`, whether or not these exist. */
  async listChanges(afterRev: number, toRev: number): Promise<AuditedChange[]> {
    const rows = await this.#connection.db.change.findMany({
      where: { rev: { gt: afterRev, lte: toRev } },
      orderBy: [{ rev: 'asc' }, { seq: 'asc' }],
    });
    return rows.map((row) => ({ rev: row.rev, seq: row.seq, change: audited(() => toStoredChange(row)) }));
  }

  async listSnapshots(afterRev: number, toRev: number): Promise<AuditedSnapshot[]> {
    const rows = await this.#connection.db.stateSnapshot.findMany({
      where: { rev: { gt: afterRev, lte: toRev } },
      orderBy: [{ rev: 'asc' }, { resourceId: 'asc' }],
    });
    return rows.map(({ rev, resourceId, resourceType, reason, document }) => ({
      ...{ rev, resourceId, resourceType, reason },
      document: audited(() => decodeDocument(document, 'a snapshot')),
    }));
  }

  /** The prunes that the history tells of, oldest first. */
  async listPrunes(): Promise<PruneDetail[]> {
    const rows = await this.#connection.db.revision.findMany({ where: { kind: 'prune' }, orderBy: { rev: 'asc' } });
    return rows.flatMap(({ rev, detail }) => {
      const read = audited(() => decode(PRUNE_DETAIL, detail, `revision ${rev}`));
      return read.value === null ? [] : [{ ...read.value, rev }];
    });
  }

  /** One page of each kind in turn; ends when a kind has no more. */
  async *streamResources(take: number): AsyncGenerator<AuditedResource> {
    for (const read of [this.#guests, this.#nodes, this.#storages]) {
      let after = '';
      for (let isMore = true; isMore; ) {
        const page = await read.call(this, after, take);
        yield* page;
        after = page.at(-1)?.id ?? after;
        isMore = page.length === take;
      }
    }
  }

  async providerIds(): Promise<Set<string>> {
    const rows = await this.#connection.db.provider.findMany({ select: { id: true } });
    return new Set(rows.map(({ id }) => id));
  }

  async #guests(after: string, take: number): Promise<AuditedResource[]> {
    const rows = await this.#connection.db.guest.findMany(pageAfter(after, take));
    return rows.map((row) => ({
      ...{ id: row.id, resourceType: 'guest', where: `guest ${row.kind}/${row.vmid} (${row.id})` },
      state: audited(() => {
        const guest = toKnownGuest(row, null);
        const wrongColumns = differing(row, toGuestRow(row.providerId, { ...guest, previousId: row.previousId }));
        return { document: guest.document, isGone: guest.presence === 'gone', wrongColumns };
      }),
    }));
  }

  async #nodes(after: string, take: number): Promise<AuditedResource[]> {
    const rows = await this.#connection.db.node.findMany(pageAfter(after, take));
    return rows.map((row) => ({
      ...{ id: row.id, resourceType: 'node', where: `node ${row.name} (${row.id})` },
      state: audited(() => {
        const node = toNode(row, null);
        const wrongColumns = differing(row, toNodeRow(row.providerId, node));
        return { document: node.document, isGone: node.presence === 'gone', wrongColumns };
      }),
    }));
  }

  async #storages(after: string, take: number): Promise<AuditedResource[]> {
    const rows = await this.#connection.db.storage.findMany(pageAfter(after, take));
    return rows.map((row) => ({
      ...{ id: row.id, resourceType: 'storage', where: `storage ${row.name} (${row.id})` },
      state: audited(() => {
        const storage = toStorage({ ...row, onNodes: [] }, null);
        const wrongColumns = differing(row, toStorageRow(row.providerId, storage));
        return { document: storage.document, isGone: storage.presence === 'gone', wrongColumns };
      }),
    }));
  }
}

/** A digest of many rows that never are in memory at once. */
export class RowsDigest {
  readonly #hash = createHash('sha256');

  add(row: readonly unknown[]): void {
    this.#hash.update(canonicalJson(row)).update('\n');
  }

  /** 64 hex digits. Ends it. */
  hex(): string {
    return this.#hash.digest('hex');
  }
}

/** What a thinned change still says, so that nobody puts other words into it. */
export function thinnedRow({ rev, seq, attribution, ...change }: StoredChange): readonly unknown[] {
  const { resourceType, resourceId, kind, event, digest } = change;
  const { actor, token, source, via, ref, confidence, effectiveAt, notBefore } = attribution;
  const times = [effectiveAt?.toISOString() ?? null, notBefore?.toISOString() ?? null];
  return [
    rev,
    seq,
    resourceType,
    resourceId,
    kind,
    event,
    digest,
    actor,
    token,
    source,
    via,
    ref,
    confidence,
    ...times,
  ];
}

function audited<T>(read: () => T): Audited<T> {
  try {
    return { value: read(), damage: null };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { value: null, damage: error.message };
  }
}

function pageAfter(after: string, take: number) {
  return { where: { id: { gt: after } }, orderBy: { id: 'asc' }, take } as const;
}

/** The columns that follow from the document. Of what differs in form only the text counts: 5n and 5. */
const DERIVED = [
  'node',
  'name',
  'status',
  'isTemplate',
  'tags',
  'pool',
  'osType',
  'uuid',
  'version',
  'type',
  'content',
  'isShared',
];

function differing(row: object, expected: object): string[] {
  const found = new Map<string, unknown>(Object.entries(row));
  return Object.entries(expected)
    .filter(([column, value]) => DERIVED.includes(column) && canonicalJson(found.get(column)) !== canonicalJson(value))
    .map(([column]) => column);
}
