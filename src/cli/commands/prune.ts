import { Command, Option } from 'commander';
import { parseDurationMs } from '../../text/time.ts';
import { AppError } from '../../types/errors.ts';
import type { PruneReport } from '../../types/history-query.ts';
import type { CliContext } from '../context.ts';
import type { Column } from '../output/column.ts';
import { escapeText } from '../output/escape.ts';
import { formatLocal } from '../output/format.ts';
import type { View } from '../output/output.ts';

interface PruneCommandOptions {
  keep: number;
  dryRun?: true;
  yes?: true;
}

const DAY_MS = 86_400_000;
/** Whoever keeps less has probably mistyped it: `0d`, or `m` for months. */
const LEAST_USUAL_MS = DAY_MS;

const COLUMNS: readonly Column<PruneReport>[] = [
  { key: 'changes', raw: ({ changes }) => changes, align: 'right' },
  { key: 'snapshots', raw: ({ snapshots }) => snapshots, align: 'right' },
  { key: 'runs', raw: ({ runs }) => runs, align: 'right' },
  { key: 'tasks', raw: ({ tasks }) => tasks, align: 'right' },
  { key: 'logEntries', header: 'LOG LINES', raw: ({ logEntries }) => logEntries, align: 'right' },
  {
    key: 'records',
    raw: ({ records }) => records,
    align: 'right',
    detail: (rows) => rows.some(({ records }) => records > 0),
  },
  {
    key: 'addresses',
    raw: ({ addresses }) => addresses,
    align: 'right',
    detail: (rows) => rows.some(({ addresses }) => addresses > 0),
  },
  {
    key: 'backups',
    raw: ({ backups }) => backups,
    align: 'right',
    detail: (rows) => rows.some(({ backups }) => backups > 0),
  },
  { key: 'upToRev', header: 'UP TO REVISION', raw: ({ upToRev }) => upToRev, align: 'right' },
];

const HELP = `
Drops the details of changes older than --keep. The time, kind and author of each change stay, as do every creation and removal
and the current state. Addresses that guests had before, and their backups but for the last one, are dropped too. The hash chain still verifies. The history is verified first, and nothing is dropped if the
verification finds a problem.

Examples:
  $ rollcall prune --keep 90d --dry-run
  $ rollcall prune --keep 52w`;

export function pruneCommand(context: CliContext): Command {
  return new Command('prune')
    .addOption(
      new Option('--keep <duration>', 'keep details of changes this far back: 90d, 52w')
        .argParser(parseDurationMs)
        .default(90 * DAY_MS, '90d'),
    )
    .option('--dry-run', 'only report what would be dropped')
    .option('--yes', 'also drop details of the last day without asking')
    .addHelpText('after', HELP)
    .action(async ({ keep, dryRun, yes }: PruneCommandOptions) => {
      const now = context.now();
      const before = new Date(Math.max(0, now.getTime() - keep));
      if (keep < LEAST_USUAL_MS && !dryRun && !yes && !(await isConfirmed(context, before))) return;
      const report = await (await context.app.audit()).prune({
        before,
        now,
        ...(dryRun && { dryRun }),
      });
      const view: View<PruneReport, PruneReport> = {
        columns: COLUMNS,
        rows: (value) => [value],
        ref: ({ upToRev }) => String(upToRev),
        footer: async (value) => [
          `${report.dryRun ? 'would be dropped' : 'dropped'}: details from before ${formatLocal(value.before)}`,
        ],
      };
      await context.output.print(report, view);
    });
}

async function isConfirmed({ io, output }: CliContext, before: Date): Promise<boolean> {
  const what = `this drops the details of every change from before ${formatLocal(before)}, for good`;
  if (!io.ask) throw new AppError('usage', what, { hint: 'see first what it is with --dry-run; then add --yes' });
  if (await io.ask.confirm(escapeText(`${what}. Drop them?`))) return true;
  output.note('nothing was dropped');
  return false;
}
