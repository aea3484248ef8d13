import { Command, Option } from 'commander';
import type { CliContext } from '../context.ts';
import { collect, concurrencyOption, maxGuestsOption, parallelOption, timeoutOption } from '../options.ts';
import { parseDurationMs } from '../time.ts';
import type { WatchOptions } from '../watch/run-watch.ts';

const LEAST_INTERVAL_MS = 1000;

const HELP = `
Syncs each provider by its own schedule (providers add --interval or --cron), else at --interval. Between two full runs it polls
the cluster's resources, tasks and log and reads the guests that changed, so that a change is recorded within seconds. Providers
that are added, changed, disabled or removed meanwhile are followed. Any number of watchers on any number of machines share
the providers of one database, and take over from one that is gone. A run that fails is tried again after --retry-after, then
after twice that, and so on up to 15 minutes; after three refusals of its credential a provider is paused until it has
another one, or until \`providers enable\`.

Prints one line for each full run and for each poll that found changes, and below it the changes as \`show-changes\` has them;
with -o json one sync result a line. The log goes to standard error. SIGINT or SIGTERM ends it with status 0: a run in progress
may go on for --grace, then it is given up and nothing of it is stored; a second signal gives it up at once.

Examples:
  $ rollcall watch
  $ rollcall watch --interval 1m --provider prod
  $ rollcall watch --listen 127.0.0.1:9469 --log-format json
  $ rollcall watch -o json --quiet >> syncs.jsonl`;

const duration = (leastMs: number) => (text: string) => Math.max(leastMs, parseDurationMs(text));

export function watchCommand(context: CliContext): Command {
  return new Command('watch')
    .addOption(
      new Option('--interval <duration>', 'of providers that have no schedule of their own')
        .argParser(duration(LEAST_INTERVAL_MS))
        .default(5 * 60_000, '5m'),
    )
    .addOption(
      new Option('--feed-interval <duration>', 'between two polls for changes')
        .argParser(duration(LEAST_INTERVAL_MS))
        .default(10_000, '10s'),
    )
    .option('--no-feeds', 'full runs only')
    .addOption(
      new Option('--retry-after <duration>', 'first wait after a run that failed')
        .argParser(duration(LEAST_INTERVAL_MS))
        .default(30_000, '30s'),
    )
    .addOption(
      new Option('--grace <duration>', 'how long a run may go on after the end was asked for')
        .argParser(duration(0))
        .default(20_000, '20s'),
    )
    .addOption(parallelOption())
    .addOption(timeoutOption())
    .addOption(concurrencyOption())
    .addOption(maxGuestsOption())
    .addOption(
      new Option('--log-format <format>', 'of the log on standard error').choices(['text', 'json']).default('text'),
    )
    .option('--listen <address>', 'serve /metrics, /healthz and /readyz there, as 127.0.0.1:9469')
    .addOption(
      new Option('--listen-host <names>', 'names under which others may ask for it, beside its address').argParser(
        collect,
      ),
    )
    .option('--allow-remote', 'listen on an address that others can reach')
    .addHelpText('after', HELP)
    .action(async (options: WatchOptions) => {
      const { runWatch } = await import('../watch/run-watch.ts');
      await runWatch(context, options);
    });
}
