import { parameterError, serverError } from '../api-error.ts';
import type { Cluster } from '../cluster.ts';
import { isDiskKey, storagesOf, volumeOf } from '../disks.ts';
import { locked } from '../meanwhile.ts';
import type { LabGuest, LabNode } from '../model.ts';
import type { TaskHandle } from '../task.ts';
import type { GuestRef, Operation } from './operation.ts';
import { isRoot, label, requireGuest, requireQuorum, requireUnlocked } from './operation.ts';

export interface MigrateOptions {
  target: string;
  isOnline?: boolean;
  /** A container goes down, and up again there. */
  isRestarted?: boolean;
  withLocalDisks?: boolean;
  /** Devices of the node: root@pam only. */
  isForced?: boolean;
  /** `shared`, `local-lvm:shared,local:local`, or `1`: each to itself. */
  targetStorage?: string | undefined;
}

/** Runs on the source node; uuid, vmgenid and MAC addresses stay. Source: qemu-server src/PVE/API2/Qemu.pm migrate_vm. */
export function migrate(operation: Operation, ref: GuestRef, options: MigrateOptions): string {
  const { cluster, by } = operation;
  const { target } = options;
  const guest = requireGuest(cluster, ref);
  if (target === ref.node) throw parameterError({ target: 'target is local node.' });
  if (!cluster.nodes.has(target)) throw serverError(`no such cluster node '${target}'`);
  requireQuorum(cluster);
  requireUnlocked(guest);
  requireWayToMove(guest, options);
  if (options.isForced && !isRoot(by)) throw parameterError({ force: 'Only root may use this option.' });
  for (const storage of targetStorages(guest, options)) requireStorageOn(cluster, storage, target);
  const resource = cluster.haOf(ref.vmid);
  if (resource === undefined || resource.state === 'ignored') return migrateNow(operation, guest, options);
  return cluster.tasks.run({ node: ref.node, type: 'hamigrate', id: ref.vmid, authid: by }, (task) => {
    task.print(`Requesting HA migration for ${label(ref.kind)} ${ref.vmid} to node ${target}`);
    task.act(() => requestHaMigration(cluster, ref.vmid, target));
  });
}

function requireWayToMove(guest: LabGuest, { isOnline, isRestarted }: MigrateOptions): void {
  if (guest.power === 'stopped' || isOnline || isRestarted) return;
  throw serverError(
    guest.kind === 'qemu'
      ? "can't migrate running VM without --online"
      : "can't migrate running container without --online or --restart",
  );
}

function targetStorages(guest: LabGuest, { targetStorage }: MigrateOptions): readonly string[] {
  return [...storagesOf(guest.kind, guest.config)].map((storage) => mappedStorage(storage, targetStorage));
}

function mappedStorage(storage: string, mapping: string | undefined): string {
  if (mapping === undefined || mapping === '1') return storage;
  const pairs = mapping.split(/[,;\s]+/).map((pair) => pair.split(':'));
  const pair = pairs.find(([from]) => from === storage);
  const all = pairs.find(([, to]) => to === undefined)?.[0];
  return pair?.[1] ?? all ?? storage;
}

/** Source: pve-storage src/PVE/Storage.pm storage_check_node; recorded on 8.4 for the content of a storage. */
export function requireStorageOn(cluster: Cluster, id: string, node: string): void {
  const storage = cluster.storages.get(id);
  if (!storage) throw serverError(`storage '${id}' does not exist`);
  if (!storage.isEnabled) throw serverError(`storage '${id}' is disabled`);
  if (storage.nodes?.includes(node) === false) throw serverError(`storage '${id}' is not available on node '${node}'`);
}

/** The manager does it by itself, as root@pam, when it comes to it. */
export function requestHaMigration(cluster: Cluster, vmid: number, target: string): void {
  cluster.agenda.add(cluster.nowMs() + cluster.haDelayMs, () => {
    const guest = cluster.guests.get(vmid);
    if (!guest || guest.node === target) return;
    migrateNow({ cluster, by: 'root@pam' }, guest, { target, isOnline: true, withLocalDisks: true }, 'pve-ha-lrm');
  });
}

