import { serverError } from '../api-error.ts';
import type { Cluster } from '../cluster.ts';
import { isDiskKey, newVolume, storagesOf, volumeOf } from '../disks.ts';
import { locked, made } from '../meanwhile.ts';
import type { Config } from '../model.ts';
import { withNewMac } from '../networks.ts';
import { addGuest, newGuest, requireFree, requirePool } from './create.ts';
import { requireStorageOn } from './migrate.ts';
import type { GuestRef, Operation } from './operation.ts';
import { label, requireQuorum, requireUnlocked, taskPrefix } from './operation.ts';
import { bootGuest } from './power.ts';

export interface RestoreOptions {
  volid: string;
  force?: boolean | undefined;
  /** New MAC addresses, and for a VM a new uuid. */
  unique?: boolean | undefined;
  pool?: string | undefined;
  storage?: string | undefined;
  isStarted?: boolean;
}

/** uuid and ctime come from the backup; a VM gets a new vmgenid (qemu-server restore_update_config_line). */
export function restore({ cluster, by }: Operation, ref: GuestRef, options: RestoreOptions): string {
  requireQuorum(cluster);
  const backup = cluster.volumes.get(options.volid)?.backup;
  if (!backup || backup.kind !== ref.kind) throw serverError(`volume '${options.volid}' does not exist`);
  const old = cluster.guests.get(ref.vmid);
  if (old && !options.force) requireFree(cluster, ref.kind, ref.vmid);
  if (old && (old.kind !== ref.kind || old.node !== ref.node)) {
    throw serverError(
      `unable to restore ${label(ref.kind)} ${ref.vmid} - ${label(old.kind)} ${ref.vmid} already exists on node '${old.node}'`,
    );
  }
  if (old && old.power !== 'stopped')
    throw serverError(`unable to restore ${label(ref.kind)} ${ref.vmid} - ${label(ref.kind)} ${ref.vmid} is running`);
  // Sources: qemu-server src/PVE/API2/Qemu.pm create_vm, pve-container src/PVE/API2/LXC.pm create_vm.
  if (old?.config['protection'] === 1)
    throw serverError(`unable to restore ${label(ref.kind)} ${ref.vmid} - protection mode enabled`);
  if (old) requireUnlocked(old);
  if (options.storage !== undefined) requireStorageOn(cluster, options.storage, ref.node);
  requirePool(cluster, options.pool);
  const type = `${taskPrefix(ref.kind)}restore`;
  const config = restoredConfig(cluster, ref, backup.config, options);
  const storages = [options.volid.split(':')[0] ?? '', ...storagesOf(ref.kind, config)];
  return cluster.tasks.run({ node: ref.node, type, id: ref.vmid, authid: by, storages }, (task) => {
    task.print(`restore ${options.volid}`);
    const guest = newGuest(ref, config);
    const replace = (): void => {
      addGuest(cluster, guest, options.pool);
      if (options.isStarted) bootGuest({ cluster, by }, guest);
    };
    task.act(replace, old ? locked(old, 'create') : made(cluster, guest, 'create'));
  });
}

const NOT_RESTORED = /^(?:lock|parent|template|snaptime|snapstate|unused\d+)$/;

function restoredConfig(cluster: Cluster, ref: GuestRef, saved: Config, options: RestoreOptions): Config {
  const taken = new Set<string>();
  const config: Config = {};
  for (const [key, value] of Object.entries(saved)) {
    if (NOT_RESTORED.test(key)) continue;
    config[key] = value;
    if (isDiskKey(ref.kind, key) && !String(value).includes('media=cdrom')) {
      const old = volumeOf(value);
      const volid = newVolume(cluster, ref, options.storage ?? old.split(':')[0] ?? '', taken);
      taken.add(volid);
      config[key] = String(value).replace(old, volid);
    }
    if (options.unique && /^net\d+$/.test(key)) config[key] = withNewMac(ref.kind, value, cluster.prng);
  }
  if (ref.kind === 'lxc') return config;
  if (config['vmgenid'] !== undefined) config['vmgenid'] = cluster.prng.uuid();
  if (options.unique && config['smbios1'] !== undefined) config['smbios1'] = `uuid=${cluster.prng.uuid()}`;
  return config;
}
