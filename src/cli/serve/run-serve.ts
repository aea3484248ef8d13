import { fileURLToPath } from 'node:url';
import { readServerTls } from '../../app/config/serve-files.ts';
import { FeedLoop } from '../../app/feed-loop.ts';
import { openFeed } from '../../app/open-feed.ts';
import { openOidc } from '../../app/open-oidc.ts';
import { listen } from '../../server/listen.ts';
import { isLocal, parseBasePath, parseProxies, parseServeAddress } from '../../server/listen-address.ts';
import { buildServer } from '../../server/server.ts';
import type { CliContext } from '../context.ts';
import { WatchDeliveries } from '../notify/watch-deliveries.ts';
import { VERSION } from '../version.ts';
import { type LogFormat, WatchLog } from '../watch/log.ts';
import { openMetrics } from '../watch/metrics.ts';
import { openNotifier } from '../watch/notify.ts';
import { openWatchedOperations } from '../watch/operations.ts';
import { runWatch, type WatchOptions } from '../watch/run-watch.ts';

/** References that the page may name, unless others are allowed. */
const SECRETS = ['env:ROLLCALL_SECRET_*', 'keyring:rollcall/*'];

export interface ServeOptions {
  listen: string;
  allowRemote?: true;
  tlsCert?: string;
  tlsKey?: string;
  host?: string[];
  basePath: string;
  trustProxy?: string[];
  allowSecret?: string[];
  watch?: true;
  interval: number;
  maxSockets: number;
  rate: number;
  logFormat: LogFormat;
}

/** What is asked for on the page is performed here, also where nothing is synced by itself. */
async function performOperations(context: CliContext, log: WatchLog, watching: WatchOptions): Promise<void> {
  const { io, app } = context;
  const { timeout: timeoutMs, grace: graceMs, maxGuests, guestBudget: innerBudgetMs } = watching;
  const deliveries = new WatchDeliveries(app, (...said) => log.say(...said), io.clock);
  const performing = { log, deliveries, timeoutMs, graceMs, maxGuests, innerBudgetMs };
  const operations = await openWatchedOperations(context, performing);
  try {
    operations.start();
    await untilAborted(io.signal);
  } finally {
    await operations.close();
    await deliveries.close();
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Serves until the program receives a stop signal. `watching`: how to sync, where it does. */
export async function runServe(context: CliContext, options: ServeOptions, watching: WatchOptions): Promise<void> {
  const { io } = context;
  const address = parseServeAddress(options.listen, options.allowRemote === true);
  const basePath = parseBasePath(options.basePath);
  const tls = readServerTls(options.tlsCert, options.tlsKey);
  const log = new WatchLog(io, { format: options.logFormat, isQuiet: context.options.quiet === true });
  // What answers requests and what writes runs have connections of their own, and so has the feed: see App.another.
  const [app, reading] = [context.app.another(), context.app.another()];
  const notifier = openNotifier(io);
  try {
    const hub = await openFeed(await reading.connection(), { clock: io.clock });
    const loop = new FeedLoop(hub, (level, message) => log.say(level, message));
    const { server } = await buildServer({
      app,
      hub,
      version: VERSION,
      webFolder: fileURLToPath(new URL('../web', import.meta.url)),
      clock: io.clock,
      basePath,
      tls,
      isBehindTls: options.trustProxy !== undefined,
      hosts: options.host ?? [],
      oidc: await openOidc(app),
      // A proxy in front brings others, whatever headers it sets.
      isLocalOnly: isLocal(address) && options.trustProxy === undefined && options.host === undefined,
      trustedProxies: parseProxies(options.trustProxy ?? []),
      secrets: options.allowSecret ?? SECRETS,
      requestsPerMinute: options.rate,
      socketsPerUser: options.maxSockets,
      health: {
        isAlive: () => loop.isAlive,
        isReady: () => loop.isReady,
        metrics: await openMetrics(async () => (await app.inventory()).syncStatus()),
      },
      log: (level, message) => log.say(level, message),
    });
    const url = await listen(server, address, basePath);
    log.say('info', `serving ${url}`);
    const served = async () => {
      await loop.run(reading.databaseUrl, io.signal, () => void notifier.tell('--ready'));
      log.say('info', 'stopping: requests that were taken are answered');
      await server.close();
    };
    await Promise.all([
      served(),
      options.watch ? runWatch(context, watching) : performOperations(context, log, watching),
    ]);
  } finally {
    notifier.close();
    await Promise.all([app.close(), reading.close()]);
  }
}
