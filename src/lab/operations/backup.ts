import { parameterError, serverError } from '../api-error.ts';
import type { Cluster } from '../cluster.ts';
import { listName } from '../guest-size.ts';
import { locked, together } from '../meanwhile.ts';
import type { Config, LabGuest, LabVolume } from '../model.ts';
import { label, type Operation } from './operation.ts';

const BACKUP_BYTES = 1_081_465;

export interface BackupOptions {
  node: string;
  vmids: readonly number[];
  storage: string;
  notes?: string | undefined;
  isProtected?: boolean;
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
  if (guest?.node !== node) return { vmid, guest: null, problem: 'unable to find VM' };
  const { lock } = guest.config;
  return lock === undefined
    ? { vmid, guest, problem: '' }
    : { vmid, guest: null, problem: `${label(guest.kind)} is locked (${lock})` };
}

function dumpOne(
  cluster: Cluster,
  { vmid, guest, problem }: Candidate,
  { storage, notes, isProtected = false }: BackupOptions,
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
  volume.isProtected = isProtected;
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
    notes: rendered(cluster, guest, notes ?? '{{guestname}}'),
    isProtected: false,
    backup: { kind: guest.kind, vmid: guest.vmid, config: withoutLock(guest.config) },
  };
  cluster.volumes.set(volid, volume);
  return volume;
}

/** Source: pve-manager PVE/VZDump.pm, notes-template. */
function rendered(cluster: Cluster, guest: LabGuest, template: string): string {
  const values: Readonly<Record<string, string>> = {
    guestname: listName(guest),
    vmid: String(guest.vmid),
    node: guest.node,
    cluster: cluster.name ?? 'standalone node',
  };
  return template.replace(/\{\{(\w+)\}\}/g, (text, name: string) => values[name] ?? text);
}

function withoutLock({ lock: _, ...config }: Config): Config {
  return config;
}

function backupName(guest: LabGuest, storage: string, ctime: number, format: string): string {
  const [day = '', time = ''] = new Date(ctime * 1000).toISOString().slice(0, 19).split('T');
  return `${storage}:backup/vzdump-${guest.kind}-${guest.vmid}-${day.replaceAll('-', '_')}-${time.replaceAll(':', '_')}.${format}`;
}
