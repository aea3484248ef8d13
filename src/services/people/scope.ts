import { type AccessScope, ROLES, type Role } from '../../types/principal.ts';

/** What a guest is known by here. */
export interface ScopedGuest {
  providerId: string;
  pool: string | null;
  tags: readonly string[];
}

/** No provider has this id: ids are letters and digits. */
const NOTHING: AccessScope = { providers: ['-'], pools: [], tags: [] };

/** Whether a scope shows some guests of a provider only: then nothing is told of its nodes, storages and operations. */
export function limitsGuests({ pools, tags }: Pick<AccessScope, 'pools' | 'tags'>): boolean {
  return pools.length + tags.length > 0;
}

export function seesProvider(scope: AccessScope | null, id: string): boolean {
  return scope === null || scope.providers.length === 0 || scope.providers.includes(id);
}

export function seesGuest(scope: AccessScope | null, { providerId, pool, tags }: ScopedGuest): boolean {
  if (scope === null) return true;
  if (!seesProvider(scope, providerId)) return false;
  if (!limitsGuests(scope)) return true;
  return (pool !== null && scope.pools.includes(pool)) || tags.some((tag) => scope.tags.includes(tag.toLowerCase()));
}

/**
 * What both let see: never more than either. Of two that restrict pools or tags only what both name is left, so that a guest which one
 * sees by its pool and the other by its tag is not seen.
 */
export function narrow(user: AccessScope | null, token: AccessScope | null): AccessScope | null {
  if (user === null || token === null) return user ?? token;
  const providers = common(user.providers, token.providers);
  const [ofUser, ofToken] = [user, token].map(limitsGuests);
  const pools = ofUser && ofToken ? inBoth(user.pools, token.pools) : [...user.pools, ...token.pools];
  const tags = ofUser && ofToken ? inBoth(user.tags, token.tags) : [...user.tags, ...token.tags];
  const isEmpty = providers === null || (ofUser && ofToken && !limitsGuests({ pools, tags }));
  return isEmpty ? NOTHING : { providers, pools, tags };
}

/** Whether `inner` sees nothing that `outer` does not. */
export function isWithin(outer: AccessScope | null, inner: AccessScope | null): boolean {
  if (outer === null) return true;
  if (inner === null) return false;
  const { providers, pools, tags } = inner;
  const isProvided = outer.providers.length === 0 || (providers.length > 0 && isSubset(providers, outer.providers));
  if (!isProvided || !limitsGuests(outer)) return isProvided;
  return limitsGuests(inner) && isSubset(pools, outer.pools) && isSubset(tags, outer.tags);
}

/** Without doubles, tags in lower case as they are compared; null for one that restricts nothing. */
export function toScope(lists: Partial<AccessScope>): AccessScope | null {
  const { providers, pools, tags } = { providers: [], pools: [], tags: [], ...lists };
  if (providers.length + pools.length + tags.length === 0) return null;
  return { providers: unique(providers), pools: unique(pools), tags: unique(tags.map((tag) => tag.toLowerCase())) };
}

export function lowerRole(one: Role, other: Role): Role {
  return ROLES.indexOf(one) < ROLES.indexOf(other) ? one : other;
}

/** Of two lists of which an empty one restricts nothing; null: nothing is in both. */
function common(one: readonly string[], other: readonly string[]): readonly string[] | null {
  if (one.length === 0 || other.length === 0) return [...one, ...other];
  const both = inBoth(one, other);
  return both.length === 0 ? null : both;
}

function inBoth(one: readonly string[], other: readonly string[]): string[] {
  return one.filter((text) => other.includes(text));
}

function isSubset(inner: readonly string[], outer: readonly string[]): boolean {
  return inner.every((text) => outer.includes(text));
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
