import { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { addUserCommand, inviteUserCommand } from './users-add.ts';
import { listUsersCommand, showUserCommand, userLogCommand } from './users-list.ts';
import { disableUserCommand, enableUserCommand, removeUserCommand, updateUserCommand } from './users-state.ts';

const HELP = `
Users of the server and its page; the commands of this machine need none. A viewer sees, an operator also syncs and tests, an admin
also changes providers and users. With --provider, --pool or --tag a user sees nothing of the rest: no rows, no counts, no events.
docs/users.md describes logins, links, tokens and OpenID Connect.

Examples:
  $ rollcall users add alice --url https://rollcall.example.com
  $ rollcall users add bob --role operator --provider pve-prod --tag shop
  $ rollcall users log --limit 20`;

export function usersCommand(context: CliContext): Command {
  const command = new Command('users').usage('<command> [options]').addHelpText('after', HELP);
  const commands = [
    addUserCommand,
    listUsersCommand,
    showUserCommand,
    updateUserCommand,
    inviteUserCommand,
    disableUserCommand,
    enableUserCommand,
    removeUserCommand,
    userLogCommand,
  ];
  for (const make of commands) command.addCommand(make(context));
  return command;
}
