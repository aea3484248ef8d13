import type { EndpointHealth } from '../../types/endpoint.ts';
import type { Reader } from '../db/reader.ts';
import type { Row } from '../db/row.ts';
import { selected, Where } from '../db/where.ts';

const COLUMNS = [
  'providerId',
  'url',
  'node',
  'isConfigured',
  'fingerprint',
  'certificateEndsAt',
  'lastOkAt',
  'lastFailedAt',
  'failures',
  'error',
  'retryAt',
] as const;

/** The rows of the stored provider with this name or id; configured addresses first. */
export async function listEndpoints(
  reader: Reader,
  { name, id }: { name?: string; id?: string },
): Promise<EndpointHealth[]> {
  const where = new Where(reader.provider)
    .is('p."name"', '=', name)
    .is('p."id"', '=', id)
    .is('p."removedKey"', '=', '');
  return reader.list(
    {
      sql: `SELECT ${selected(COLUMNS, 'h')} FROM "endpoint_health" h JOIN "providers" p ON p."id" = h."providerId"
        ${where.sql} ORDER BY h."isConfigured" DESC, h."node", h."url"`,
      values: where.values,
      noun: 'endpoint',
      key: ['providerId', 'url'],
    },
    toEndpoint,
  );
}

function toEndpoint(row: Row): EndpointHealth {
  return {
    providerId: row.text('providerId'),
    url: row.text('url'),
    node: row.textOrNull('node'),
    isConfigured: row.boolean('isConfigured'),
    fingerprint: row.textOrNull('fingerprint'),
    certificateEndsAt: row.timeOrNull('certificateEndsAt'),
    lastOkAt: row.timeOrNull('lastOkAt'),
    lastFailedAt: row.timeOrNull('lastFailedAt'),
    failures: row.number('failures'),
    error: row.textOrNull('error'),
    retryAt: row.timeOrNull('retryAt'),
  };
}
