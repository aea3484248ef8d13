import { Command, Option } from 'commander';
import { parseDurationMs } from '../../text/time.ts';
import type { CliContext } from '../context.ts';
import {
  collect,
  concurrencyOption,
  guestBudgetOption,
  maxGuestsOption,
  parallelOption,
  timeoutOption,
} from '../options.ts';
import type { WatchOptions } from '../watch/run-watch.ts';

const LEAST_INTERVAL_MS = 1000;

const HELP = `
Syncs each provider on its own schedule (providers add --interval or --cron), otherwise every --interval. Between full runs it
polls the cluster's resources, tasks and log, and reads the guests that changed, so that a change is recorded within seconds.
Providers that are added, changed, disabled or removed while it runs are picked up. Any number of watchers on any number of
machines share the providers of one database, and take over from a watcher that is gone. A failed run is retried after
--retry-after, then after twice that, and so on up to 15 minutes. If the credential is refused three times, the provider is
paused until it has another one, or until \`providers enable\`.

Prints one line for each full run and for each poll that found changes, and below it the changes as in \`show-changes\`; with
-o json one sync result a line. The log goes to standard error. SIGINT or SIGTERM ends the program with status 0: a run in
progress may continue for --grace, then it is aborted and nothing of it is stored. A second signal aborts it at once.

Examples:
  $ rollcall watch
  $ rollcall watch --interval 1m --provider prod
  $ rollcall watch --listen 127.0.0.1:9469 --log-format json
  $ rollcall watch -o json --quiet >> syncs.jsonl`;

const duration = (leastMs: number) => (text: string) => Math.max(leastMs, parseDurationMs(text));

export function watchCommand(context: CliContext): Command {
  return new Command('watch')
    .addOption(
      new Option('--interval <duration>', 'interval of providers without their own schedule')
        .argParser(duration(LEAST_INTERVAL_MS))
        .default(5 * 60_000, '5m'),
    )
    .addOption(
      new Option('--feed-interval <duration>', 'interval between polls for changes')
        .argParser(duration(LEAST_INTERVAL_MS))
        .default(10_000, '10s'),
    )
    .option('--no-feeds', 'make only full runs; do not poll for changes')
    .addOption(
      new Option('--retry-after <duration>', 'delay before the first retry of a failed run')
        .argParser(duration(LEAST_INTERVAL_MS))
        .default(30_000, '30s'),
    )
    .addOption(
      new Option('--grace <duration>', 'how long a run may continue after SIGINT or SIGTERM')
        .argParser(duration(0))
        .default(20_000, '20s'),
    )
    .addOption(parallelOption())
    .addOption(timeoutOption())
    .addOption(concurrencyOption())
    .addOption(maxGuestsOption())
    .addOption(guestBudgetOption())
    .addOption(
      new Option('--log-format <format>', 'format of the log on standard error')
        .choices(['text', 'json'])
        .default('text'),
    )
    .option('--listen <address>', 'serve /metrics, /healthz and /readyz on this address, for example 127.0.0.1:9469')
    .addOption(
      new Option('--listen-host <names>', 'host names to accept in requests, in addition to the address').argParser(
        collect,
      ),
    )
    .option('--allow-remote', 'allow --listen on an address that other machines can reach')
    .addHelpText('after', HELP)
    .action(async (options: WatchOptions) => {
      const { runWatch } = await import('../watch/run-watch.ts');
      await runWatch(context, options);
    });
}
