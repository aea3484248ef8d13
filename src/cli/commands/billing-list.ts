import { Command, Option } from 'commander';
import { openBilling } from '../../app/open-billing.ts';
import type { Book } from '../../services/billing/billing-service.ts';
import { PROPOSAL_STATES, type ProposalState, type Transaction } from '../../types/billing.ts';
import { PROPOSAL_VIEW, proposalsView, SERVER_COLUMNS, TRANSACTION_COLUMNS } from '../billing/billing-view.ts';
import type { CliContext } from '../context.ts';
import { plural } from '../output/format.ts';
import type { View } from '../output/output.ts';

export function proposeCommand(context: CliContext): Command {
  return new Command('propose')
    .description('propose what to bill and to credit, from what is stored, and list what is open')
    .addHelpText(
      'after',
      `
It makes no call to a provider or panel. Proposals that are not right any more go out of date; run again, it proposes nothing twice.

Examples:
  $ rollcall billing propose
  $ rollcall billing propose -o json | jq '.[] | select(.kind == "create")'`,
    )
    .action(async () => {
      const { opened, outdated, proposals, hints } = await (await openBilling(context.app)).propose();
      await context.output.print(proposals, {
        ...proposalsView('nothing to bill or to credit'),
        footer: async () => [`${plural(opened, 'new proposal')}, ${outdated} out of date`],
        hints: () => hints,
      });
    });
}

export function listProposalsCommand(context: CliContext): Command {
  return new Command('list')
    .description('list proposals, the newest first')
    .addOption(new Option('--state <state>', 'in this state').choices(PROPOSAL_STATES).default('open'))
    .option('--account <id>', 'only of this account')
    .addHelpText(
      'after',
      `
Examples:
  $ rollcall billing list
  $ rollcall billing list --state rejected -o json`,
    )
    .action(async ({ state, account }: { state: ProposalState; account?: string }) => {
      const found = await (await openBilling(context.app)).list({ state, account });
      await context.output.print(found, proposalsView(`no proposals are ${state}`));
    });
}

export function showProposalCommand(context: CliContext): Command {
  return new Command('show')
    .description('show one proposal with its hours')
    .argument('<id>', 'id of a proposal, or its beginning')
    .addHelpText(
      'after',
      `
Times are in UTC: an hour is the same for everybody.

Examples:
  $ rollcall billing show 7f3k
  $ rollcall billing show 7f3k -o json | jq .detail.hours`,
    )
    .action(async (id: string) => {
      await context.output.print(await (await openBilling(context.app)).get(id), PROPOSAL_VIEW);
    });
}

export function ledgerCommand(context: CliContext): Command {
  return new Command('ledger')
    .description('show the account book: servers, transactions, and what each account owes')
    .option('--account <id>', 'only of this account')
    .addHelpText(
      'after',
      `
Amounts are exact; only totals are rounded, as the price list says.

Examples:
  $ rollcall billing ledger
  $ rollcall billing ledger --account a1b2 -o json | jq .totals`,
    )
    .action(async ({ account }: { account?: string }) => {
      await context.output.print(await (await openBilling(context.app)).book({ account }), BOOK_VIEW);
    });
}

const BOOK_VIEW: View<Book, Transaction> = {
  columns: TRANSACTION_COLUMNS,
  rows: ({ transactions }) => transactions,
  ref: ({ id }) => id,
  layout: ({ servers, transactions, totals }, draw) =>
    servers.length === 0
      ? [draw.line('the account book is empty', 'dim')]
      : [
          draw.grid(SERVER_COLUMNS, servers),
          draw.line(''),
          draw.table(transactions),
          draw.line(''),
          ...totals.map(({ accountKey, currency, hours, total }) =>
            draw.line(`${accountKey}: ${total} ${currency} for ${plural(hours, 'hour')}`),
          ),
        ],
};
