import { type Command, Option } from 'commander';
import { openAccounts } from '../../app/open-reconcile.ts';
import { toScope } from '../../services/people/scope.ts';
import { type AccessScope, ROLES } from '../../types/principal.ts';
import type { CliContext } from '../context.ts';
import { collect } from '../options.ts';

export interface ScopeOptions {
  pool?: readonly string[];
  tag?: readonly string[];
}

export const roleOption = (words: string) => new Option('--role <role>', words).choices(ROLES);

export const accountOption = () =>
  new Option('--account <account>', 'of a customer: name of the account, or SYSTEM:VALUE, such as whmcs:42');

/** What findings call the account. Throws AppError('not-found'). */
export async function accountFrom({ app }: CliContext, account: string | undefined): Promise<{ accountKey?: string }> {
  return account === undefined ? {} : { accountKey: await (await openAccounts(app)).keyOf(account) };
}

export function withScopeOptions(command: Command): Command {
  return command
    .addOption(new Option('--pool <names>', 'guests in these pools only').argParser(collect))
    .addOption(new Option('--tag <names>', 'guests with one of these tags only').argParser(collect));
}

/** What --provider, --pool and --tag restrict; null: nothing. Throws AppError('not-found') for a provider that is not stored. */
export async function scopeFrom(
  context: CliContext,
  { pool = [], tag = [] }: ScopeOptions,
): Promise<AccessScope | null> {
  const { provider: names = [] } = context.options;
  const providers: string[] = [];
  for (const name of names) {
    providers.push((await context.app.storedProvider(name)).id);
  }
  return toScope({ providers, pools: pool, tags: tag });
}

/** `lab, pve2; pool prod; tag shop`. */
export function scopeText(scope: AccessScope | null, nameOf: (providerId: string) => string): string {
  if (scope === null) return 'everything';
  const { providers, pools, tags } = scope;
  const parts = [
    providers.length === 0 ? [] : [providers.map(nameOf).join(', ')],
    pools.length === 0 ? [] : [`pool ${pools.join(', ')}`],
    tags.length === 0 ? [] : [`tag ${tags.join(', ')}`],
  ];
  return parts.flat().join('; ');
}

/** By id; one that is gone shows as its id. */
export async function providerNames({ app }: CliContext): Promise<(id: string) => string> {
  const names = new Map((await (await app.inventory()).listProviders()).map(({ id, name }) => [id, name]));
  return (id) => names.get(id) ?? id;
}
