import { Command, Option } from 'commander';
import { parseDurationMs } from '../../text/time.ts';
import type { CliContext } from '../context.ts';
import { collect, wholeNumber } from '../options.ts';
import type { ServeOptions } from '../serve/run-serve.ts';
import type { WatchOptions } from '../watch/run-watch.ts';

const HELP = `
Serves a web page, an API (/api/v1, described by /api/v1/openapi.json) and a live feed of the inventory. It reads the same database
as the commands, and tells at once what any process records there: a cron job, a watcher, another machine. With --watch it is also a
watcher.

Without users it serves only this machine, and only for reading. \`rollcall users add NAME\` makes the first user, an administrator;
from then on everybody logs in.

Other machines need --allow-remote, and HTTPS, so that no password goes in the clear: either --tls-cert and --tls-key, or a reverse
proxy in front, whose address is told by --trust-proxy and the name by which it is reached by --host. SIGINT or SIGTERM ends the
program: requests that were taken are answered, and pages come back by themselves to the next one.

Examples:
  $ rollcall serve
  $ rollcall serve --watch --interval 1m
  $ rollcall serve --listen 0.0.0.0:8440 --allow-remote --tls-cert fullchain.pem --tls-key key.pem --host inventory.example.com
  $ rollcall serve --base-path /rollcall --trust-proxy 127.0.0.1 --host intranet.example.com
  $ rollcall serve --listen unix:/run/rollcall/serve.sock
  $ curl -s http://127.0.0.1:8440/api/v1/hosts?selector=tag=prod | jq -r '.items[].name'`;

export function serveCommand(context: CliContext): Command {
  return new Command('serve')
    .addOption(new Option('--listen <address>', 'address, or unix:/path of a socket').default('127.0.0.1:8440'))
    .option('--allow-remote', 'allow --listen on an address that other machines can reach')
    .option('--tls-cert <file>', 'certificate with its chain, PEM')
    .option('--tls-key <file>', 'its key, PEM')
    .addOption(new Option('--host <names>', 'names by which it is reached, besides the address').argParser(collect))
    .addOption(new Option('--base-path <path>', 'path below which everything is served').default(''))
    .addOption(
      new Option(
        '--trust-proxy <addresses>',
        'addresses or networks of proxies whose forwarded headers count',
      ).argParser(collect),
    )
    .addOption(
      new Option(
        '--allow-secret <patterns>',
        'references to secrets that admins may name on the page (default: env:ROLLCALL_SECRET_*, keyring:rollcall/*)',
      ).argParser(collect),
    )
    .option('--watch', 'sync every provider continuously, as `watch` does')
    .addOption(
      new Option('--interval <duration>', 'with --watch: interval of providers without their own schedule')
        .argParser((text) => Math.max(1000, parseDurationMs(text)))
        .default(5 * 60_000, '5m'),
    )
    .addOption(
      new Option('--max-sockets <count>', 'live connections of one user').argParser(wholeNumber(1)).default(50),
    )
    .addOption(
      new Option('--rate <count>', 'requests of one address in a minute').argParser(wholeNumber(1)).default(1200),
    )
    .addOption(
      new Option('--log-format <format>', 'format of the log on standard error')
        .choices(['text', 'json'])
        .default('text'),
    )
    .addHelpText('after', HELP)
    .action(async (options: ServeOptions) => {
      const { runServe } = await import('../serve/run-serve.ts');
      const { watchCommand } = await import('./watch.ts');
      const { interval, logFormat } = options;
      const watching = { ...watchCommand(context).opts<WatchOptions>(), interval, logFormat };
      await runServe(context, options, watching);
    });
}