function migrateNow({ cluster, by }: Operation, guest: LabGuest, options: MigrateOptions, tag?: string): string {
  const { target, targetStorage } = options;
  const type = guest.kind === 'qemu' ? 'qmigrate' : 'vzmigrate';
  const storages = new Set([...storagesOf(guest.kind, guest.config), ...targetStorages(guest, options)]);
  const start = { node: guest.node, target, storages, type, id: guest.vmid, authid: by, ...(tag && { tag }) };
  return cluster.tasks.run(start, (task) => {
    requireUnlocked(guest);
    const { ip } = requireTarget(cluster, target);
    refuseLocal(cluster, guest, options, task);
    task.print(`migration of ${label(guest.kind)} ${guest.vmid} to node '${target}' (${ip})`);
    task.act(
      () => {
        requireTarget(cluster, target);
        cluster.remember(guest);
        guest.node = target;
        moveVolumes(guest, targetStorage);
        task.print('migration finished successfully (duration 00:00:01)');
      },
      locked(guest, 'migrate'),
    );
  });
}

function moveVolumes(guest: LabGuest, mapping: string | undefined): void {
  for (const [key, value] of Object.entries(guest.config)) {
    if (!isDiskKey(guest.kind, key)) continue;
    const [storage = ''] = volumeOf(value).split(':');
    guest.config[key] = String(value).replace(`${storage}:`, `${mappedStorage(storage, mapping)}:`);
  }
}

function requireTarget(cluster: Cluster, target: string): LabNode {
  const node = cluster.nodes.get(target);
  if (!node || cluster.reach(node) !== 'ok') throw serverError('migration aborted');
  return node;
}

/** The reason is in the log alone. Source: qemu-server src/PVE/QemuMigrate.pm prepare, scan_local_volumes. */
function refuseLocal(cluster: Cluster, guest: LabGuest, options: MigrateOptions, { print }: TaskHandle): void {
  const resources = localResources(guest);
  if (resources.length > 0 && (guest.power !== 'stopped' || !options.isForced))
    abort(print, [`can't migrate VM which uses local devices: ${resources.join(', ')}`]);
  if (guest.kind === 'lxc' || guest.power === 'stopped' || options.withLocalDisks) return;
  const disks = localVolumes(cluster, guest).filter(({ isCdrom }) => !isCdrom);
  const why = "can't live migrate attached local disks without with-local-disks option";
  const lines = disks.map(({ volid }) => `can't migrate local disk '${volid}': ${why}`);
  if (lines.length > 0) abort(print, [...lines, "Problem found while scanning volumes - can't migrate VM - check log"]);
}

function abort(print: (line: string) => void, reasons: readonly string[]): never {
  for (const reason of reasons.slice(0, -1)) print(reason);
  print(`ERROR: migration aborted (duration 00:00:00): ${reasons.at(-1)}`);
  throw serverError('migration aborted');
}

/** Source: qemu-server src/PVE/QemuServer.pm check_local_resources. */
export function localResources({ kind, config }: LabGuest): string[] {
  if (kind === 'lxc') return [];
  const isLocal = ([key, value]: [string, string | number]): boolean =>
    key === 'ivshmem' ||
    /^(?:hostpci|parallel)\d+$/.test(key) ||
    (/^usb\d+$/.test(key) && !String(value).includes('spice')) ||
    (/^serial\d+$/.test(key) && value !== 'socket');
  return Object.entries(config)
    .filter((entry) => isLocal(entry))
    .map(([key]) => key);
}

export interface LocalVolume {
  drive: string;
  volid: string;
  isCdrom: boolean;
}

/** Volumes on storages that other nodes do not share. */
export function localVolumes(cluster: Cluster, guest: LabGuest): LocalVolume[] {
  return Object.entries(guest.config).flatMap(([drive, value]) => {
    const volid = volumeOf(value);
    const storage = cluster.storages.get(volid.split(':')[0] ?? '');
    if (!storage || storage.isShared || !(isDiskKey(guest.kind, drive) || /^unused\d+$/.test(drive))) return [];
    return [{ drive, volid, isCdrom: String(value).includes('media=cdrom') }];
  });
}
