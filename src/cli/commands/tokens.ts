import { Command, Option } from 'commander';
import { commandActor } from '../../app/user-name.ts';
import { type ShownToken, toShownToken } from '../../services/people/shown-user.ts';
import { parseDurationMs } from '../../text/time.ts';
import type { Role } from '../../types/principal.ts';
import type { CliContext } from '../context.ts';
import type { Column } from '../output/column.ts';
import { formatAge, formatLocal } from '../output/format.ts';
import { printSecret } from '../people/print-secret.ts';
import {
  providerNames,
  roleOption,
  type ScopeOptions,
  scopeFrom,
  scopeText,
  withScopeOptions,
} from '../people/scope-options.ts';

const NEVER = 'never';

const HELP = `
A program sends its token as \`Authorization: Bearer …\`. A token may and sees no more than its user, also later, and counts until it
expires, is revoked, or its user is disabled.

Examples:
  $ rollcall tokens add alice --name ci --role viewer --expires 30d
  $ rollcall tokens list
  $ rollcall tokens revoke alice ci`;

export function tokensCommand(context: CliContext): Command {
  const command = new Command('tokens').usage('<command> [options]').addHelpText('after', HELP);
  for (const make of [addTokenCommand, listTokensCommand, revokeTokenCommand]) command.addCommand(make(context));
  return command;
}

interface AddOptions extends ScopeOptions {
  name: string;
  role?: Role;
  expires: number | typeof NEVER;
}

function addTokenCommand(context: CliContext): Command {
  const command = new Command('add')
    .description('make a token for a program, and print it')
    .argument('<user>')
    .addOption(new Option('--name <name>', 'what it is for').makeOptionMandatory())
    .addOption(roleOption('what it may do; by default what its user may'))
    .addOption(
      new Option('--expires <duration>', 'for how long it counts: 30d, 12w, or never')
        .argParser((text: string) => (text === NEVER ? NEVER : parseDurationMs(text)))
        .default(90 * 86_400_000, '90d'),
    );
  return withScopeOptions(command)
    .addHelpText(
      'after',
      `
The token is printed once, alone on standard output; only a hash of it is stored.

Examples:
  $ rollcall tokens add alice --name ci --role viewer > ci.token
  $ rollcall tokens add alice --name backup --provider pve-prod --expires never`,
    )
    .action(async (name: string, { name: tokenName, role, expires, ...scope }: AddOptions) => {
      const { users, tokens } = await context.app.people();
      const user = await users.get(name);
      const expiresAt = expires === NEVER ? null : new Date(context.now().getTime() + expires);
      const draft = { name: tokenName, role, scope: await scopeFrom(context, scope), expiresAt };
      const { secret, token } = await tokens.add(user, draft, commandActor());
      const until = expiresAt === null ? 'does not expire' : `counts until ${formatLocal(expiresAt)}`;
      context.output.note(`this token of ${user.name} (${token.role}) ${until}; it is not shown again:`);
      await printSecret(context, { ...toShownToken(token, user.name, context.now()), secret }, 'secret');
    });
}

function columnsWith(nameOf: (providerId: string) => string): readonly Column<ShownToken>[] {
  return [
    { key: 'user', raw: ({ user }) => user },
    { key: 'name', raw: ({ name }) => name },
    { key: 'role', raw: ({ role }) => role },
    {
      key: 'sees',
      raw: ({ scope }) => (scope === null ? 'what its user sees' : scopeText(scope, nameOf)),
      spare: 1,
    },
    { key: 'state', raw: ({ state }) => state, tone: ({ state }) => (state === 'active' ? 'plain' : 'dim') },
    {
      key: 'expiresAt',
      header: 'EXPIRES',
      raw: ({ expiresAt }) => expiresAt,
      text: ({ expiresAt }) => (expiresAt === null ? 'never' : formatLocal(expiresAt)),
    },
    {
      key: 'lastUsedAt',
      header: 'LAST USED',
      raw: ({ lastUsedAt }) => lastUsedAt,
      text: ({ lastUsedAt }, { now }) => (lastUsedAt === null ? 'never' : formatAge(lastUsedAt, now)),
    },
    { key: 'createdAt', header: 'ADDED', raw: ({ createdAt }) => createdAt, detail: 'wide' },
    { key: 'createdBy', header: 'BY', raw: ({ createdBy }) => createdBy, detail: 'wide' },
    { key: 'id', raw: ({ id }) => id, detail: 'wide' },
  ];
}

function listTokensCommand(context: CliContext): Command {
  return new Command('list')
    .description('list the tokens')
    .argument('[user]', 'of this user only')
    .addHelpText('after', '\nExamples:\n  $ rollcall tokens list\n  $ rollcall tokens list alice -o json')
    .action(async (name: string | undefined) => {
      const { users, tokens } = await context.app.people();
      const wanted = name === undefined ? undefined : await users.get(name);
      const names = new Map((await users.list()).map((user) => [user.id, user.name]));
      const rows = (await tokens.list(wanted?.id)).map((token) =>
        toShownToken(token, names.get(token.userId) ?? token.userId, context.now()),
      );
      await context.output.print(rows, {
        columns: columnsWith(await providerNames(context)),
        rows: (value) => value,
        ref: ({ user, name: token }) => `${user}/${token}`,
        empty: 'there is no token: rollcall tokens add USER --name NAME',
      });
    });
}

function revokeTokenCommand(context: CliContext): Command {
  return new Command('revoke')
    .description('refuse a token from now on')
    .argument('<user>')
    .argument('<name>', 'name or id of the token')
    .addHelpText(
      'after',
      '\nIts connections are closed within seconds.\n\nExamples:\n  $ rollcall tokens revoke alice ci',
    )
    .action(async (name: string, reference: string) => {
      const { users, tokens } = await context.app.people();
      const user = await users.get(name);
      const token = await tokens.get(user, reference);
      await tokens.revoke(user, token, commandActor());
      context.output.note(`revoked ${token.name} of ${user.name}`);
    });
}
