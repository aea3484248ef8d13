import type { ActionRight } from '../../../types/action.ts';
import type { Permissions } from '../../../types/observation.ts';
import { holds, holdsBelow } from '../../../types/permissions.ts';

/** Privileges of Proxmox VE, all of them, on everything below a path. */
export interface ActionPrivilege {
  privileges: readonly string[];
  path: '/vms' | '/storage' | '/sdn';
  /** What does not work without it; absent: nothing of the right does. */
  only?: string;
  /** The first major release that has it; absent: all. */
  since?: number;
}

const CONFIG = ['CDROM', 'CPU', 'Cloudinit', 'Disk', 'HWType', 'Memory', 'Network', 'Options'].map(
  (part) => `VM.Config.${part}`,
);
const SPACE = { privileges: ['Datastore.AllocateSpace'], path: '/storage' } as const;
/** Before 8 bridges were free to use. Source: pve-access-control src/PVE/AccessControl.pm, $privgroups; API schema of 7.4 and 8.4. */
const BRIDGES = { privileges: ['SDN.Use'], path: '/sdn', since: 8 } as const;
const SEEING = { ...onGuests('VM.Audit'), only: 'to see what became of a call whose answer was lost' } as const;

/** Source: `permissions` of the vendor's API schema, 7.4 to 9.2, and qemu-server src/PVE/API2/Qemu.pm for targetstorage. */
const BY_RIGHT: Readonly<Record<ActionRight, readonly ActionPrivilege[]>> = {
  power: [onGuests('VM.PowerMgmt')],
  snapshot: [onGuests('VM.Snapshot', 'VM.Snapshot.Rollback')],
  config: [
    onGuests(...CONFIG),
    { ...SPACE, only: 'to move disks and to add some' },
    { ...BRIDGES, only: 'to choose another bridge' },
  ],
  backup: [onGuests('VM.Backup'), SPACE],
  migrate: [onGuests('VM.Migrate'), { ...SPACE, only: 'to migrate to another storage' }],
  clone: [onGuests('VM.Clone', 'VM.Allocate'), SPACE, BRIDGES],
  create: [onGuests('VM.Allocate', ...CONFIG), SPACE, BRIDGES],
  destroy: [onGuests('VM.Allocate')],
  // Each call has a privilege of its own, which the server names.
  api: [],
};

function onGuests(...privileges: readonly string[]): ActionPrivilege {
  return { privileges, path: '/vms' };
}

/** What the account that acts needs for all guests. `major`: of the release; null: unknown, taken for the newest. */
export function privilegesFor(right: ActionRight, major: number | null = null): readonly ActionPrivilege[] {
  return [...BY_RIGHT[right], SEEING].filter(({ since = 0 }) => major === null || major >= since);
}

/** Privileges that change something, whatever right they belong to. */
export const WRITING: readonly string[] = [
  ...new Set(
    Object.values(BY_RIGHT)
      .flat()
      .flatMap(({ privileges }) => privileges),
  ),
];

export interface Lack {
  needed: ActionPrivilege;
  /** Those that do not reach everything below the path. */
  missing: readonly string[];
  /** Paths below it where all of them are held. */
  heldOn: readonly string[];
}

/** What of a right the account lacks. */
export function lacksOf(right: ActionRight, permissions: Permissions, major: number | null): Lack[] {
  return privilegesFor(right, major).flatMap((needed) => {
    const missing = needed.privileges.filter((one) => !holdsBelow(permissions, needed.path, one));
    if (missing.length === 0) return [];
    const below = Object.keys(permissions).filter((path) => path.startsWith(`${needed.path}/`));
    const heldOn = below.filter((path) => needed.privileges.every((one) => holds(permissions, path, one)));
    return [{ needed, missing, heldOn }];
  });
}
