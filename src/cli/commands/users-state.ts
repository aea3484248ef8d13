import { Command, Option } from 'commander';
import { commandActor } from '../../app/user-name.ts';
import { AppError } from '../../types/errors.ts';
import type { Role } from '../../types/principal.ts';
import type { CliContext } from '../context.ts';
import { escapeText } from '../output/escape.ts';
import { readPassword } from '../people/read-password.ts';
import {
  accountFrom,
  accountOption,
  roleOption,
  type ScopeOptions,
  scopeFrom,
  withScopeOptions,
} from '../people/scope-options.ts';

interface UpdateOptions extends ScopeOptions {
  role?: Role;
  account?: string;
  displayName?: string;
  everything?: true;
  passwordStdin?: true;
}

export function updateUserCommand(context: CliContext): Command {
  const command = new Command('update')
    .description('change role, scope, account, display name or password of a user')
    .argument('<name>')
    .addOption(roleOption('what the user may do'))
    .addOption(accountOption())
    .option('--display-name <text>', 'the name that the page shows; empty: none')
    .option('--password-stdin', 'read a new password from standard input');
  return withScopeOptions(command)
    .addOption(new Option('--everything', 'lift the limits to providers, pools and tags').conflicts(['pool', 'tag']))
    .addHelpText(
      'after',
      `
--provider, --pool and --tag replace all that limited the user before. Another role, scope, account or password ends the user's sessions;
tokens stay, and may no more than the user.

Examples:
  $ rollcall users update bob --role viewer
  $ rollcall users update bob --provider pve-prod,pve-dev --tag shop
  $ rollcall users update bob --everything`,
    )
    .action(async (name: string, options: UpdateOptions) => {
      const { role, account, displayName, everything, passwordStdin, ...limits } = options;
      const { users } = await context.app.people();
      const user = await users.get(name);
      const scope = await scopeFrom(context, limits);
      if (everything && scope !== null) throw new AppError('usage', '--everything lifts what --provider would limit');
      const edit = {
        ...(role !== undefined && { role }),
        ...(displayName !== undefined && { displayName: displayName === '' ? null : displayName }),
        ...((everything === true || scope !== null) && { scope }),
        ...(await accountFrom(context, account)),
      };
      const password = passwordStdin ? await readPassword(context.io) : undefined;
      if (Object.keys(edit).length === 0 && password === undefined) {
        throw new AppError('usage', 'nothing to change', { hint: 'rollcall users update --help' });
      }
      await users.change(user, { ...edit, ...(password !== undefined && { password }) }, commandActor());
      context.output.note(`updated ${user.name}`);
    });
}

export function disableUserCommand(context: CliContext): Command {
  return new Command('disable')
    .description('log a user out, and refuse logins and tokens until enabled again')
    .argument('<name>')
    .addHelpText('after', '\nExamples:\n  $ rollcall users disable bob')
    .action(async (name: string) => {
      const { users } = await context.app.people();
      const user = await users.get(name);
      await users.change(user, { isDisabled: true }, commandActor());
      context.output.note(`disabled ${user.name}`);
    });
}

export function enableUserCommand(context: CliContext): Command {
  return new Command('enable')
    .description('let a disabled user log in again')
    .argument('<name>')
    .addHelpText(
      'after',
      '\nTokens count again too, unless they were revoked.\n\nExamples:\n  $ rollcall users enable bob',
    )
    .action(async (name: string) => {
      const { users } = await context.app.people();
      const user = await users.get(name);
      await users.change(user, { isDisabled: false }, commandActor());
      context.output.note(`enabled ${user.name}`);
    });
}

export function removeUserCommand(context: CliContext): Command {
  return new Command('remove')
    .description('remove a user with sessions and tokens')
    .argument('<name>')
    .option('--yes', 'do not ask')
    .addHelpText('after', '\nWhat the user did stays in `users log`.\n\nExamples:\n  $ rollcall users remove bob --yes')
    .action(async (name: string, { yes }: { yes?: true }) => {
      const { users } = await context.app.people();
      const user = await users.get(name);
      if (yes !== true && !(await isConfirmed(context, user.name))) return;
      await users.remove(user, commandActor());
      const isEmpty = !(await users.hasAny());
      context.output.note(
        `removed ${user.name}`,
        ...(isEmpty
          ? ['there is no user any more: a server on loopback shows the inventory to whoever is on its machine']
          : []),
      );
    });
}

async function isConfirmed({ io, output }: CliContext, name: string): Promise<boolean> {
  const what = `${name} and the tokens of ${name} will be removed`;
  if (!io.ask) throw new AppError('usage', what, { hint: `if that is right: rollcall users remove ${name} --yes` });
  if (await io.ask.confirm(escapeText(`${what}. Is that right?`))) return true;
  output.note('nothing was changed');
  return false;
}
