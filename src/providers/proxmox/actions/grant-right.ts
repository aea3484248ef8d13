import type { ActionRight } from '../../../types/action.ts';
import type { Permissions } from '../../../types/observation.ts';
import { holdsBelow } from '../../../types/permissions.ts';
import { aclLines } from '../grant.ts';
import { type Lack, privilegesFor } from './privileges.ts';

/**
 * The lines for a root shell on a node that give an account a role with what a right needs. Entries of a path take the place of
 * what comes from above, so the role goes to `/`, beside others, unless the path has entries of its own.
 */
export function grantRight(
  right: ActionRight,
  lacks: readonly Lack[],
  { permissions, account, major }: { permissions: Permissions; account: string; major: number | null },
): string {
  const role = `Rollcall${right.charAt(0).toUpperCase()}${right.slice(1)}`;
  const privileges = new Set(privilegesFor(right, major).flatMap((needed) => needed.privileges));
  const paths = new Set(lacks.map(({ needed }) => (isAsAbove(permissions, needed.path) ? '/' : needed.path)));
  return `pveum role add ${role} --privs ${[...privileges].join(',')} && ${aclLines([...paths], { role, account })}`;
}

/** Whether a path has just what `/` gives to what is below it. */
function isAsAbove(permissions: Permissions, path: string): boolean {
  const own = Object.hasOwn(permissions, path) ? permissions[path] : undefined;
  if (own === undefined) return true;
  const top = Object.hasOwn(permissions, '/') ? (permissions['/'] ?? {}) : {};
  const given = Object.keys(top).filter((one) => top[one] === true);
  return given.length === Object.keys(own).length && Object.keys(own).every((one) => holdsBelow(permissions, '/', one));
}
