import type { Permissions } from '../../types/observation.ts';
import { holds, holdsBelow } from '../../types/permissions.ts';

/** A right that a whole inventory needs, and what is not seen without it. */
export interface NeededPrivilege {
  privilege: string;
  path: string;
  /** What it is for, as a report says it. */
  purpose: string;
  /** Whether PVEAuditor has it. */
  isInAuditor: boolean;
}

const VM_AUDIT = { privilege: 'VM.Audit', path: '/vms', purpose: 'guests', isInAuditor: true };
const NODE_AUDIT = { privilege: 'Sys.Audit', path: '/nodes', purpose: 'nodes', isInAuditor: true };
const SYSTEM_AUDIT = {
  privilege: 'Sys.Audit',
  path: '/',
  purpose: 'quorum and the tasks of others',
  isInAuditor: true,
};
const STORAGE_AUDIT = { privilege: 'Datastore.Audit', path: '/storage', purpose: 'storage', isInAuditor: true };
const POOL_AUDIT = { privilege: 'Pool.Audit', path: '/pool', purpose: 'pools', isInAuditor: true };
/** Not part of PVEAuditor. Source: pve-access-control src/PVE/AccessControl.pm, $privgroups. */
const SYSLOG = { privilege: 'Sys.Syslog', path: '/', purpose: 'who changed a configuration', isInAuditor: false };

export const NEEDED = {
  guests: [VM_AUDIT],
  nodes: [NODE_AUDIT],
  quorum: [SYSTEM_AUDIT],
  tasks: [SYSTEM_AUDIT],
  storage: [STORAGE_AUDIT],
  pools: [POOL_AUDIT],
  log: [SYSLOG],
} as const satisfies Record<string, readonly NeededPrivilege[]>;

export const ALL_NEEDED: readonly NeededPrivilege[] = [
  VM_AUDIT,
  NODE_AUDIT,
  SYSTEM_AUDIT,
  STORAGE_AUDIT,
  POOL_AUDIT,
  SYSLOG,
];

/** Those of the needed rights that are not held, or that do not reach what is below their path. */
export function missingPrivileges(
  permissions: Permissions,
  needed: readonly NeededPrivilege[] = ALL_NEEDED,
): readonly NeededPrivilege[] {
  return needed.filter(({ path, privilege }) =>
    path === '/' ? !holds(permissions, path, privilege) : !holdsBelow(permissions, path, privilege),
  );
}

/** `VM.Audit on /vms`. */
export function describePrivilege({ privilege, path }: Pick<NeededPrivilege, 'privilege' | 'path'>): string {
  return `${privilege} on ${path}`;
}
