import type { ConnectOptions } from '../../app/app.ts';
import { openWorker } from '../../app/open-operations.ts';
import { MAX_TIMER_MS } from '../../types/limits.ts';
import { compileWildcard } from '../../types/wildcard.ts';
import type { CliContext } from '../context.ts';
import type { WatchDeliveries } from '../notify/watch-deliveries.ts';
import type { WatchLog } from './log.ts';

interface WatchedOperations extends Pick<ConnectOptions, 'concurrency' | 'maxGuests' | 'innerBudgetMs'> {
  log: WatchLog;
  deliveries: Pick<WatchDeliveries, 'wake'>;
  timeoutMs: number;
  /** How long what is under way may continue after the stop signal. */
  graceMs: number;
}

/** Operations that anybody asks for while the program watches. */
export interface Operations {
  /** Until the stop signal, or {@link close}. */
  start(): void;
  close(): Promise<void>;
}

/** Performs operations beside the watcher: those of the providers that are named, if some are, and those that are about none. */
export async function openWatchedOperations(
  context: CliContext,
  { log, deliveries, graceMs, ...perform }: WatchedOperations,
): Promise<Operations> {
  const { app, io, options } = context;
  const patterns = options.provider?.map((pattern) => compileWildcard(pattern));
  const worker = await openWorker(app, {
    ...perform,
    say: (level, message, about) => log.say(level, message, about),
    accepts: (name) => name === null || patterns === undefined || patterns.some((matches) => matches(name)),
    onStored: () => deliveries.wake(),
  });
  const closed = new AbortController();
  const late = new AbortController();
  const stop = AbortSignal.any([io.signal, closed.signal]);
  const abort = AbortSignal.any([late.signal, ...(io.insistence ? [io.insistence] : [])]);
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  stop.addEventListener(
    'abort',
    () => {
      timer = setTimeout(() => late.abort(), Math.min(graceMs, MAX_TIMER_MS));
    },
    { once: true },
  );
  return {
    start: () => {
      running = worker.run({ stop, abort });
    },
    close: async () => {
      closed.abort();
      await running;
      clearTimeout(timer);
    },
  };
}
