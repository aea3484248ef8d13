import { isTokenId } from '../../types/auth-id.ts';
import type { LabUser, Privileges } from '../access.ts';
import { ApiError, serverError } from '../api-error.ts';
import { logLine } from '../operations/operation.ts';
import type { Call, Route } from '../router.ts';
import { may, requirePrivilege } from '../router.ts';
import { isTotpCode } from '../totp.ts';
import type { Row } from '../views/resources.ts';

export const accessRoutes: readonly Route[] = [
  { method: 'GET', path: '/access/ticket', isOpen: true, handle: () => null },
  {
    method: 'POST',
    path: '/access/ticket',
    isOpen: true,
    parameters: {
      username: 'string',
      password: 'string',
      realm: 'string:pve-realm?',
      otp: 'string?',
      'new-format': 'boolean?',
      'tfa-challenge': 'string?',
      path: 'string?',
      privs: 'string:pve-priv-list?',
    },
    handle: login,
  },
  {
    method: 'GET',
    path: '/access/permissions',
    parameters: { path: 'string?', userid: 'string?' },
    handle: permissions,
  },
  { method: 'GET', path: '/access/users', parameters: { enabled: 'boolean?', full: 'boolean?' }, handle: listUsers },
  { method: 'GET', path: '/access/users/{userid}', handle: showUser },
  { method: 'GET', path: '/access/roles', handle: listRoles },
  { method: 'GET', path: '/access/acl', handle: listAcl },
];

function failedLogin(): ApiError {
  return new ApiError(401, 'authentication failure');
}

function login(call: Call): Row {
  const { cluster, tickets, parameters } = call;
  const name = parameters['username'] ?? '';
  const userid = name.includes('@') ? name : `${name}@${parameters['realm'] ?? 'pam'}`;
  const user = cluster.access.users.get(userid);
  if (!user?.isEnabled) throw failedLogin();
  const password = parameters['password'] ?? '';
  const challenge = parameters['tfa-challenge'];
  if (challenge !== undefined) {
    const isOurs = tickets.verify(challenge, userid)?.isChallenge === true;
    if (!isOurs || !isSecondFactor(call, user, password.replace(/^totp:/, ''))) throw failedLogin();
    return fullLogin(call, userid);
  }
  const renewed = password.startsWith('PVE:') ? tickets.verify(password) : undefined;
  // A ticket is good as the password for its own renewal, without a second factor.
  if (renewed && !renewed.isChallenge && renewed.user === userid) return fullLogin(call, userid);
  if (user.password === null || user.password !== password) throw failedLogin();
  if (user.totpSecret === null) return fullLogin(call, userid);
  const otp = parameters['otp'];
  if (otp !== undefined && isSecondFactor(call, user, otp)) return fullLogin(call, userid);
  if (otp !== undefined) throw failedLogin();
  const ticket = tickets.issueChallenge(userid);
  return { username: userid, ticket, CSRFPreventionToken: tickets.csrfToken(userid), NeedTFA: 1 };
}

function isSecondFactor(call: Call, user: LabUser, code: string): boolean {
  return user.totpSecret !== null && isTotpCode(user.totpSecret, code, call.cluster.nowMs());
}

function fullLogin({ cluster, tickets }: Call, userid: string): Row {
  // Also for the renewal of a ticket, and as root@pam whoever it is (recorded).
  const root = { cluster, by: 'root@pam' };
  logLine(root, cluster.localNode().name, `successful auth for user '${userid}'`);
  const cap = Object.fromEntries(
    Object.entries(CAPABILITIES).map(([section, { path, pattern }]) => {
      const names = [...cluster.access.privilegesAt(userid, path).keys()].filter((name) => pattern.test(name));
      return [section, Object.fromEntries(names.map((name) => [name, 1]))];
    }),
  );
  return { username: userid, ticket: tickets.issue(userid), CSRFPreventionToken: tickets.csrfToken(userid), cap };
}

