import { Command, Option } from 'commander';
import { commandActor } from '../../app/user-name.ts';
import { toShownUser } from '../../services/people/shown-user.ts';
import type { Invitation } from '../../services/people/user-service.ts';
import type { StoredUser } from '../../types/people.ts';
import type { Role } from '../../types/principal.ts';
import type { CliContext } from '../context.ts';
import { formatLocal } from '../output/format.ts';
import { invitationLink } from '../people/invitation-link.ts';
import { printSecret } from '../people/print-secret.ts';
import { readPassword } from '../people/read-password.ts';
import {
  accountFrom,
  accountOption,
  providerNames,
  roleOption,
  type ScopeOptions,
  scopeFrom,
  withScopeOptions,
} from '../people/scope-options.ts';
import { userColumns } from '../people/user-columns.ts';

const HELP = `
Without --password-stdin it prints a link, once, that sets the password: whoever opens it first within 24 hours becomes that user.
With --url it is a whole link, otherwise the path behind the address of the server. The first user is an admin.

Examples:
  $ rollcall users add alice --url https://rollcall.example.com
  $ rollcall users add bob --role operator --provider pve-prod --display-name 'Bob Moe'
  $ rollcall users add kunde --role customer --account 'ACME Ltd'
  $ pass show rollcall/carol | rollcall users add carol --pool shop --password-stdin`;

interface AddOptions extends ScopeOptions {
  role?: Role;
  account?: string;
  displayName?: string;
  passwordStdin?: true;
  url?: string;
}

const urlOption = () => new Option('--url <url>', 'the address of the server, for a whole link');

export function addUserCommand(context: CliContext): Command {
  const command = new Command('add')
    .description('add a user, and print the link that sets the password')
    .argument('<name>', 'letters, digits and . - _ @ +; not case sensitive')
    .addOption(roleOption('what the user may do; by default viewer, and admin for the first user'))
    .addOption(accountOption())
    .option('--display-name <text>', 'the name that the page shows')
    .option('--password-stdin', 'read the password from standard input')
    .addOption(urlOption());
  return withScopeOptions(command)
    .addHelpText('after', HELP)
    .action(async (name: string, { role, account, displayName, passwordStdin, url, ...scope }: AddOptions) => {
      const password = passwordStdin ? await readPassword(context.io) : undefined;
      // Refuses a bad address before there is a user.
      invitationLink({ secret: '', until: context.now() }, url);
      const people = await context.app.people();
      const limits = { scope: await scopeFrom(context, scope), ...(await accountFrom(context, account)) };
      const draft = { name, displayName, role, ...limits, password };
      const { user, invitation } = await people.users.add(draft, commandActor());
      context.output.note(`added ${user.name} as ${user.role}`);
      await printUser(context, user, invitation && { invitation, url });
    });
}

export function inviteUserCommand(context: CliContext): Command {
  return new Command('invite')
    .description('print a new link that sets the password')
    .argument('<name>')
    .addOption(urlOption())
    .addHelpText(
      'after',
      `
For a password that was forgotten. An earlier link is not valid any more; the present password is, until another one is set.

Examples:
  $ rollcall users invite alice --url https://rollcall.example.com`,
    )
    .action(async (name: string, { url }: { url?: string }) => {
      invitationLink({ secret: '', until: context.now() }, url);
      const { users } = await context.app.people();
      const user = await users.get(name);
      const invitation = await users.invite(user, commandActor());
      await printUser(context, await users.get(user.id), { invitation, url });
    });
}

async function printUser(
  context: CliContext,
  user: StoredUser,
  link: { invitation: Invitation; url: string | undefined } | null,
): Promise<void> {
  const { output, options } = context;
  const shown = toShownUser(user, context.now());
  if (link === null) {
    // A table would say no more than the note does.
    if (options.output === 'table' || options.output === 'wide') return;
    const columns = userColumns(await providerNames(context));
    return output.print(shown, { columns, rows: (value) => [value], ref: ({ name }) => name });
  }
  const { until } = link.invitation;
  const invitation = invitationLink(link.invitation, link.url);
  output.note(`open this once, until ${formatLocal(until)}, to set the password; it is not shown again:`);
  await printSecret(context, { ...shown, invitation }, 'invitation');
}
