import { Command } from 'commander';
import type { Problem, VerifyReport } from '../../types/history-query.ts';
import type { CliContext } from '../context.ts';
import { EXIT } from '../exit-status.ts';
import type { Column } from '../output/column.ts';
import { plural } from '../output/format.ts';
import type { View } from '../output/output.ts';

const COLUMNS: readonly Column<Problem>[] = [
  { key: 'where', raw: ({ where }) => where },
  { key: 'message', header: 'PROBLEM', raw: ({ message }) => message, tone: () => 'bad' },
];

const HELP = `
Every revision carries a hash of its changes and of the revision before. This walks the chain from its beginning, replays
the changes, and compares the outcome with what is stored. A row that was changed, removed or inserted is named. Ends with
status 0 when all is well, else 1.

Examples:
  $ rollcall verify
  $ rollcall verify -o json | jq .problems`;

export function verifyCommand(context: CliContext): Command {
  return new Command('verify').addHelpText('after', HELP).action(async () => {
    const report = await (await context.audit()).verify();
    if (!report.ok) context.status = EXIT.failed;
    if (report.ok && context.options.quiet === true && context.options.output === 'table') return;
    const view: View<VerifyReport, Problem> = {
      columns: COLUMNS,
      rows: ({ problems }) => problems,
      ref: ({ where }) => where,
      layout: (value, draw) => [draw.line(summary(value)), draw.table(value.problems)],
      hints: ({ ok }) =>
        ok ? [] : ['the database was changed by something else than rollcall, or is damaged: compare it with a backup'],
    };
    await context.output.print(report, view);
  });
}

function summary({ ok, revisions, changes, snapshots, resources, problems }: VerifyReport): string {
  const checked = [
    plural(revisions, 'revision'),
    plural(changes, 'change'),
    plural(snapshots, 'snapshot'),
    plural(resources, 'resource'),
  ].join(', ');
  return ok
    ? `the history is whole: ${checked}`
    : `the history is NOT whole: ${plural(problems.length, 'problem')} in ${checked}`;
}
