import { fileURLToPath } from 'node:url';
import { readServerTls } from '../../app/config/serve-files.ts';
import { FeedLoop } from '../../app/feed-loop.ts';
import { openFeed } from '../../app/open-feed.ts';
import { openOidc } from '../../app/open-oidc.ts';
import { listen } from '../../server/listen.ts';
import { isLocal, parseBasePath, parseProxies, parseServeAddress } from '../../server/listen-address.ts';
import { buildServer } from '../../server/server.ts';
import { AppError } from '../../types/errors.ts';
import type { CliContext } from '../context.ts';
import { WatchDeliveries } from '../notify/watch-deliveries.ts';
import { VERSION } from '../version.ts';
import { type LogFormat, WatchLog } from '../watch/log.ts';
import { openMetrics } from '../watch/metrics.ts';
import { type Notifier, openNotifier } from '../watch/notify.ts';
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
async function performOperations(
  context: CliContext,
  log: WatchLog,
  { stop, watching }: { stop: AbortSignal; watching: WatchOptions },
): Promise<void> {
  const { io, app } = context;
  const { timeout: timeoutMs, grace: graceMs, maxGuests, guestBudget: innerBudgetMs } = watching;
  const deliveries = new WatchDeliveries(app, (...said) => log.say(...said), io.clock);
  const performing = { log, deliveries, timeoutMs, graceMs, maxGuests, innerBudgetMs };
  const operations = await openWatchedOperations(context, performing);
  try {
    operations.start();
    await untilAborted(stop);
  } finally {
    await operations.close();
    await deliveries.close();
  }
}

/** The watcher does so where it runs. */
function tellSystem(notifier: Notifier, loop: FeedLoop, stop: AbortSignal): void {
  void notifier.tell('--ready');
  notifier.startWatchdog(() => loop.isAlive);
  stop.addEventListener('abort', () => void notifier.tell('STOPPING=1'), { once: true });
}

/** Passwords and tokens go to no other machine in the clear. Throws AppError `usage`. */
function requireSecrecy(isSecret: boolean, address: string): void {
  if (isSecret) return;
  throw new AppError('usage', `passwords would be sent to ${address} in the clear`, {
    hint: 'add --tls-cert and --tls-key; or --trust-proxy with the address of the proxy in front that speaks HTTPS',
  });
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
  requireSecrecy(isLocal(address) || tls !== null || options.trustProxy !== undefined, options.listen);
  const log = new WatchLog(io, { format: options.logFormat, isQuiet: context.options.quiet === true });
  // What answers requests and what writes runs have connections of their own, and so has the feed: see App.another.
  const [app, reading] = [context.app.another(), context.app.another()];
  const notifier = openNotifier(io);
  const ended = new AbortController();
  const stop = AbortSignal.any([io.signal, ended.signal]);
  const close: (() => Promise<void>)[] = [];
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
    close.push(() => server.close());
    const url = await listen(server, address, basePath);
    log.say('info', `serving ${url}`);
    const served = async () => {
      await loop.run(reading.databaseUrl, stop, () => (options.watch ? undefined : tellSystem(notifier, loop, stop)));
      log.say('info', 'stopping: requests that were taken are answered');
      await server.close();
    };
    const worked = options.watch ? runWatch(context, watching) : performOperations(context, log, { stop, watching });
    // What cannot sync, or perform what is asked for, does not serve either.
    const outcomes = await Promise.allSettled([served(), worked.finally(() => ended.abort())]);
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  } finally {
    notifier.close();
    for (const one of close) await one();
    await Promise.all([app.close(), reading.close()]);
  }
}
