import { Command, Option } from 'commander';
import { openFindings } from '../../app/open-reconcile.ts';
import { commandActor } from '../../app/user-name.ts';
import type { ShownFinding } from '../../services/reconcile/finding-service.ts';
import { durationMs, parseTime } from '../../text/time.ts';
import type { CliContext } from '../context.ts';
import { FINDING_COLUMNS, findingPairs } from '../reconcile/finding-columns.ts';

const HELP = `
\`rollcall list-findings\` lists them.

Examples:
  $ rollcall findings show 3f2a
  $ rollcall findings accept 3f2a --reason 'our own monitoring' --until 2027-01-31
  $ rollcall findings assign 3f2a alice`;

const ID = 'id of a finding, or its beginning';

export function findingsCommand(context: CliContext): Command {
  const command = new Command('findings').usage('<command> [options]').addHelpText('after', HELP);
  for (const make of [showFindingCommand, acceptFindingCommand, reopenFindingCommand, assignFindingCommand]) {
    command.addCommand(make(context));
  }
  return command;
}

function showFindingCommand(context: CliContext): Command {
  return new Command('show')
    .description('show one finding: its evidence, since when it is so, and what to do')
    .argument('<id>', ID)
    .addHelpText('after', '\nExamples:\n  $ rollcall findings show 3f2a')
    .action(async (id: string) => print(context, await (await openFindings(context.app)).get(id)));
}

function acceptFindingCommand(context: CliContext): Command {
  return new Command('accept')
    .description('take a finding out of the open ones, with the reason')
    .argument('<id>', ID)
    .addOption(new Option('--reason <text>', 'why it is right as it is').makeOptionMandatory())
    .option('--until <time>', 'when it counts again: 2027-01-31, 30d; by default it is accepted for good')
    .addHelpText(
      'after',
      `
Nothing is billed because of it meanwhile. \`findings reopen\` takes it back.

Examples:
  $ rollcall findings accept 3f2a --reason 'our own monitoring'
  $ rollcall findings accept 3f2a --reason 'moves next week' --until 14d`,
    )
    .action(async (id: string, { reason, until }: { reason: string; until?: string }) => {
      const end = until === undefined ? null : endOf(until, context.now());
      await print(
        context,
        await (await openFindings(context.app)).accept(id, { reason, until: end, by: commandActor() }),
      );
    });
}

function reopenFindingCommand(context: CliContext): Command {
  return new Command('reopen')
    .description('count a finding that was accepted among the open ones again')
    .argument('<id>', ID)
    .addHelpText('after', '\nExamples:\n  $ rollcall findings reopen 3f2a')
    .action(async (id: string) => print(context, await (await openFindings(context.app)).reopen(id, commandActor())));
}

function assignFindingCommand(context: CliContext): Command {
  return new Command('assign')
    .description('say who looks after a finding')
    .argument('<id>', ID)
    .argument('[person]', 'without one, nobody does any more')
    .addHelpText('after', '\nExamples:\n  $ rollcall findings assign 3f2a alice\n  $ rollcall findings assign 3f2a')
    .action(async (id: string, person: string | undefined) => {
      const assigned = { to: person ?? null, by: commandActor() };
      await print(context, await (await openFindings(context.app)).assign(id, assigned));
    });
}

async function print({ output }: CliContext, finding: ShownFinding): Promise<void> {
  await output.print(finding, {
    columns: FINDING_COLUMNS,
    rows: (value) => [value],
    ref: ({ id }) => id,
    layout: (value, draw) => [draw.plain(findingPairs(value))],
  });
}

/** A duration is counted from now on. */
function endOf(text: string, now: Date): Date {
  const ms = durationMs(text);
  return ms === null ? parseTime(text, now) : new Date(now.getTime() + ms);
}