const CAPABILITIES: Readonly<Record<string, { path: string; pattern: RegExp }>> = {
  access: { path: '/access', pattern: /^(User|Group|Permissions)\./ },
  dc: { path: '/', pattern: /^(Sys\.Audit|Sys\.Modify|SDN\.)/ },
  mapping: { path: '/mapping', pattern: /^(Mapping|Permissions)\./ },
  nodes: { path: '/nodes', pattern: /^(Sys|Permissions)\./ },
  sdn: { path: '/sdn', pattern: /^(SDN|Permissions)\./ },
  storage: { path: '/storage', pattern: /^(Datastore|Permissions)\./ },
  vms: { path: '/vms', pattern: /^(VM|Permissions)\./ },
};

/** Privilege → 1, or 0 where it does not propagate. */
function flags(privileges: Privileges): Record<string, number> {
  return Object.fromEntries([...privileges].map(([privilege, propagate]) => [privilege, propagate ? 1 : 0]));
}

function permissions(call: Call): Row {
  const { access } = call.cluster;
  const { path, userid } = call.parameters;
  const isOwn = userid === undefined || userid === call.by || userid.startsWith(`${call.by}!`);
  if (!isOwn) requirePrivilege(call, '/access', 'Sys.Audit');
  const authid = userid ?? call.by;
  if (path !== undefined) {
    const privileges = access.privilegesAt(authid, path);
    return privileges.size > 0 ? { [path]: flags(privileges) } : {};
  }
  return Object.fromEntries([...access.effective(authid)].map(([at, privileges]) => [at, flags(privileges)]));
}

function seesUser(call: Call, userid: string): boolean {
  return userid === call.by || ['User.Modify', 'Sys.Audit'].some((privilege) => may(call, '/access/groups', privilege));
}

function listUsers(call: Call): Row[] {
  const users = [...call.cluster.access.users.values()].filter((user) => seesUser(call, user.userid));
  return users.map((user) => ({
    userid: user.userid,
    enable: user.isEnabled ? 1 : 0,
    expire: 0,
    'realm-type': user.userid.slice(user.userid.lastIndexOf('@') + 1),
    ...(user.comment !== null && { comment: user.comment }),
    ...(call.parameters['full'] === '1' && { groups: '', tokens: tokenRows(user) }),
  }));
}

function tokenRows(user: LabUser): Row[] {
  return [...user.tokens].map(([tokenid, token]) => ({
    tokenid,
    expire: token.expire,
    privsep: token.isPrivilegeSeparated ? 1 : 0,
  }));
}

function showUser(call: Call): Row {
  const userid = call.parameters['userid'] ?? '';
  if (!seesUser(call, userid)) throw new ApiError(403, 'Permission check failed (/access/groups, Sys.Audit)');
  const user = call.cluster.access.users.get(userid);
  if (!user) throw serverError(`no such user ('${userid}')`);
  const tokens = Object.fromEntries(tokenRows(user).map(({ tokenid, ...token }) => [String(tokenid), token]));
  return { enable: user.isEnabled ? 1 : 0, expire: 0, groups: [], tokens };
}

function listRoles({ cluster }: Call): Row[] {
  return [...cluster.access.roles].map(([roleid, privileges]) => ({
    roleid,
    privs: [...privileges].sort().join(','),
    special: /^(PVE|Administrator|NoAccess)/.test(roleid) ? 1 : 0,
  }));
}

function listAcl(call: Call): Row[] {
  const { access } = call.cluster;
  const isVisible = (path: string): boolean =>
    may(call, '/access', 'Sys.Audit') || may(call, path, 'Permissions.Modify');
  return access
    .entries()
    .filter((entry) => isVisible(entry.path))
    .map((entry) => ({
      path: entry.path,
      ugid: entry.authid,
      type: isTokenId(entry.authid) ? 'token' : 'user',
      roleid: entry.role,
      propagate: entry.propagate ? 1 : 0,
    }));
}
