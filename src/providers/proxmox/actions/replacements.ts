import type { ProxmoxClient } from '../../../api/proxmox-client.ts';
import type { PveTask } from '../../../api/pve-types.ts';
import type { ActionSubject } from '../../../types/action.ts';
import type { ClusterFacts } from './cluster-facts.ts';

/**
 * Tasks that put another guest at a vmid; a clone leaves none about the new one, and follows a `destroy`. The id of `qmclone` is
 * that of its source. Source: qemu-server src/PVE/API2/Qemu.pm clone_vm.
 */
const REPLACING = /^(?:qm|vz)(?:create|destroy|restore)$/;
/** Source: qemu-server src/PVE/API2/Qemu.pm migrate_vm, pve-container src/PVE/API2/LXC.pm migrate_vm. */
export const MOVING = /^(?:qmigrate|vzmigrate)$/;
/** How far a server's clock and ours may differ. */
const CLOCKS_MS = 5 * 60_000;
const MOST_TASKS = 500;

export interface Place {
  /** The node that the inventory has, or the plan before. */
  before: string;
  /** The node that it is on. */
  node: string;
  vmid: ActionSubject['vmid'];
  /** When it was seen last. */
  since: Date;
}

/**
 * Why another guest may have the vmid by now: everything that tells a machine can be given to another one. A task is listed by the
 * node that ran it alone: the others are asked where the guest was elsewhere meanwhile. Throws AppError.
 */
export async function replacementsSince(
  client: ProxmoxClient,
  { before, node, vmid, since }: Place,
  { nodes, signal }: { nodes: ClusterFacts['nodes']; signal: AbortSignal },
): Promise<string[]> {
  const seenAtMs = since.getTime();
  const from = Math.floor((seenAtMs - CLOCKS_MS) / 1000);
  const tasksOf = async (at: string): Promise<PveTask[]> => {
    const asked = { vmid, since: from, source: 'all', limit: MOST_TASKS } as const;
    const { tasks } = await client.getTasks(at, asked, { signal });
    const seenAt = Math.floor((seenAtMs + (client.clockSkewMs() ?? 0)) / 1000);
    return tasks.filter(({ starttime, endtime }) => starttime >= seenAt || (endtime ?? seenAt) >= seenAt);
  };
  const own = await tasksOf(node);
  const isFull = own.length >= MOST_TASKS;
  if (isFull) return ['more tasks than are listed have run since the last sync'];
  const hasMoved = before !== node || own.some(({ type }) => MOVING.test(type));
  if (!hasMoved) return own.flatMap(toReason);
  const others = [...nodes].filter(([name]) => name !== node);
  const silent = others.filter(([, isOnline]) => !isOnline).map(([name]) => name);
  if (silent.length > 0) return [`it has moved, and ${silent.join(', ')} cannot say what was done to it`];
  const elsewhere = await Promise.all(others.map(([name]) => tasksOf(name)));
  return [...own, ...elsewhere.flat()].flatMap(toReason);
}

function toReason({ type }: PveTask): string[] {
  return REPLACING.test(type) ? [`${type} has run since the last sync`] : [];
}
