import type { OidcSettings } from '../../app/config/oidc.ts';
import { hasRole, type Role } from '../../types/principal.ts';

export type Claims = Readonly<Record<string, unknown>>;

/** Why somebody who has logged in at the identity provider does not get in here. */
export type Refusal = 'oidc-name' | 'oidc-no-role';

export type MappedClaims = { name: string; displayName: string | null; role: Role } | { refusal: Refusal };

/** Who somebody is, and what they may. */
export function mapClaims(
  claims: Claims,
  settings: Pick<OidcSettings, 'nameClaim' | 'roleClaim' | 'roles' | 'defaultRole'>,
): MappedClaims {
  const name = claimAt(claims, settings.nameClaim);
  // Whoever may type any address into a profile would become its owner here.
  const isProven = settings.nameClaim !== 'email' || claims['email_verified'] === true;
  if (typeof name !== 'string' || name === '' || !isProven) return { refusal: 'oidc-name' };
  const role = highest(valuesOf(claimAt(claims, settings.roleClaim)), settings.roles) ?? settings.defaultRole;
  if (role === null) return { refusal: 'oidc-no-role' };
  const display = claims['name'];
  return { name, displayName: typeof display === 'string' && display !== '' ? display.slice(0, 200) : null, role };
}

/** The claim of that name; otherwise the one to which the parts between its dots lead. */
export function claimAt(claims: Claims, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path];
  let value: unknown = claims;
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}

function valuesOf(claim: unknown): string[] {
  return [claim].flat().filter((value) => typeof value === 'string');
}

function highest(values: readonly string[], roles: ReadonlyMap<string, Role>): Role | null {
  let best: Role | null = null;
  for (const value of values) {
    const role = roles.get(value);
    if (role !== undefined && (best === null || hasRole({ role }, best))) best = role;
  }
  return best;
}
