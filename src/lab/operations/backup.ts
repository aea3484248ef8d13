import { parameterError, serverError } from '../api-error.ts';
import type { Cluster } from '../cluster.ts';
import { isDiskKey, newVolume, storagesOf, volumeOf } from '../disks.ts';
import { listName } from '../guest-size.ts';
import { locked, made, together } from '../meanwhile.ts';
import type { Config, LabGuest, LabVolume } from '../model.ts';
import { withNewMac } from '../networks.ts';
import { addGuest, newGuest, requireFree } from './create.ts';
import type { GuestRef, Operation } from './operation.ts';
import { label, requireQuorum, taskPrefix } from './operation.ts';

const BACKUP_BYTES = 1_081_465;

export interface BackupOptions {
  node: string;
  vmids: readonly number[];
  storage: string;
  notes?: string | undefined;
}

/** A task of several guests has an empty id; what became of each is in its log. */
export function vzdump({ cluster, by }: Operation, options: BackupOptions): string {
  const { node, vmids, storage } = options;
  const target = cluster.storages.get(storage);
  if (!target) throw parameterError({ storage: `storage '${storage}' does not exist` });
  if (!target.content.includes('backup')) throw serverError(`storage '${storage}' does not support backups`);
  const id = vmids.length === 1 ? String(vmids[0]) : '';
  const judged = vmids.map((vmid) => judge(cluster, node, vmid));
  return cluster.tasks.run({ node, type: 'vzdump', id, authid: by, storages: [storage] }, (task) => {
    task.print(`INFO: starting new backup job: vzdump ${vmids.join(' ')} --storage ${storage} --node ${node}`);
    const dump = (): void => {
      for (const candidate of judged) dumpOne(cluster, candidate, options, task.print);
      if (judged.some(({ guest }) => guest === null)) throw serverError('job errors');
      task.print('INFO: Backup job finished successfully');
    };
    const guests = judged.flatMap(({ guest }) => (guest === null ? [] : [guest]));
    task.act(dump, together(guests.map((guest) => locked(guest, 'backup'))));
  });
}

interface Candidate {
  vmid: number;
  /** null: it cannot be backed up. */
  guest: LabGuest | null;
  problem: string;
}

function judge(cluster: Cluster, node: string, vmid: number): Candidate {
  const guest = cluster.guests.get(vmid);
  if (guest?.node !== node) return { vmid, guest: null, problem: guest ? 'VM is locked' : 'unable to find VM' };
  return guest.config['lock'] === undefined
    ? { vmid, guest, problem: '' }
    : { vmid, guest: null, problem: 'VM is locked' };
}

function dumpOne(
  cluster: Cluster,
  { vmid, guest, problem }: Candidate,
  { storage, notes }: BackupOptions,
  print: (line: string) => void,
): void {
  if (guest === null) {
    print(`ERROR: Backup of VM ${vmid} failed - ${problem}`);
    return;
  }
  print(`INFO: Starting Backup of VM ${vmid} (${guest.kind})`);
  // In the node's time zone, which is UTC here.
  const [day = '', time = ''] = new Date(cluster.nowSeconds() * 1000).toISOString().slice(0, 19).split('T');
  print(`INFO: Backup started at ${day} ${time}`);
  const volume = storeBackup(cluster, guest, storage, notes);
  print(`INFO: creating vzdump archive '${volume.volid}'`);
  print(`INFO: archive file size: ${Math.floor(volume.sizeBytes / 1_048_576)}MB`);
  print(`INFO: Finished Backup of VM ${vmid} (00:00:00)`);
}

export function storeBackup(cluster: Cluster, guest: LabGuest, storage: string, notes: string | undefined): LabVolume {
  const isVm = guest.kind === 'qemu';
  const format = isVm ? 'vma.zst' : 'tar.zst';
  let ctime = cluster.nowSeconds();
  let volid = backupName(guest, storage, ctime, format);
  while (cluster.volumes.has(volid)) volid = backupName(guest, storage, (ctime += 1), format);
  const volume: LabVolume = {
    volid,
    storage,
    node: cluster.storages.get(storage)?.isShared ? null : guest.node,
    content: 'backup',
    format,
    sizeBytes: BACKUP_BYTES,
    ctime,
    vmid: guest.vmid,
    notes: notes ?? listName(guest),
    backup: { kind: guest.kind, vmid: guest.vmid, config: { ...guest.config } },
  };
  cluster.volumes.set(volid, volume);
  return volume;
}

function backupName(guest: LabGuest, storage: string, ctime: number, format: string): string {
  const [day = '', time = ''] = new Date(ctime * 1000).toISOString().slice(0, 19).split('T');
  return `${storage}:backup/vzdump-${guest.kind}-${guest.vmid}-${day.replaceAll('-', '_')}-${time.replaceAll(':', '_')}.${format}`;
}

export interface RestoreOptions {
  volid: string;
  force?: boolean | undefined;
  /** New MAC addresses, and for a VM a new uuid. */
  unique?: boolean | undefined;
  pool?: string | undefined;
  storage?: string | undefined;
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
  const type = `${taskPrefix(ref.kind)}restore`;
  const config = restoredConfig(cluster, ref, backup.config, options);
  const storages = [options.volid.split(':')[0] ?? '', ...storagesOf(ref.kind, config)];
  return cluster.tasks.run({ node: ref.node, type, id: ref.vmid, authid: by, storages }, (task) => {
    task.print(`restore ${options.volid}`);
    const guest = newGuest(ref, config);
    task.act(
      () => addGuest(cluster, guest, options.pool),
      old ? locked(old, 'create') : made(cluster, guest, 'create'),
    );
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
