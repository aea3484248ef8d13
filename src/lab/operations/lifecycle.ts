import { parameterError, serverError } from '../api-error.ts';
import type { Cluster } from '../cluster.ts';
import { isDiskKey } from '../disks.ts';
import { held, locked } from '../meanwhile.ts';
import type { LabGuest, LabNode } from '../model.ts';
import type { GuestRef, Operation } from './operation.ts';
import { label, requireGuest, requireQuorum, requireUnlocked, requireWritable, taskPrefix } from './operation.ts';

export function destroy({ cluster, by }: Operation, ref: GuestRef): string {
  const guest = requireGuest(cluster, ref);
  if (guest.config['protection'] === 1)
    throw serverError(`can't remove ${label(ref.kind)} ${ref.vmid} - protection mode enabled`);
  if (guest.power !== 'stopped') {
    throw serverError(
      ref.kind === 'qemu'
        ? `VM ${ref.vmid} is running - destroy failed`
        : `unable to destroy CT ${ref.vmid} - container is running`,
    );
  }
  if (cluster.haOf(ref.vmid))
    throw serverError(
      `unable to remove ${label(ref.kind)} ${ref.vmid} - used in HA resources and purge parameter not set.`,
    );
  requireWritable(cluster, ref);
  return cluster.tasks.run(
    { node: ref.node, type: `${taskPrefix(ref.kind)}destroy`, id: ref.vmid, authid: by },
    (task) => {
      requireUnlocked(guest);
      task.act(
        () => {
          cluster.guests.delete(ref.vmid);
          cluster.poolOf.delete(ref.vmid);
          cluster.access.forgetPath(`/vms/${ref.vmid}`);
        },
        // Source: qemu-server src/PVE/QemuServer.pm destroy_vm, pve-container src/PVE/LXC.pm destroy_lxc_container.
        locked(guest, 'destroyed'),
      );
    },
  );
}

/** Runs on the source node; uuid, vmgenid and MAC addresses stay. */
export function migrate(operation: Operation, ref: GuestRef, target: string): string {
  const { cluster, by } = operation;
  const guest = requireGuest(cluster, ref);
  const node = cluster.nodes.get(target);
  if (target === ref.node) throw parameterError({ target: 'target is local node.' });
  if (!node) throw serverError(`no such cluster node '${target}'`);
  requireQuorum(cluster);
  const isManaged = cluster.haOf(ref.vmid) !== undefined;
  if (!isManaged) return migrateNow(operation, guest, target);
  const upid = cluster.tasks.run({ node: ref.node, type: 'hamigrate', id: ref.vmid, authid: by }, (task) => {
    task.print(`Requesting HA migration for ${label(ref.kind)} ${ref.vmid} to node ${target}`);
    task.act(() => {
      const byManager = (): string => migrateNow({ cluster, by: 'root@pam' }, guest, target, 'pve-ha-lrm');
      cluster.agenda.add(cluster.nowMs() + cluster.haDelayMs, byManager);
    });
  });
  return upid;
}

function migrateNow({ cluster, by }: Operation, guest: LabGuest, target: string, tag?: string): string {
  const type = guest.kind === 'qemu' ? 'qmigrate' : 'vzmigrate';
  const start = { node: guest.node, target, type, id: guest.vmid, authid: by, ...(tag && { tag }) };
  return cluster.tasks.run(start, (task) => {
    requireUnlocked(guest);
    const { ip } = requireTarget(cluster, target);
    task.print(`migration of ${label(guest.kind)} ${guest.vmid} to node '${target}' (${ip})`);
    task.act(
      () => {
        requireTarget(cluster, target);
        cluster.remember(guest);
        guest.node = target;
        task.print('migration finished successfully (duration 00:00:01)');
      },
      locked(guest, 'migrate'),
    );
  });
}

function requireTarget(cluster: Cluster, target: string): LabNode {
  const node = cluster.nodes.get(target);
  if (!node || cluster.reach(node) !== 'ok') throw serverError('migration aborted');
  return node;
}

/** A VM's template is made by a task; a container's at once. */
export function makeTemplate({ cluster, by }: Operation, ref: GuestRef): string | null {
  const guest = requireGuest(cluster, ref);
  if (guest.config['template'] === 1) throw serverError(`you can't convert a template to a template`);
  if (guest.snapshots.size > 0) throw serverError('unable to create template, because VM contains snapshots');
  if (guest.power !== 'stopped') {
    throw serverError(
      ref.kind === 'qemu'
        ? "you can't convert a running VM to a template"
        : "you can't convert a running CT to a template",
    );
  }
  requireWritable(cluster, ref);
  const convert = (): void => {
    cluster.remember(guest);
    guest.config['template'] = 1;
    for (const [key, value] of Object.entries(guest.config)) {
      if (isDiskKey(ref.kind, key))
        guest.config[key] = String(value).replace(`vm-${ref.vmid}-disk-`, `base-${ref.vmid}-disk-`);
    }
  };
  if (ref.kind === 'qemu')
    return cluster.tasks.run({ node: ref.node, type: 'qmtemplate', id: ref.vmid, authid: by }, (task) => {
      requireUnlocked(guest);
      task.act(convert, held(guest));
    });
  requireUnlocked(guest);
  convert();
  return null;
}
