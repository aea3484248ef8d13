import { splitAuthId } from '../../types/auth-id.ts';
import type { Permissions } from '../../types/observation.ts';
import type { NeededPrivilege } from './permissions.ts';

/** PVEAuditor has no right to the cluster log, and no role that is made for reading does. */
const LOG_ROLE = 'RollcallLog';

/**
 * The lines for a root shell on a node that give an account a right. `account` is `user@realm`, or `user@realm!token`: a token
 * with privilege separation may do what both its user and itself may, one without what its user may.
 */
export function grantLines(needed: NeededPrivilege, permissions: Permissions, account: string): string {
  const path = grantPath(needed, permissions);
  const role = needed.isInAuditor ? 'PVEAuditor' : LOG_ROLE;
  const made = needed.isInAuditor ? '' : `pveum role add ${LOG_ROLE} --privs ${needed.privilege} && `;
  return `${made}${aclLines([path], { role, account })}`;
}

export function aclLines(paths: readonly string[], { role, account }: { role: string; account: string }): string {
  const { user, token } = splitAuthId(account);
  const lines = (who: string) => paths.map((path) => `pveum acl modify ${path} ${who} --roles ${role}`).join(' && ');
  const [toUser, toToken] = [lines(`--users ${user}`), lines(`--tokens '${account}'`)];
  if (token === null) return toUser;
  // root@pam may do everything by itself.
  if (user === 'root@pam') return toToken;
  return `${toUser}; and for a token with privilege separation also: ${toToken}`;
}

/** `/` gives it everywhere, unless the path has entries of its own: these take the place of what comes from above. */
function grantPath({ path }: NeededPrivilege, permissions: Permissions): string {
  const own = Object.hasOwn(permissions, path) ? permissions[path] : undefined;
  return own !== undefined && Object.values(own).includes(true) ? path : '/';
}
