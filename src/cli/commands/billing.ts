import { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { applyCommand, rejectCommand } from './billing-decide.ts';
import { exportBookCommand } from './billing-export.ts';
import { ledgerCommand, listProposalsCommand, proposeCommand, showProposalCommand } from './billing-list.ts';
import { pricesCommand } from './billing-prices.ts';

const HELP = `
Proposals say which guests nobody pays for, which observed hours were not charged yet, which servers ended, and what to credit. An
hour is charged only if a run that listed every guest saw the guest in it. Nothing is billed before a person applies a proposal, or a
rule of the price list does. The account book only grows, and \`verify\` covers it. docs/billing.md explains price lists and rules.

Examples:
  $ rollcall billing prices set prices.yaml
  $ rollcall billing propose
  $ rollcall billing apply --all
  $ rollcall billing ledger`;

export function billingCommand(context: CliContext): Command {
  const command = new Command('billing').usage('<command> [options]').addHelpText('after', HELP);
  const commands = [
    pricesCommand,
    proposeCommand,
    listProposalsCommand,
    showProposalCommand,
    applyCommand,
    rejectCommand,
    ledgerCommand,
    exportBookCommand,
  ];
  for (const make of commands) command.addCommand(make(context));
  return command;
}
