import type { Connection, OpenOptions } from './connection.ts';
import { parseDatabaseUrl } from './database-url.ts';
import { lazyDb } from './lazy-db.ts';
import { openPostgres } from './open-postgres.ts';
import { openSqlite } from './open-sqlite.ts';
import { type Client, loadClient } from './prisma-client.ts';
import { Reader } from './reader.ts';
import { BUSY_TIMEOUT_MS } from './sqlite-adapter.ts';

export type { Connection, Db, DbTransaction } from './connection.ts';

/**
 * Opens the database of `file:PATH`, `postgresql://…` or `postgres://…`; makes it and brings it up to date where needed. A
 * SQLite file that is write protected opens for reading. Throws AppError `configuration`, `database`, `database-newer`.
 */
export async function openDatabase(url: string, options: OpenOptions = {}): Promise<Connection> {
  const address = parseDatabaseUrl(url);
  const busyTimeoutMs = options.busyTimeoutMs ?? BUSY_TIMEOUT_MS;
  const onStatement = options.onStatement ?? (() => undefined);
  const opened =
    address.provider === 'sqlite'
      ? await openSqlite(address.file, { busyTimeoutMs, onStatement })
      : await openPostgres(address, onStatement);
  let client: Promise<Client> | undefined;
  return {
    reader: new Reader(address.provider, opened.adapter),
    db: lazyDb(() => {
      client ??= loadClient(address.provider, opened);
      return client;
    }),
    provider: address.provider,
    epoch: opened.meta.epoch,
    maskKey: opened.meta.maskKey,
    statementCount: opened.statementCount,
    close: async () => {
      await (await client)?.$disconnect();
      await opened.adapter.dispose();
    },
  };
}
