import type { ConnectOptions } from '../../app/app.ts';
import type { Target } from '../../app/config/select-providers.ts';
import { isDeadHolder, ownHolder } from '../../app/holder.ts';
import type { WatchTarget } from '../../services/watch/watch-types.ts';
import { Watcher } from '../../services/watch/watcher.ts';
import { hostNames } from '../../text/host-header.ts';
import { AppError } from '../../types/errors.ts';
import type { CliContext } from '../context.ts';
import { WatchDeliveries } from '../notify/watch-deliveries.ts';
import { formatDuration, plural } from '../output/format.ts';
import { type Health, type ListenAddress, parseListen, serveHealth } from './listen.ts';
import { type LogFormat, WatchLog } from './log.ts';
import { type Metrics, openMetrics } from './metrics.ts';
import { openNotifier } from './notify.ts';
import { openWatchedOperations } from './operations.ts';
import { watchReport } from './report.ts';

/** A loop that has not gone round for this long is stuck. It never waits for more than 30 s. */
const STUCK_MS = 90_000;

export interface WatchOptions {
  interval: number;
  feedInterval: number;
  feeds: boolean;
  retryAfter: number;
  grace: number;
  parallel: number;
  timeout: number;
  concurrency?: number;
  maxGuests: number;
  guestBudget: number;
  logFormat: LogFormat;
  listen?: string;
  listenHost?: string[];
  allowRemote?: true;
}

/** Watches until the program receives a stop signal. */
export async function runWatch(context: CliContext, options: WatchOptions): Promise<void> {
  const { io } = context;
  const address = listenAddress(options);
  const names = hostNames(options.listenHost ?? []);
  const log = new WatchLog(io, { format: options.logFormat, isQuiet: context.options.quiet === true });
  const metrics = address && (await openMetrics(async () => (await context.app.inventory()).syncStatus()));
  const deliveries = new WatchDeliveries(context.app, (...said) => log.say(...said), io.clock);
  const insistence = io.insistence ?? new AbortController().signal;
  const watcher = new Watcher({
    claims: await context.app.watchClaims(),
    targets: () =>
      watchTargets(context, log, {
        concurrency: options.concurrency,
        maxGuests: options.maxGuests,
        innerBudgetMs: options.guestBudget,
        signal: insistence,
      }),
    holder: `${ownHolder()}.${io.newId().slice(-4)}`,
    isDead: isDeadHolder,
    clock: io.clock,
    random: Math.random,
    report: watchReport(context, log, { metrics, deliveries }),
    options: {
      intervalMs: options.interval,
      feedIntervalMs: options.feeds ? options.feedInterval : null,
      parallel: options.parallel,
      timeoutMs: options.timeout,
      graceMs: options.grace,
      retryMs: options.retryAfter,
    },
  });
  const operations = await openWatchedOperations(context, {
    log,
    deliveries,
    timeoutMs: options.timeout,
    graceMs: options.grace,
    maxGuests: options.maxGuests,
    innerBudgetMs: options.guestBudget,
    ...(options.concurrency !== undefined && { concurrency: options.concurrency }),
  });
  const started = await introduction(context, options);
  try {
    await withServices(context, { log, metrics, address, names, watcher }, async (onReady) => {
      await watcher.run({
        stop: io.signal,
        abort: insistence,
        onReady: () => {
          log.say('info', started);
          onReady();
          deliveries.wake();
          operations.start();
        },
      });
    });
  } finally {
    await operations.close();
    await deliveries.close();
  }
}

function listenAddress({ listen, listenHost, allowRemote }: WatchOptions): ListenAddress | null {
  if (listen !== undefined) return parseListen(listen, allowRemote === true);
  if (listenHost === undefined) return null;
  throw new AppError('usage', '--listen-host is given without --listen', { hint: 'add --listen 127.0.0.1:9469' });
}

/** Throws configuration errors at the start. Later they are reported, and `watch` waits until they are fixed. */
async function introduction(context: CliContext, { interval, feeds, feedInterval }: WatchOptions): Promise<string> {
  const targets = await context.app.targets();
  const polls = feeds ? `, polling for changes every ${formatDuration(feedInterval)}` : '';
  return `watching ${plural(targets.length, 'provider')}, every ${formatDuration(interval)} unless told otherwise${polls}`;
}

async function withServices(
  context: CliContext,
  {
    log,
    metrics,
    address,
    names,
    watcher,
  }: {
    log: WatchLog;
    metrics: Metrics | null;
    address: ListenAddress | null;
    names: readonly string[];
    watcher: Watcher;
  },
  work: (onReady: () => void) => Promise<void>,
): Promise<void> {
  const health: Health = {
    isAlive: () => performance.now() - watcher.health.beatMs < STUCK_MS,
    isReady: () => watcher.health.isReady,
  };
  const notifier = openNotifier(context.io);
  const onOtherHost = (header: string) =>
    log.say('warn', `a request for the host '${header}' was refused`, { hint: 'allow its name with --listen-host' });
  const server = address && metrics && (await serveHealth(address, { health, metrics, names, onOtherHost }));
  if (server) log.say('info', `listening on ${server.url}`);
  const stopping = () => void notifier.tell('STOPPING=1');
  context.io.signal.addEventListener('abort', stopping, { once: true });
  try {
    await work(() => {
      void notifier.tell('--ready');
      notifier.startWatchdog(health.isAlive);
    });
  } finally {
    context.io.signal.removeEventListener('abort', stopping);
    notifier.close();
    await server?.close();
  }
}

type TargetOptions = Pick<ConnectOptions, 'concurrency' | 'maxGuests' | 'innerBudgetMs'> & { signal: AbortSignal };

/** The providers as currently configured by the command line, the environment and the database. There may be none. */
async function watchTargets(context: CliContext, log: WatchLog, options: TargetOptions): Promise<WatchTarget[]> {
  try {
    return (await context.app.targets(undefined, () => undefined)).map((target) =>
      toWatchTarget(context, target, log, options),
    );
  } catch (error) {
    if (error instanceof AppError && (error.code === 'not-found' || error.code === 'configuration')) return [];
    throw error;
  }
}

function toWatchTarget(context: CliContext, target: Target, log: WatchLog, options: TargetOptions): WatchTarget {
  const { stored, used } = target;
  const { endpoints, tls, credential } = used;
  return {
    name: stored.name,
    config: stored,
    settings: JSON.stringify({ endpoints, tls, credential }),
    open: () =>
      context.app.openSync(target, {
        ...options,
        onWarning: (message) => log.say('warn', message, { provider: stored.name }),
      }),
  };
}
