/** In rising order: each may do what the ones before it may. A `customer` sees the servers of one account, and nothing of the inventory. */
export const ROLES = ['customer', 'viewer', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/**
 * The part of the inventory that somebody sees: resources of these providers (ids), and guests in these pools or with one of these
 * tags. An empty list restricts nothing; null in place of it: everything.
 */
export interface AccessScope {
  providers: readonly string[];
  pools: readonly string[];
  tags: readonly string[];
}

/** Who asks. */
export interface Principal {
  /** null: the local user of a server without users. */
  userId: string | null;
  name: string;
  role: Role;
  scope: AccessScope | null;
  /** Of a customer: id of the account, or `SYSTEM:VALUE`. null: that of `user:NAME`, if an account has this id. */
  accountKey: string | null;
  via: 'session' | 'token' | 'local';
  /** Id of the session or of the token; null: local. */
  credentialId: string | null;
  expiresAt: Date | null;
}

/** How a request reached the program, for the record of actions. */
export const CHANNELS = ['web', 'api', 'cli'] as const;
export type Channel = (typeof CHANNELS)[number];

export function hasRole(principal: Pick<Principal, 'role'>, needed: Role): boolean {
  return ROLES.indexOf(principal.role) >= ROLES.indexOf(needed);
}
