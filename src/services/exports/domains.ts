import { AppError } from '../../types/errors.ts';

/** Domains of an option, separated by commas, without a dot before them. Throws AppError('usage'). */
export function parseDomains(text: string | undefined): readonly string[] {
  const domains = (text ?? '')
    .toLowerCase()
    .split(',')
    .map((word) => word.trim().replace(/^\.+/, ''))
    .filter((word) => word !== '');
  const wrong = domains.find((domain) => !/^[a-z0-9][a-z0-9.-]*$/.test(domain));
  if (wrong === undefined) return domains;
  throw new AppError('usage', `'${wrong}' is no domain`, { hint: 'write it like example.com' });
}

/**
 * Whether a name has a domain that is not among those that were given. Whoever may name a guest could otherwise give it the name of
 * any server on the Internet.
 */
export function isForeign(name: string, domains: readonly string[]): boolean {
  return name.includes('.') && !domains.some((domain) => name.toLowerCase().endsWith(`.${domain}`));
}
