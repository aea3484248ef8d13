import type { Guest, Node, Storage } from '../generated/sqlite/client.ts';
import type { Document } from '../types/document.ts';
import type { ResourceType } from '../types/history.ts';
import { type Audited, audited, differing } from './audited.ts';
import type { Db } from './connection.ts';
import { toKnownGuest, toNode, toStorage } from './inventory-rows.ts';
import { type RowReader, readableRows } from './readable-rows.ts';
import { toGuestRow, toNodeRow, toStorageRow } from './sync-rows.ts';

export interface AuditedResource {
  id: string;
  resourceType: ResourceType;
  /** `guest qemu/100 (id)`, `node pve1 (id)`. */
  where: string;
  /** With the columns that do not say what the document says. */
  state: Audited<ResourceState>;
}

interface ResourceState {
  document: Document;
  isGone: boolean;
  wrongColumns: string[];
}

type PageReader = (db: Db, after: string, take: number) => Promise<AuditedResource[]>;

/** Guests, then nodes, then storages, page by page. */
export async function* streamResources(db: Db, take: number): AsyncGenerator<AuditedResource> {
  const readers: PageReader[] = [readGuests, readNodes, readStorages];
  for (const read of readers) {
    let after = '';
    for (let isMore = true; isMore; ) {
      const page = await read(db, after, take);
      yield* page;
      after = page.at(-1)?.id ?? after;
      isMore = page.length === take;
    }
  }
}

async function readGuests(db: Db, after: string, take: number): Promise<AuditedResource[]> {
  const reader: RowReader<string, Guest> = {
    all: () => db.guest.findMany(pageAfter(after, take)),
    keys: async () => toIds(await db.guest.findMany({ ...pageAfter(after, take), select: { id: true } })),
    one: (id) => db.guest.findUnique({ where: { id } }),
  };
  return readPage('guest', reader, (row) => ({
    label: `${row.kind}/${row.vmid}`,
    state: () => {
      const guest = toKnownGuest(row, null);
      const wrongColumns = differing(row, toGuestRow(row.providerId, { ...guest, previousId: row.previousId }));
      return { document: guest.document, isGone: guest.presence === 'gone', wrongColumns };
    },
  }));
}

async function readNodes(db: Db, after: string, take: number): Promise<AuditedResource[]> {
  const reader: RowReader<string, Node> = {
    all: () => db.node.findMany(pageAfter(after, take)),
    keys: async () => toIds(await db.node.findMany({ ...pageAfter(after, take), select: { id: true } })),
    one: (id) => db.node.findUnique({ where: { id } }),
  };
  return readPage('node', reader, (row) => ({
    label: row.name,
    state: () => {
      const node = toNode(row, null);
      const wrongColumns = differing(row, toNodeRow(row.providerId, node));
      return { document: node.document, isGone: node.presence === 'gone', wrongColumns };
    },
  }));
}

async function readStorages(db: Db, after: string, take: number): Promise<AuditedResource[]> {
  const reader: RowReader<string, Storage> = {
    all: () => db.storage.findMany(pageAfter(after, take)),
    keys: async () => toIds(await db.storage.findMany({ ...pageAfter(after, take), select: { id: true } })),
    one: (id) => db.storage.findUnique({ where: { id } }),
  };
  return readPage('storage', reader, (row) => ({
    label: row.name,
    state: () => {
      const storage = toStorage({ ...row, onNodes: [] }, null);
      const wrongColumns = differing(row, toStorageRow(row.providerId, storage));
      return { document: storage.document, isGone: storage.presence === 'gone', wrongColumns };
    },
  }));
}

async function readPage<R extends { id: string }>(
  resourceType: ResourceType,
  reader: RowReader<string, R>,
  describe: (row: R) => { label: string; state: () => ResourceState },
): Promise<AuditedResource[]> {
  const found = await readableRows(reader);
  return found.map((read) => {
    if ('damage' in read) {
      const state = { value: null, damage: read.damage };
      return { id: read.key, resourceType, where: `${resourceType} ${read.key}`, state };
    }
    const { label, state } = describe(read.row);
    const { id } = read.row;
    return { id, resourceType, where: `${resourceType} ${label} (${id})`, state: audited(state) };
  });
}

function pageAfter(after: string, take: number) {
  return { where: { id: { gt: after } }, orderBy: { id: 'asc' }, take } as const;
}

function toIds(rows: readonly { id: string }[]): string[] {
  return rows.map(({ id }) => id);
}
