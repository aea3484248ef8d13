import type { PvePermissions } from '../../../api/pve-types.ts';

/** Privileges on one path: each of them, or any. */
export interface PrivilegeNeed {
  path: string;
  privileges: readonly string[];
  isAny: boolean;
}

/** With these alone nothing can be changed. */
const READING = /\.(?:Audit|Use|FileRead)$|^Sys\.Syslog$/;

/** What a call needs, where its endpoint names one path with all of it filled in; null: the server decides by more than that. */
export function privilegeNeed(permission: string): PrivilegeNeed | null {
  const [path = '', names = '', ...rest] = permission.split(' ');
  if (!path.startsWith('/') || path.includes('{') || names === '' || rest.length > 0) return null;
  const isAny = names.includes('|');
  return { path, privileges: names.split(isAny ? '|' : '+'), isAny };
}

/** Why an account may not make a write; null: as far as its permissions tell, it may. `permissions`: those on the path of the need. */
export function lackingPrivilege(need: PrivilegeNeed | null, permissions: PvePermissions): string | null {
  if (need === null) {
    const held = Object.values(permissions).flatMap((names) => Object.keys(names));
    return held.every((name) => READING.test(name)) ? 'may only read' : null;
  }
  const { path, privileges, isAny } = need;
  const held = new Set(Object.keys(permissions[path] ?? {}));
  const lacking = privileges.filter((name) => !held.has(name));
  if (lacking.length === 0 || (isAny && lacking.length < privileges.length)) return null;
  return `lacks ${lacking.join(isAny ? ' or ' : ', ')} on ${path}`;
}
