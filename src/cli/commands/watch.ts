import { setTimeout as sleep } from 'node:timers/promises';
import { Command, Option } from 'commander';
import type { SyncResult } from '../../types/sync-result.ts';
import type { Target } from '../config/select-providers.ts';
import type { CliContext } from '../context.ts';
import { concurrencyOption, timeoutOption } from '../options.ts';
import { formatDuration, formatLocal } from '../output/format.ts';
import { toJson } from '../output/serialize.ts';
import { parseDurationMs } from '../time.ts';
import { syncTargets, tellProblems } from './run-sync.ts';

interface WatchOptions {
  interval: number;
  timeout?: number;
  concurrency?: number;
}

const LEAST_INTERVAL_MS = 1000;

const HELP = `
Syncs each provider at its own interval (providers add --interval), else at --interval, until it is ended with SIGINT or
SIGTERM: then the run in progress is given up, of which nothing is stored, and the status is 0. A run that fails is told, and
tried again at the next turn. Prints one line for each run; with -o json one sync result a line.

Examples:
  $ rollcall watch
  $ rollcall watch --interval 1m --provider prod
  $ rollcall watch -o json --quiet >> syncs.jsonl`;

export function watchCommand(context: CliContext): Command {
  return new Command('watch')
    .description('sync every provider again and again, in the foreground')
    .addOption(
      new Option('--interval <duration>', 'of providers that have none of their own')
        .argParser((text) => Math.max(LEAST_INTERVAL_MS, parseDurationMs(text)))
        .default(5 * 60_000, '5m'),
    )
    .addOption(timeoutOption())
    .addOption(concurrencyOption())
    .addHelpText('after', HELP)
    .action(async (options: WatchOptions) => {
      const targets = await context.targets();
      const providers = await (await context.inventory()).listProviders();
      await Promise.all(
        targets.map((target) => {
          const own = providers.find(({ name }) => name === target.stored.name)?.schedule.discoverInterval;
          const intervalMs = own ? own * 60_000 : options.interval;
          context.output.note(`${target.used.name}: every ${formatDuration(intervalMs)}`);
          return watchTarget(context, target, { ...options, intervalMs });
        }),
      );
    });
}

/** One provider's loop. Its interval runs from start to start; a run that takes longer is followed at once. */
async function watchTarget(
  context: CliContext,
  target: Target,
  options: WatchOptions & { intervalMs: number },
): Promise<void> {
  const { signal } = context.io;
  while (!signal.aborted) {
    const startedMs = context.now().getTime();
    await syncOnce(context, target, options);
    const restMs = Math.max(0, startedMs + options.intervalMs - context.now().getTime());
    // The signal is how this loop ends.
    await sleep(restMs, undefined, { signal }).catch(() => undefined);
  }
}

async function syncOnce(context: CliContext, target: Target, options: WatchOptions): Promise<void> {
  try {
    const results = await syncTargets(context, [target], {
      method: 'syncAll',
      trigger: 'auto',
      timeoutMs: options.timeout,
      concurrency: options.concurrency,
    });
    const isJson = context.options.output === 'json';
    for (const result of results) context.io.stdout(isJson ? oneLine(result) : `${logLine(result, context.now())}\n`);
    tellProblems(context, results);
  } catch (error) {
    if (!context.io.signal.aborted) throw error;
  }
}

function oneLine(result: SyncResult): string {
  return `${toJson(result).replace(/\n\s*/g, '')}\n`;
}

function logLine({ providerName, outcome, summary }: SyncResult, now: Date): string {
  const counts = `${summary.total} guests, ${summary.new} new, ${summary.removed} gone, ${summary.changed} changed`;
  return `${formatLocal(now)} ${providerName}: ${outcome}, ${counts}`;
}
