import type { Document } from '../../types/document.ts';
import type { ResourceType } from '../../types/history.ts';
import type { Reader } from '../db/reader.ts';
import type { Row } from '../db/row.ts';
import { selected, Where } from '../db/where.ts';
import { type Audited, audited, differing } from '../history/audited.ts';
import { birthOf, endOf, guestBirth } from '../history/sync-detail.ts';
import { GUEST_COLUMNS, KNOWN_GUEST_COLUMNS, toGuest, toKnownGuest } from '../inventory/guest-rows.ts';
import { NODE_COLUMNS, toNode } from '../inventory/node-rows.ts';
import type { Seen } from '../inventory/seen-rows.ts';
import { STORAGE_COLUMNS, toStorage } from '../inventory/storage-rows.ts';
import { toGuestRow, toNodeRow, toStorageRow } from '../inventory/sync-rows.ts';

export interface AuditedResource {
  id: string;
  resourceType: ResourceType;
  /** `guest qemu/100 (id)`, `node pve1 (id)`. */
  where: string;
  /** Includes the columns that do not follow from the document. */
  state: Audited<ResourceState>;
}

interface ResourceState {
  providerId: string;
  document: Document;
  isGone: boolean;
  goneAt: Date | null;
  wrongColumns: string[];
  /** Row data recorded by the revisions that created and removed it. */
  birth: string;
  end: string;
}

interface Kind {
  resourceType: ResourceType;
  table: string;
  columns: readonly string[];
  label: (row: Row) => string;
  state: (row: Row) => ResourceState;
}

const KINDS: readonly Kind[] = [
  {
    resourceType: 'guest',
    table: 'guests',
    columns: [...new Set([...GUEST_COLUMNS, ...KNOWN_GUEST_COLUMNS, 'uuid', 'previousId'])],
    label: (row) => `${row.text('kind')}/${row.text('nativeId')}`,
    state: (row) => {
      const guest = { ...toGuest(row, null), ...toKnownGuest(row, null), uuid: row.textOrNull('uuid') };
      const previousId = row.textOrNull('previousId');
      return {
        ...toState(guest, toGuestRow({ providerId: guest.providerId, seq: 0 }, { ...guest, previousId })),
        birth: guestBirth({ ...guest, previousId }),
      };
    },
  },
  {
    resourceType: 'node',
    table: 'nodes',
    columns: NODE_COLUMNS,
    label: (row) => row.text('name'),
    state: (row) => {
      const node = toNode(row, null);
      return {
        ...toState(node, toNodeRow({ providerId: node.providerId, seq: 0 }, node)),
        birth: birthOf('node', node),
      };
    },
  },
  {
    resourceType: 'storage',
    table: 'storages',
    columns: STORAGE_COLUMNS,
    label: (row) => row.text('name'),
    state: (row) => {
      const storage = toStorage(row, { lastCompleteAt: null, onNodes: [] });
      return {
        ...toState(storage, toStorageRow({ providerId: storage.providerId, seq: 0 }, storage)),
        birth: birthOf('storage', storage),
      };
    },
  },
];

/** Guests, then nodes, then storages, page by page. */
export async function* streamResources(reader: Reader, take: number): AsyncGenerator<AuditedResource> {
  for (const kind of KINDS) {
    let after = '';
    for (let isMore = true; isMore; ) {
      const page = await readPage(reader, kind, { after, take });
      yield* page;
      after = page.at(-1)?.id ?? after;
      isMore = page.length === take;
    }
  }
}

async function readPage(
  reader: Reader,
  { resourceType, table, columns, label, state }: Kind,
  { after, take }: { after: string; take: number },
): Promise<AuditedResource[]> {
  const where = new Where(reader.provider).is('r."id"', '>', after);
  const sql = `SELECT ${selected(columns, 'r')} FROM "${table}" r ${where.sql} ORDER BY r."id" LIMIT ${where.parameter(take)}`;
  return reader.list({ sql, values: where.values, noun: resourceType }, (row) => {
    const id = row.text('id');
    const found = audited(() => label(row));
    const name = found.value === null ? id : `${found.value} (${id})`;
    return { id, resourceType, where: `${resourceType} ${name}`, state: audited(() => state(row)) };
  });
}

function toState(stored: Seen, expected: object): Omit<ResourceState, 'birth'> {
  const { providerId, document, presence, goneAt } = stored;
  return {
    providerId,
    document,
    isGone: presence === 'gone',
    goneAt,
    wrongColumns: differing(stored, expected),
    end: endOf(stored),
  };
}
