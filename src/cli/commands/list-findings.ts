import { Command } from 'commander';
import { openAccounts, openFindings } from '../../app/open-reconcile.ts';
import type { CliContext } from '../context.ts';
import { EXIT } from '../exit-status.ts';
import { offering, watched } from '../options.ts';
import { keysOf } from '../output/column.ts';
import { FINDING_COLUMNS, findingsView } from '../reconcile/finding-columns.ts';
import { accountOption, kindOption, kindsOf, panelOption } from '../reconcile/finding-options.ts';

interface ListFindingsOptions {
  open?: true;
  since?: string;
  kind?: string[];
  panel?: string[];
  account?: string;
}

const HELP = `
A finding is a difference between what runs and what a panel says, as the last \`rollcall reconcile\` left it. It opens when it is
found first, and closes by itself when it is not so any more. --open lists those that are neither closed nor accepted.

The exit status is ${EXIT.deviating} if one of those that are listed is open, otherwise ${EXIT.done}.

Examples:
  $ rollcall list-findings --open
  $ rollcall list-findings --open --kind external-server,orphaned-record --account acme
  $ rollcall list-findings --since 7d -o wide`;

export function listFindingsCommand(context: CliContext): Command {
  return watched(context, offering(new Command('list-findings'), keysOf(FINDING_COLUMNS)))
    .option('--open', 'only those that are neither closed nor accepted')
    .option('--since <time>', 'only those that were found first since then: 7d, yesterday, 2026-11-01')
    .addOption(kindOption())
    .addOption(panelOption())
    .addOption(accountOption())
    .addHelpText('after', HELP)
    .action(async ({ open, since, kind, panel, account }: ListFindingsOptions) => {
      const { app } = context;
      const accountKey = account === undefined ? undefined : await (await openAccounts(app)).keyOf(account);
      const findings = await (await openFindings(app)).list({
        isOpen: open === true,
        since: context.time(since),
        kinds: kind && kindsOf(kind),
        panels: panel,
        accountKey,
      });
      if (findings.some(({ isOpen }) => isOpen)) context.status = EXIT.deviating;
      await context.output.print(findings, findingsView(open === true ? 'no finding is open' : 'no findings'));
    });
}
