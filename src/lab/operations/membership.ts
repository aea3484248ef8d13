import { parameterError, serverError } from '../api-error.ts';
import type { Cluster } from '../cluster.ts';
import { held } from '../meanwhile.ts';
import type { GuestKind, LabHaResource } from '../model.ts';
import type { Operation } from './operation.ts';
import { bootGuest, turnOff } from './power.ts';

function requireUserConfig(cluster: Cluster, what: string): void {
  if (!cluster.isQuorate()) throw serverError(`${what} failed: cfs-lock 'file-user_cfg' error: no quorum!`);
}

function requirePool(cluster: Cluster, pool: string): void {
  if (!cluster.pools.has(pool)) throw serverError(`pool '${pool}' does not exist`);
}

/** Pool changes leave neither a task nor a line in the cluster log. */
export function addToPool({ cluster }: Operation, pool: string, vmids: readonly number[], allowMove = false): null {
  requireUserConfig(cluster, 'update pools');
  requirePool(cluster, pool);
  for (const vmid of vmids) {
    if (!cluster.guests.has(vmid)) throw serverError(`update pools failed: VM ${vmid} does not exist`);
    const there = cluster.poolOf.get(vmid);
    if (there === pool) throw serverError(`update pools failed: VM ${vmid} is already a pool member`);
    if (there !== undefined && !allowMove)
      throw serverError(
        `update pools failed: VM ${vmid} belongs already to pool '${there}' and 'allow-move' is not set`,
      );
    cluster.poolOf.set(vmid, pool);
  }
  cluster.access.changed();
  return null;
}

export function removeFromPool({ cluster }: Operation, pool: string, vmids: readonly number[]): null {
  requireUserConfig(cluster, 'update pools');
  requirePool(cluster, pool);
  for (const vmid of vmids) {
    if (cluster.poolOf.get(vmid) !== pool) throw serverError(`update pools failed: VM ${vmid} is not a pool member`);
    cluster.poolOf.delete(vmid);
  }
  cluster.access.changed();
  return null;
}

export function createPool({ cluster }: Operation, id: string, comment: string | null): null {
  requireUserConfig(cluster, 'create pool');
  if (cluster.pools.has(id)) throw serverError(`create pool failed: pool '${id}' already exists`);
  cluster.pools.set(id, { id, comment, storages: new Set() });
  return null;
}

export function deletePool({ cluster }: Operation, id: string): null {
  requireUserConfig(cluster, 'delete pool');
  requirePool(cluster, id);
  if ([...cluster.poolOf.values()].includes(id)) throw serverError(`delete pool failed: pool '${id}' is not empty`);
  cluster.pools.delete(id);
  cluster.access.changed();
  return null;
}

export interface HaChange {
  state?: string | undefined;
  comment?: string | undefined;
  group?: string | undefined;
}

/** `vm:101`, `ct:200`, or the bare vmid. */
export function parseSid(cluster: Cluster, text: string): { sid: string; kind: GuestKind; vmid: number } {
  const match = /^(?:(vm|ct):)?(\d+)$/.exec(text);
  if (!match) throw parameterError({ sid: 'invalid format - value does not look like a valid ha resource id\n' });
  const vmid = Number(match[2]);
  const kind = match[1] === undefined ? (cluster.guests.get(vmid)?.kind ?? 'qemu') : match[1] === 'vm' ? 'qemu' : 'lxc';
  return { sid: `${kind === 'qemu' ? 'vm' : 'ct'}:${vmid}`, kind, vmid };
}

export function requireHa(cluster: Cluster, sid: string): LabHaResource {
  const resource = cluster.ha.get(sid);
  if (!resource) throw serverError(`no such resource '${sid}'`);
  return resource;
}

function requireHaConfig(cluster: Cluster, what: string): void {
  if (!cluster.isQuorate()) throw serverError(`${what} resource failed: cfs-lock 'domain-ha' error: no quorum!`);
}

/** Without a state the manager keeps it started, and starts it if it is off. */
export function addHa({ cluster }: Operation, text: string, change: HaChange): null {
  const { sid, kind, vmid } = parseSid(cluster, text);
  requireHaConfig(cluster, 'create');
  if (cluster.ha.has(sid)) throw serverError(`create resource failed: resource ID '${sid}' already defined`);
  if (cluster.guests.get(vmid)?.kind !== kind)
    // Recorded on 8.4.
    throw serverError(`resource '${sid}' does not exist in cluster`);
  cluster.ha.set(sid, { sid, kind, vmid, state: '', comment: change.comment ?? null, group: change.group ?? null });
  return changeHa({ cluster, by: 'root@pam' }, sid, { state: change.state ?? 'started' });
}

export function changeHa({ cluster }: Operation, text: string, change: HaChange): null {
  const { sid, vmid, kind } = parseSid(cluster, text);
  requireHaConfig(cluster, 'update');
  const resource = requireHa(cluster, sid);
  if (change.comment !== undefined) resource.comment = change.comment;
  if (change.group !== undefined) resource.group = change.group;
  if (change.state === undefined || change.state === resource.state) return null;
  resource.state = change.state;
  bringTo({ cluster, by: 'root@pam' }, kind, vmid, change.state);
  return null;
}

/** The manager acts by itself: its tasks are root@pam's. */
function bringTo(root: Operation, kind: GuestKind, vmid: number, state: string): void {
  const { cluster } = root;
  const guest = cluster.guests.get(vmid);
  if (!guest) return;
  const isWanted = state === 'started' || state === 'enabled';
  const prefix = kind === 'qemu' ? 'qm' : 'vz';
  const task = { node: guest.node, id: vmid, authid: root.by, tag: 'pve-ha-lrm' };
  if (isWanted && guest.power === 'stopped') {
    cluster.tasks.run({ ...task, type: `${prefix}start` }, ({ act }) => {
      const boot = (): void => {
        cluster.remember(guest);
        bootGuest(root, guest);
      };
      act(boot, held(guest));
    });
  }
  if (!isWanted && state !== 'ignored' && guest.power !== 'stopped') {
    cluster.tasks.run({ ...task, type: `${prefix}shutdown` }, ({ act }) => {
      const goDown = (): void => {
        cluster.remember(guest);
        turnOff(guest);
      };
      act(goDown, held(guest));
    });
  }
}

export function removeHa({ cluster }: Operation, text: string): null {
  const { sid } = parseSid(cluster, text);
  requireHaConfig(cluster, 'delete');
  if (!cluster.ha.delete(sid)) throw serverError(`delete resource failed: no such resource '${sid}'`);
  return null;
}
