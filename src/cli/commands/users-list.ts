import { Command, Option } from 'commander';
import type { ShownSession } from '../../services/people/session-service.ts';
import { type ShownUser, toShownUser } from '../../services/people/shown-user.ts';
import type { ActionRecord } from '../../types/people.ts';
import type { CliContext } from '../context.ts';
import { limitOption } from '../options.ts';
import type { Column } from '../output/column.ts';
import { formatLocal } from '../output/format.ts';
import { providerNames, scopeText } from '../people/scope-options.ts';
import { type NameOf, userColumns } from '../people/user-columns.ts';

const LOG_COLUMNS: readonly Column<ActionRecord>[] = [
  { key: 'at', header: 'WHEN', raw: ({ at }) => at, text: ({ at }) => formatLocal(at), isSolid: true },
  { key: 'actor', header: 'WHO', raw: ({ actor }) => actor },
  { key: 'via', raw: ({ via }) => via },
  { key: 'address', header: 'FROM', raw: ({ address }) => address, detail: (rows) => rows.some((row) => row.address) },
  { key: 'action', raw: ({ action }) => action },
  { key: 'target', header: 'WHAT', raw: ({ target }) => target },
  { key: 'outcome', raw: ({ outcome }) => outcome, tone: ({ outcome }) => (outcome === 'done' ? 'plain' : 'bad') },
  { key: 'detail', raw: ({ detail }) => detailText(detail), detail: 'wide', spare: 1 },
];

function detailText(detail: unknown): string | null {
  return detail === null ? null : JSON.stringify(detail);
}

export function listUsersCommand(context: CliContext): Command {
  return new Command('list')
    .description('list the users')
    .addHelpText('after', '\nExamples:\n  $ rollcall users list\n  $ rollcall users list -o json')
    .action(async () => {
      const { users } = await context.app.people();
      const rows = (await users.list()).map((user) => toShownUser(user, context.now()));
      await context.output.print(rows, {
        columns: userColumns(await providerNames(context)),
        rows: (value) => value,
        ref: ({ name }) => name,
        empty: 'there is no user: rollcall users add NAME',
      });
    });
}

export function showUserCommand(context: CliContext): Command {
  return new Command('show')
    .description('show one user, and where the user is logged in')
    .argument('<name>')
    .addHelpText('after', '\nExamples:\n  $ rollcall users show alice')
    .action(async (name: string) => {
      const { users, sessions } = await context.app.people();
      const user = await users.get(name);
      const shown = { ...toShownUser(user, context.now()), sessions: await sessions.listOf(user) };
      const nameOf = await providerNames(context);
      await context.output.print(shown, {
        columns: userColumns(nameOf),
        rows: (value) => [value],
        ref: (value) => value.name,
        layout: (value, draw) => [draw.plain(pairsOf(value, nameOf))],
      });
    });
}

function pairsOf(user: ShownUser & { sessions: readonly ShownSession[] }, nameOf: NameOf) {
  const { name, displayName, role, scope, accountKey, state, hasPassword, issuer, inviteUntil } = user;
  const logins = [...(hasPassword ? ['password'] : []), ...(issuer === null ? [] : [issuer])];
  return [
    { key: 'name', value: name },
    ...(displayName === null ? [] : [{ key: 'display name', value: displayName }]),
    { key: 'role', value: role },
    accountKey === null
      ? { key: 'sees', value: scopeText(scope, nameOf) }
      : { key: 'sees', value: `the servers of account ${accountKey}` },
    { key: 'state', value: state },
    { key: 'login by', value: logins.length === 0 ? 'nothing yet' : logins.join(', ') },
    ...(inviteUntil === null ? [] : [{ key: 'link until', value: formatLocal(inviteUntil) }]),
    { key: 'last login', value: user.lastLoginAt === null ? 'never' : formatLocal(user.lastLoginAt) },
    ...user.sessions.map(({ address, lastUsedAt, expiresAt }) => ({
      key: 'session',
      value: `from ${address}, used ${formatLocal(lastUsedAt)}, until ${formatLocal(expiresAt)}`,
    })),
    { key: 'added', value: `${formatLocal(user.createdAt)} by ${user.createdBy}` },
    ...(user.disabledAt === null ? [] : [{ key: 'disabled', value: formatLocal(user.disabledAt) }]),
  ];
}

export function userLogCommand(context: CliContext): Command {
  return new Command('log')
    .description('show who changed what, logged in, or was refused, newest first')
    .argument('[name]', 'of this user only')
    .addOption(new Option('--action <action>', 'only this: login, user.add, token.revoke, …'))
    .addOption(limitOption(50))
    .addHelpText(
      'after',
      `
Changes by the command line have the name of the system's user. What was changed in the inventory is the business of show-changes.

Examples:
  $ rollcall users log
  $ rollcall users log alice --action login -o json`,
    )
    .action(async (name: string | undefined, { action, limit }: { action?: string; limit: number }) => {
      const { actions } = await context.app.people();
      const rows = await actions.list({ take: limit, actor: name, action });
      await context.output.print(rows, {
        columns: LOG_COLUMNS,
        rows: (value) => value,
        ref: ({ id }) => id,
        empty: 'nothing is recorded',
      });
    });
}
