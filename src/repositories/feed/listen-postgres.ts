import { parseDatabaseUrl } from '../db/database-url.ts';
import { FEED_CHANNEL } from './feed-head.ts';

const AGAIN_MS = 5000;

/**
 * Calls `wake` whenever a version of the feed is committed, by any process. Does nothing for SQLite, which tells nobody. A connection
 * that breaks is made again; who polls misses nothing meanwhile.
 */
export async function listenToFeed(url: string, wake: () => void): Promise<{ close(): Promise<void> }> {
  const address = parseDatabaseUrl(url);
  if (address.provider === 'sqlite') return { close: async () => undefined };
  const { default: pg } = await import('pg');
  const { postgresConfig } = await import('../db/postgres-config.ts');
  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;
  let client: InstanceType<typeof pg.Client> | undefined;
  const again = (): void => {
    if (isClosed) return;
    clearTimeout(timer);
    timer = setTimeout(() => void open(), AGAIN_MS);
  };
  const open = async (): Promise<void> => {
    const opened = new pg.Client(postgresConfig(address.url));
    opened.on('error', again);
    opened.on('end', again);
    opened.on('notification', wake);
    try {
      await opened.connect();
      await opened.query(`LISTEN "${FEED_CHANNEL}"`);
      client = opened;
      if (isClosed) await opened.end();
      else wake();
    } catch {
      await opened.end().catch(() => undefined);
      again();
    }
  };
  await open();
  return {
    close: async () => {
      isClosed = true;
      clearTimeout(timer);
      await client?.end().catch(() => undefined);
    },
  };
}
