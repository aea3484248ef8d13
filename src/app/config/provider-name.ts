import { isIPv6 } from 'node:net';
import type { Problems } from './problems.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/;

/** The one rule for names of providers, wherever they come from. Without a name of its own a provider has its host's. */
export function isProviderName(name: string): boolean {
  return NAME.test(name) || isIPv6(name);
}

/** `source`: the option or variable that gives the name; without one the name itself is shown. */
export function checkName(name: string, problems: Problems, source = `'${name}'`): void {
  if (isProviderName(name)) return;
  problems.add(`${source} cannot be the name of a provider`, 'use letters, digits, dots, dashes and underscores');
}

/** Providers whose stored name no option would have accepted: something other than rollcall wrote it, or an older version. */
export function nameWarnings(
  stored: readonly { name: string; id?: string | undefined }[],
): { message: string; hint: string }[] {
  return stored
    .filter(({ name }) => !isProviderName(name))
    .map(({ name, id = 'ID' }) => ({
      message: `the stored name '${name}' is not allowed as the name of a provider`,
      hint: `compare it with \`rollcall providers list\`, then: rollcall providers update ${id} --rename NAME`,
    }));
}
