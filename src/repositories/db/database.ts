import type { Connection, OpenedAdapter, OpenOptions } from './connection.ts';
import { type DatabaseAddress, parseDatabaseUrl } from './database-url.ts';
import { lazyDb } from './lazy-db.ts';
import { Reader } from './reader.ts';
import { Writer } from './writer.ts';

export type { Connection, Db, DbTransaction } from './connection.ts';

/**
 * Opens the database of `file:PATH`, `postgresql://…` or `postgres://…`; creates or migrates it if needed. A
 * write-protected SQLite file opens for reading. Throws AppError `configuration`, `database`, `database-newer`.
 */
export async function openDatabase(url: string, options: OpenOptions = {}): Promise<Connection> {
  const address = parseDatabaseUrl(url);
  const opened = await openAdapter(address, options);
  let client: ReturnType<typeof openClient> | undefined;
  const load = () => {
    client ??= openClient(address, opened);
    return client;
  };
  return {
    reader: new Reader(address.provider, opened.adapter),
    writer: new Writer(address.provider, opened.adapter),
    db: lazyDb(load),
    provider: address.provider,
    ...(opened.runForEach && { runForEach: opened.runForEach }),
    epoch: opened.meta.epoch,
    key: { id: opened.meta.keyId, oldMaskSecret: opened.meta.maskKey },
    statementCount: opened.statementCount,
    close: async () => {
      await (await client)?.$disconnect();
      await opened.adapter.dispose();
    },
  };
}

/** Loads only the module of the requested database. */
async function openAdapter(address: DatabaseAddress, options: OpenOptions): Promise<OpenedAdapter> {
  if (address.provider === 'sqlite') {
    const { openSqlite } = await import('./open-sqlite.ts');
    return openSqlite(address.file, options);
  }
  const { openPostgres } = await import('./open-postgres.ts');
  return openPostgres(address, options.onStatement ?? (() => undefined));
}

async function openClient({ provider }: DatabaseAddress, opened: OpenedAdapter) {
  const { loadClient } = await import('./prisma-client.ts');
  return loadClient(provider, opened);
}
