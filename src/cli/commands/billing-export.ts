import { Command, Option } from 'commander';
import { openBilling } from '../../app/open-billing.ts';
import { parseTime } from '../../text/time.ts';
import { AppError } from '../../types/errors.ts';
import type { CliContext } from '../context.ts';
import { plural } from '../output/format.ts';

const FORMATS = ['csv', 'sql', 'json'] as const;
type ExportFormat = (typeof FORMATS)[number];

interface ExportOptions {
  format?: ExportFormat;
  since?: string;
  webhook?: string;
  secret?: string;
  allowPrivate?: true;
}

export function exportBookCommand(context: CliContext): Command {
  return new Command('export')
    .description('write the transactions of the account book for other systems')
    .addOption(new Option('--format <format>', 'of what is printed: csv unless -o says json').choices(FORMATS))
    .option('--since <time>', 'only what was written since: 2026-11-01, 7d')
    .option('--webhook <url>', 'post each transaction there, in place of printing them')
    .option('--secret <reference>', 'key that signs every request: env:NAME, file:/path')
    .option('--allow-private', 'the receiver may have a loopback, private or link-local address')
    .addHelpText(
      'after',
      `
A transaction has the same id whenever it is exported. SQL inserts each id once; a webhook gets it as the header Idempotency-Key, and
the signature of notifiers (docs/notifications.md). A receiver that refuses one ends the export: run it again.

Examples:
  $ rollcall billing export --format sql --since 7d | psql billing
  $ rollcall billing export --webhook https://billing.example.com/rollcall --secret file:/etc/rollcall/billing.key`,
    )
    .action(async (options: ExportOptions) => {
      const { app, output } = context;
      const format = formatOf(context, options);
      const since = options.since === undefined ? undefined : parseTime(options.since, context.now());
      const rows = await (await openBilling(app)).exported({ since });
      if (options.webhook !== undefined) {
        await post(context, options.webhook, rows, options);
        output.note(`delivered ${plural(rows.length, 'transaction')}`);
        return;
      }
      if (format === 'json') {
        context.useFormat('json');
        await context.output.print(rows, { columns: [], rows: (value) => value, ref: ({ id }) => id });
        return;
      }
      const { bookCsv, bookSql } = await import('../../services/billing/export-book.ts');
      output.text(format === 'csv' ? bookCsv(rows) : bookSql(rows));
    });
}

/** Throws AppError('usage') for options of lists, which would be ignored. */
function formatOf({ options: { output, columns, sort } }: CliContext, { format }: ExportOptions): ExportFormat {
  const shared = FORMATS.find((one) => one === output);
  const isIgnored = columns !== undefined || sort !== undefined;
  const isClear = output === 'table' || (shared !== undefined && (format ?? shared) === shared);
  if (isClear && !isIgnored) return format ?? shared ?? 'csv';
  throw new AppError('usage', 'billing export prints csv, sql or json, without other formats, --columns and --sort', {
    hint: 'rollcall billing ledger takes them',
  });
}

async function post(
  { app, io, options: global }: CliContext,
  url: string,
  rows: Parameters<typeof import('../../app/billing-webhook.ts')['postTransactions']>[0],
  { secret, allowPrivate }: ExportOptions,
): Promise<void> {
  if (secret === undefined)
    throw new AppError('usage', '--webhook needs --secret, so that the receiver can tell who sent it');
  const { resolveSecret } = await import('../../app/config/secret.ts');
  const { postTransactions } = await import('../../app/billing-webhook.ts');
  await postTransactions(rows, {
    url,
    secret: await resolveSecret(secret, { ...(await app.secretSources({})), option: '--secret' }),
    isPrivateAllowed: allowPrivate === true,
    caFile: global.caFile,
    signal: io.signal,
    clock: io.clock,
  });
}
