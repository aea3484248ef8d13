import { serverError } from '../api-error.ts';
import type { Cluster } from '../cluster.ts';
import { isDiskKey, volumeOf, volumesIn } from '../disks.ts';
import { locked } from '../meanwhile.ts';
import type { LabGuest } from '../model.ts';
import type { GuestRef, Operation } from './operation.ts';
import { label, requireGuest, requireUnlocked, requireWritable, taskPrefix } from './operation.ts';

export interface DestroyOptions {
  /** Also out of HA. */
  purge?: boolean;
  /** A container is stopped first, and its lock does not count. */
  isForced?: boolean;
}

/**
 * What a VM's task finds out later than a container's call: a lock, a base that is in use. Sources: qemu-server
 * src/PVE/API2/Qemu.pm destroy_vm, pve-container src/PVE/API2/LXC.pm destroy_vm; a locked VM's is recorded on 8.4.
 */
export function destroy({ cluster, by }: Operation, ref: GuestRef, options: DestroyOptions = {}): string {
  const guest = requireGuest(cluster, ref);
  const what = `${label(ref.kind)} ${ref.vmid}`;
  if (guest.config['protection'] === 1) throw serverError(`can't remove ${what} - protection mode enabled`);
  if (ref.kind === 'lxc' && !options.isForced) requireUnlocked(guest);
  if (cluster.haOf(ref.vmid) && !options.purge)
    throw serverError(`unable to remove ${what} - used in HA resources and purge parameter not set.`);
  // Source: pve-guest-common src/PVE/ReplicationConfig.pm, check_for_existing_jobs.
  if (cluster.replications.has(ref.vmid) && !options.purge)
    throw serverError(`There is a replication job '${ref.vmid}-0' for guest '${ref.vmid}' - Please remove that first.`);
  if (guest.power !== 'stopped' && !options.isForced) {
    throw serverError(
      ref.kind === 'qemu' ? `${what} is running - destroy failed` : `unable to destroy ${what} - container is running`,
    );
  }
  requireWritable(cluster, ref);
  const type = `${taskPrefix(ref.kind)}destroy`;
  return cluster.tasks.run({ node: ref.node, type, id: ref.vmid, authid: by }, (task) => {
    if (ref.kind === 'qemu') requireUnlocked(guest);
    requireUnused(cluster, guest);
    task.act(
      () => remove(cluster, ref.vmid),
      // Source: qemu-server src/PVE/QemuServer.pm destroy_vm, pve-container src/PVE/LXC.pm destroy_lxc_container.
      locked(guest, 'destroyed'),
    );
  });
}

/** Linked clones name their base on file storages alone. Source: qemu-server src/PVE/QemuServer.pm destroy_vm. */
function requireUnused(cluster: Cluster, { kind, vmid, config }: LabGuest): void {
  if (config['template'] !== 1) return;
  const others = [...cluster.guests.values()].filter((other) => other.vmid !== vmid);
  const volumes = new Set(others.flatMap((other) => [...volumesIn(other.kind, other.config)]));
  for (const [key, value] of Object.entries(config)) {
    const base = volumeOf(value);
    if (isDiskKey(kind, key) && [...volumes].some((volume) => volume.startsWith(`${base}/`)))
      throw serverError(`base volume '${base}' is still in use by linked cloned`);
  }
}

function remove(cluster: Cluster, vmid: number): void {
  const resource = cluster.haOf(vmid);
  if (resource) cluster.ha.delete(resource.sid);
  cluster.replications.delete(vmid);
  cluster.guests.delete(vmid);
  cluster.poolOf.delete(vmid);
  cluster.access.forgetPath(`/vms/${vmid}`);
}
