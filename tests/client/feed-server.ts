import type { AddressInfo } from 'node:net';
import { App } from '../../src/app/app.ts';
import { openFeed } from '../../src/app/open-feed.ts';
import type { State } from '../../src/protocol/feed.ts';
import { buildServer } from '../../src/server/server.ts';
import type { FeedHub } from '../../src/services/feed/feed-hub.ts';
import { toState } from '../../src/services/feed/view.ts';
import { SERVER_DEPS } from '../helpers/server-deps.ts';

export interface FeedServer {
  port: number;
  /** Looks for a new version, as `serve` does every second. */
  tick(): Promise<void>;
  /** The state that this server tells. */
  state(): State;
  close(): Promise<void>;
}

/** The server of `serve` over a database, in this process, and without its timer. `port`: 0 for any. */
export async function openFeedServer(databaseUrl: string, clock: () => Date, port = 0): Promise<FeedServer> {
  const app = newApp(databaseUrl, clock);
  const reading = app.another();
  const hub: FeedHub = await openFeed(await reading.connection(), { clock });
  const { server } = await buildServer({ ...SERVER_DEPS, app, hub, clock });
  await server.listen({ host: '127.0.0.1', port });
  return {
    port: (server.server.address() as AddressInfo).port,
    tick: () => hub.tick(),
    state: () => toState(hub.current),
    close: async () => {
      await server.close();
      await Promise.all([app.close(), reading.close()]);
    },
  };
}

export function newApp(databaseUrl: string, clock: () => Date): App {
  const env = { DATABASE_URL: databaseUrl };
  const machine = {
    env,
    cwd: '/',
    signal: new AbortController().signal,
    clock,
    newId: () => Math.random().toString(36).slice(2, 18).padEnd(16, '0'),
  };
  const app = new App(machine, { warn: () => undefined, note: () => undefined });
  app.configure({ isMaker: true, env, flags: {}, providers: [] });
  return app;
}
