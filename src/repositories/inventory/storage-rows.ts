import type { Storage, StorageOnNode } from '../../types/storage.ts';
import { isDocument } from '../db/document-shape.ts';
import type { Reader } from '../db/reader.ts';
import type { Row } from '../db/row.ts';
import { isTexts } from '../db/stored-shape.ts';
import { selected, Where } from '../db/where.ts';
import { SEEN_COLUMNS, toSeen } from './seen-rows.ts';

export const STORAGE_COLUMNS = [...SEEN_COLUMNS, 'name', 'type', 'content', 'isShared'] as const;
const ON_NODE_COLUMNS = ['storageId', 'node', 'status', 'totalBytes', 'usedBytes'] as const;

export function toStorage(
  row: Row,
  { lastCompleteAt, onNodes }: { lastCompleteAt: Date | null; onNodes: readonly StorageOnNode[] },
): Storage {
  return {
    ...toSeen(row, lastCompleteAt),
    name: row.text('name'),
    type: row.textOrNull('type'),
    isShared: row.boolean('isShared'),
    content: row.json('content', isTexts),
    onNodes,
  };
}

/** The state on each node of the storages that `where` selects as `s`, by storage. */
export async function listOnNodes(reader: Reader, where: Where): Promise<Map<string, StorageOnNode[]>> {
  const sql = `SELECT ${selected(ON_NODE_COLUMNS, 'o')} FROM "storage_on_nodes" o
    JOIN "storages" s ON s."id" = o."storageId" ${where.sql} ORDER BY o."node"`;
  const byStorage = new Map<string, StorageOnNode[]>();
  const query = { sql, values: where.values, noun: 'storage on node', key: ['storageId', 'node'] };
  for (const [id, onNode] of await reader.list(
    query,
    (row) => [row.text('storageId'), toStorageOnNode(row)] as const,
  )) {
    const others = byStorage.get(id);
    if (others === undefined) byStorage.set(id, [onNode]);
    else others.push(onNode);
  }
  return byStorage;
}

function toStorageOnNode(row: Row): StorageOnNode {
  return {
    node: row.text('node'),
    status: row.text('status'),
    totalBytes: row.numberOrNull('totalBytes'),
    usedBytes: row.numberOrNull('usedBytes'),
  };
}

export interface UnavailableStorage {
  providerId: string;
  name: string;
  nodes: readonly string[];
}

/** Storages that some node could not reach, as recorded, by name. */
export async function listUnavailableStorages(reader: Reader): Promise<UnavailableStorage[]> {
  const where = new Where(reader.provider).is('s."presence"', '<>', 'gone');
  const sql = `SELECT s."id", s."providerId", s."name", s."document" FROM "storages" s ${where.sql} ORDER BY s."name"`;
  const storages = await reader.list({ sql, values: where.values, noun: 'storage' }, (row) => ({
    providerId: row.text('providerId'),
    name: row.text('name'),
    nodes: row.json('document', isDocument)['unavailableOn'],
  }));
  return storages.flatMap(({ nodes, ...storage }) => (typeof nodes === 'object' ? [{ ...storage, nodes }] : []));
}
