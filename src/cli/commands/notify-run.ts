import { Command, Option } from 'commander';
import type { NotifyReport } from '../../services/notify/notify-service.ts';
import { parseDurationMs } from '../../text/time.ts';
import { AppError } from '../../types/errors.ts';
import type { CliContext } from '../context.ts';
import { EXIT } from '../exit-status.ts';
import { findNotifier, findNotifiers } from '../notify/find-notifier.ts';
import type { Column } from '../output/column.ts';
import { formatLocal } from '../output/format.ts';

const COLUMNS: readonly Column<NotifyReport>[] = [
  { key: 'notifier', raw: ({ notifier }) => notifier },
  { key: 'planned', header: 'NEW', raw: ({ planned }) => planned, align: 'right' },
  { key: 'delivered', raw: ({ delivered }) => delivered, align: 'right' },
  { key: 'failed', raw: ({ failed }) => failed, align: 'right' },
  { key: 'nextAt', header: 'NEXT', raw: ({ nextAt }) => nextAt, text: ({ nextAt }) => nextText(nextAt) },
  { key: 'error', raw: ({ error }) => error, tone: () => 'bad' },
];

function nextText(nextAt: Date | null): string {
  return nextAt === null ? '' : formatLocal(nextAt);
}

export function runNotifiersCommand(context: CliContext): Command {
  return new Command('run')
    .description('turn what was recorded into messages and deliver them, for cron')
    .argument('[names...]', 'only these notifiers')
    .addOption(
      new Option('--timeout <duration>', 'how long it may take')
        .argParser((text: string) => parseDurationMs(text))
        .default(60_000, '60s'),
    )
    .option('--now', 'also try at once what waits for its next attempt')
    .addHelpText(
      'after',
      `
Reads the database, not the providers. It finds what discover-* and watch could not deliver, and providers that are overdue.
The exit status is 1 if a delivery failed; it is tried again.

Examples:
  $ rollcall notify run
  $ rollcall notify run ops --now`,
    )
    .action(async (names: string[], { timeout, now }: { timeout: number; now?: true }) => {
      const notifiers = await findNotifiers(context, names);
      const service = await context.app.notify();
      const options = { budgetMs: timeout, signal: context.io.signal, isNow: now === true };
      const reports = await service.run(notifiers, options);
      if (reports.some(({ error }) => error !== null)) context.status = EXIT.failed;
      await context.output.print(reports, {
        columns: COLUMNS,
        rows: (value) => value,
        ref: ({ notifier }) => notifier,
        empty: 'there is no active notifier: rollcall notify list',
        hints: (value) => value.flatMap(({ hint }) => (hint === undefined ? [] : [hint])),
      });
    });
}

export function testNotifierCommand(context: CliContext): Command {
  return new Command('test')
    .description('send a test message')
    .argument('<name>')
    .addHelpText(
      'after',
      '\nAlso to a notifier that is paused, and in quiet hours.\n\nExamples:\n  $ rollcall notify test ops',
    )
    .action(async (name: string) => {
      const notifier = await findNotifier(context, name);
      const outcome = await (await context.app.notify()).test(notifier);
      if (outcome.isDelivered) {
        context.output.note(`${name} took the test message`);
        return;
      }
      throw new AppError('unreachable', `${name}: ${outcome.error}`, {
        hint: outcome.hint ?? `rollcall notify show ${name} shows where it sends`,
      });
    });
}
