import { Command } from 'commander';
import { openAccounts } from '../../app/open-reconcile.ts';
import { commandActor } from '../../app/user-name.ts';
import { parseExternalId } from '../../services/reconcile/account-service.ts';
import { type Account, externalKey } from '../../types/account.ts';
import type { CliContext } from '../context.ts';
import { collect } from '../options.ts';
import type { Column } from '../output/column.ts';
import { formatLocal } from '../output/format.ts';
import { accountRulesCommand } from './account-rules.ts';

const COLUMNS: readonly Column<Account>[] = [
  { key: 'name', raw: ({ name }) => name },
  { key: 'ids', raw: ({ ids }) => ids.map(externalKey) },
  {
    key: 'createdAt',
    header: 'ADDED',
    raw: ({ createdAt }) => createdAt,
    text: ({ createdAt }) => formatLocal(createdAt),
  },
  { key: 'createdBy', header: 'BY', raw: ({ createdBy }) => createdBy, detail: 'wide' },
  { key: 'id', raw: ({ id }) => id, detail: 'wide' },
];

const HELP = `
An account is somebody who owns servers. Panels call it by ids of their own: \`whmcs:42\` is the owner 42 of the panel whmcs, and
\`user:alice\` the user alice of \`serve\`. An owner that no account has as an id is shown as that id. Rules find the owners of guests.

Examples:
  $ rollcall accounts add acme --id whmcs:42 --id cp:7 --id user:alice
  $ rollcall accounts rules set tag:owner-*=whmcs
  $ rollcall accounts list`;

const idsArgument = 'SYSTEM:VALUE';

export function accountsCommand(context: CliContext): Command {
  const command = new Command('accounts').usage('<command> [options]').addHelpText('after', HELP);
  const commands = [
    addAccountCommand,
    listAccountsCommand,
    addAccountIdCommand,
    removeAccountIdCommand,
    removeAccountCommand,
    accountRulesCommand,
  ];
  for (const make of commands) command.addCommand(make(context));
  return command;
}

function addAccountCommand(context: CliContext): Command {
  return new Command('add')
    .description('add an account')
    .argument('<name>')
    .option('--id <id>', 'what a panel calls it, SYSTEM:VALUE; repeatable', collect, [])
    .addHelpText('after', '\nExamples:\n  $ rollcall accounts add acme --id whmcs:42')
    .action(async (name: string, { id }: { id: string[] }) => {
      const account = await (await openAccounts(context.app)).add(name, id.map(parseExternalId), commandActor());
      await print(context, [account]);
    });
}

function listAccountsCommand(context: CliContext): Command {
  return new Command('list')
    .description('list accounts')
    .addHelpText('after', '\nExamples:\n  $ rollcall accounts list -o json')
    .action(async () => print(context, await (await openAccounts(context.app)).list()));
}

function addAccountIdCommand(context: CliContext): Command {
  return new Command('add-id')
    .description('add what a panel calls an account')
    .argument('<name>')
    .argument('<ids...>', idsArgument)
    .addHelpText('after', '\nExamples:\n  $ rollcall accounts add-id acme cp:7')
    .action(async (name: string, ids: string[]) => {
      const account = await (await openAccounts(context.app)).addIds(name, ids.map(parseExternalId), commandActor());
      await print(context, [account]);
    });
}

function removeAccountIdCommand(context: CliContext): Command {
  return new Command('remove-id')
    .description('remove what a panel calls an account')
    .argument('<name>')
    .argument('<ids...>', idsArgument)
    .addHelpText('after', '\nExamples:\n  $ rollcall accounts remove-id acme cp:7')
    .action(async (name: string, ids: string[]) => {
      const account = await (await openAccounts(context.app)).removeIds(name, ids.map(parseExternalId), commandActor());
      await print(context, [account]);
    });
}

function removeAccountCommand(context: CliContext): Command {
  return new Command('remove')
    .description('remove an account; its servers stay, under the ids of the panels')
    .argument('<name>')
    .addHelpText('after', '\nExamples:\n  $ rollcall accounts remove acme')
    .action(async (name: string) => {
      await (await openAccounts(context.app)).remove(name, commandActor());
      context.output.note(`removed ${name}`);
    });
}

async function print({ output }: CliContext, accounts: readonly Account[]): Promise<void> {
  await output.print<readonly Account[], Account>(accounts, {
    columns: COLUMNS,
    rows: (value) => value,
    ref: ({ name }) => name,
    empty: 'there is no account: rollcall accounts add --help',
  });
}
