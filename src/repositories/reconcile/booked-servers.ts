import type { BookedServer } from '../../types/panel.ts';
import type { Connection } from '../db/connection.ts';
import type { Row } from '../db/row.ts';

/** By id. Servers with a transaction of kind `close` are not charged for any more. */
export async function listOpenServers({ reader }: Pick<Connection, 'reader'>): Promise<BookedServer[]> {
  const sql = `SELECT s."id", s."guestId", s."accountKey", s."name", p."name" AS "provider", s."nativeId", s."package", s."cpus",
      s."memoryBytes", s."diskBytes"
    FROM "servers" s LEFT JOIN "providers" p ON p."id" = s."providerId" AND p."removedKey" = ''
    WHERE NOT EXISTS (SELECT 1 FROM "transactions" t WHERE t."serverId" = s."id" AND t."kind" = 'close')
    ORDER BY s."id"`;
  return reader.list({ sql, noun: 'server' }, toServer);
}

function toServer(row: Row): BookedServer {
  return {
    id: row.text('id'),
    guestId: row.text('guestId'),
    accountKey: row.text('accountKey'),
    name: row.text('name'),
    provider: row.textOrNull('provider'),
    nativeId: row.text('nativeId'),
    package: row.textOrNull('package'),
    cpus: row.numberOrNull('cpus'),
    memoryBytes: row.numberOrNull('memoryBytes'),
    diskBytes: row.numberOrNull('diskBytes'),
  };
}
