import { Command, Option } from 'commander';
import { parseHeads, readHeads } from '../../app/kept-heads.ts';
import type { AuditReport, Problem } from '../../types/history-query.ts';
import type { CliContext } from '../context.ts';
import { EXIT } from '../exit-status.ts';
import { collect, repeated } from '../options.ts';
import type { Column } from '../output/column.ts';
import { plural } from '../output/format.ts';
import type { View } from '../output/output.ts';

interface VerifyCommandOptions {
  head?: readonly string[];
  headFile?: readonly string[];
}

const COLUMNS: readonly Column<Problem>[] = [
  { key: 'where', raw: ({ where }) => where },
  { key: 'message', header: 'PROBLEM', raw: ({ message }) => message, tone: () => 'bad' },
];

const COVERAGE = [
  '',
  'covered: revisions and changes (what, when, by whom), documents now and at every revision, tasks and log lines that changes',
  'refer to, settings of stored providers, the account book; of what this version has created also vmid, origin, first sight, removal',
  'not covered: runs, other tasks and log lines, when something was last seen or out of sight, held removals, sizes that only',
  'the cluster tells, telemetry, storage per node, state of providers; see docs/integrity.md',
];

const HELP = `
Every revision carries a hash of its changes and of the revision before. This command walks the chain from the beginning,
replays the changes, and compares the result with the stored state. It names every row that was changed, removed or inserted.
The exit status is 0 if the history is complete and unaltered, otherwise 1.

Someone who can write to the whole database can make a new chain. Only a head that was kept elsewhere reveals that. Pass it with
--head or --head-file: if the chain does not contain it, that is reported as a problem.

Examples:
  $ rollcall verify
  $ rollcall verify -o json | jq .problems
  $ rollcall verify -o json | jq -r .head | ssh backup 'cat >> rollcall.heads'
  $ ssh backup cat rollcall.heads > /tmp/heads && rollcall verify --head-file /tmp/heads`;

export function verifyCommand(context: CliContext): Command {
  return new Command('verify')
    .addOption(
      new Option('--head <heads>', 'REVISION:HASH that verify printed earlier; the chain must contain it').argParser(
        collect,
      ),
    )
    .addOption(new Option('--head-file <file>', 'check every head in this file; may be repeated').argParser(repeated))
    .addHelpText('after', HELP)
    .action(async ({ head = [], headFile = [] }: VerifyCommandOptions) => {
      const heads = [...parseHeads(head), ...readHeads(headFile, context.io.cwd)];
      const report = await (await context.app.audit()).verify({ heads });
      const { output, quiet } = context.options;
      if (!report.ok) context.status = EXIT.failed;
      if (!report.ok) await tellNotifiers(context, report);
      if (report.ok && quiet === true && output === 'table') return;
      await context.output.print(report, toView());
      if (output === 'csv' || output === 'name') context.output.note(`head ${report.head}`);
    });
}

/** Whatever comes of it, the report is printed. */
async function tellNotifiers(context: CliContext, { problems }: AuditReport): Promise<void> {
  const { tellHistory } = await import('../notify/deliver-after.ts');
  await tellHistory(context, problems);
}

function toView(): View<AuditReport, Problem> {
  return {
    columns: COLUMNS,
    rows: ({ problems }) => problems,
    ref: ({ where }) => where,
    layout: (value, draw) => [
      ...summary(value).map((line) => draw.line(line)),
      draw.table(value.problems),
      ...COVERAGE.map((line) => draw.line(line)),
    ],
    hints: ({ ok }) =>
      ok ? [] : ['the database was changed by something else than rollcall, or is damaged: compare it with a backup'],
  };
}

function summary({ ok, revisions, changes, snapshots, resources, head, proved, problems }: AuditReport): string[] {
  const checked = [
    plural(revisions, 'revision'),
    plural(changes, 'change'),
    plural(snapshots, 'snapshot'),
    plural(resources, 'resource'),
  ].join(', ');
  const result = ok
    ? `the history is whole: ${checked}`
    : `the history is NOT whole: ${plural(problems.length, 'problem')} in ${checked}`;
  return [
    result,
    ...(proved.length > 0 ? [`${plural(proved.length, 'kept head')} found in the chain`] : []),
    `head ${head}`,
  ];
}
