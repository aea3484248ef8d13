import type { NodeRow } from '../../types/inventory.ts';
import type { Node, NodeStatus, NodeTelemetry } from '../../types/node.ts';
import type { Reader } from '../db/reader.ts';
import type { Row } from '../db/row.ts';
import { SEEN_COLUMNS, toSeen } from './seen-rows.ts';

const STATUSES = ['online', 'offline', 'unknown'] as const satisfies readonly NodeStatus[];

export const NODE_COLUMNS = [
  ...SEEN_COLUMNS,
  'name',
  'status',
  'version',
  'cpus',
  'memoryBytes',
  'cpu',
  'memoryUsedBytes',
  'diskBytes',
  'diskUsedBytes',
  'uptimeSeconds',
] as const;

export function toNode(row: Row, lastCompleteAt: Date | null): Node {
  const seen = toSeen(row, lastCompleteAt);
  return {
    ...seen,
    isInMaintenance: seen.document['maintenance'] === true,
    name: row.text('name'),
    status: row.word('status', STATUSES),
    version: row.textOrNull('version'),
    cpus: row.numberOrNull('cpus'),
    memoryBytes: row.numberOrNull('memoryBytes'),
  };
}

/** null for a node that has only been seen while it was down. */
export function toNodeTelemetry(row: Row): NodeTelemetry | null {
  const telemetry = {
    cpu: row.numberOrNull('cpu'),
    memoryUsedBytes: row.numberOrNull('memoryUsedBytes'),
    diskBytes: row.numberOrNull('diskBytes'),
    diskUsedBytes: row.numberOrNull('diskUsedBytes'),
    uptimeSeconds: row.numberOrNull('uptimeSeconds'),
  };
  return Object.values(telemetry).every((value) => value === null) ? null : telemetry;
}

/** Counts of the guests on a node that are not gone, by `providerId/node`. */
export async function countGuestsByNode(reader: Reader): Promise<Map<string, NodeRow['guests']>> {
  const sql = `SELECT "providerId", "node", COUNT(*) AS "total",
    SUM(CASE WHEN "status" = 'running' THEN 1 ELSE 0 END) AS "running",
    SUM(CASE WHEN "isTemplate" THEN 1 ELSE 0 END) AS "templates"
    FROM "guests" WHERE "presence" <> 'gone' GROUP BY "providerId", "node"`;
  const counts = await reader.list({ sql, noun: 'guest of node', key: ['providerId', 'node'] }, (row) => ({
    node: `${row.text('providerId')}/${row.text('node')}`,
    guests: { total: row.number('total'), running: row.number('running'), templates: row.number('templates') },
  }));
  return new Map(counts.map(({ node, guests }) => [node, guests]));
}
