import type { Permissions } from './observation.ts';

function entryAt(permissions: Permissions, path: string): Readonly<Record<string, boolean>> | undefined {
  return Object.hasOwn(permissions, path) ? permissions[path] : undefined;
}

function parentOf(path: string): string | null {
  if (path === '/' || path === '') return null;
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

/** Whether the right is there and reaches everything below the path. */
export function holdsBelow(permissions: Permissions, path: string, privilege: string): boolean {
  for (let at: string | null = path; at !== null; at = parentOf(at)) {
    const entry = entryAt(permissions, at);
    if (entry === undefined) continue;
    if (entry[privilege] === true) return true;
    // A role that does not propagate hides nothing of what comes from further up.
    if (Object.values(entry).includes(true)) return false;
  }
  return false;
}

/**
 * Whether a token may do something on one path. The map lists the effective set of each path that has a rule: the path's own
 * entry decides (`0` is held, without propagation), else the nearest one above with rights that propagate.
 * Source: pve-access-control src/PVE/RPCEnvironment.pm get_effective_permissions, AccessControl.pm roles.
 */
export function holds(permissions: Permissions, path: string, privilege: string): boolean {
  const own = entryAt(permissions, path);
  if (own !== undefined) return Object.hasOwn(own, privilege);
  const parent = parentOf(path);
  return parent !== null && holdsBelow(permissions, parent, privilege);
}

/** Whether two maps grant the same permissions. */
export function samePermissions(a: Permissions | null, b: Permissions | null): boolean {
  if (a === null || b === null) return a === b;
  return sameFields(a, b, (one, other) => sameFields(one, other, Object.is));
}

function sameFields<T>(
  a: Readonly<Record<string, T>>,
  b: Readonly<Record<string, T>>,
  isSame: (one: T, other: T) => boolean,
): boolean {
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => {
    const [one, other] = [a[key], Object.hasOwn(b, key) ? b[key] : undefined];
    return one !== undefined && other !== undefined && isSame(one, other);
  });
}
