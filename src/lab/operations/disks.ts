import { serverError } from '../api-error.ts';
import type { Cluster } from '../cluster.ts';
import { diskSizeBytes, isDiskKey, sizeBytes, volumeOf, withDiskSize } from '../disks.ts';
import { held, locked, together } from '../meanwhile.ts';
import type { ConfigValue, LabGuest } from '../model.ts';
import { moveVolume } from './disk-move.ts';
import type { GuestRef, Operation } from './operation.ts';
import { label, logLine, requireDigest, requireGuest, requireUnlocked } from './operation.ts';

interface Resize {
  disk: string;
  /** `32G`, or `+4G` for more than now. */
  size: string;
  digest?: string | undefined;
}

export function resize({ cluster, by }: Operation, ref: GuestRef, { disk, size, digest }: Resize): string | null {
  const note = `update ${label(ref.kind)} ${ref.vmid}: resize --disk ${disk} --size ${size}`;
  const prepare = (): { guest: LabGuest; grow: () => void } => {
    const guest = requireGuest(cluster, ref);
    requireDigest(guest, digest);
    requireUnlocked(guest);
    const value = requireDisk(guest, disk);
    const before = diskSizeBytes(value);
    const after = size.startsWith('+') ? before + sizeBytes(size.slice(1)) : sizeBytes(size);
    if (after < before) throw serverError('shrinking disks is not supported');
    const grow = (): void => {
      cluster.remember(guest);
      guest.config[disk] = withDiskSize(value, after);
    };
    return { guest, grow };
  };
  // Of a VM it became a task in 8.
  if (ref.kind === 'qemu' && cluster.release === '7.4') {
    const { grow } = prepare();
    logLine({ cluster, by }, ref.node, note);
    grow();
    return null;
  }
  return cluster.tasks.run({ node: ref.node, type: 'resize', id: ref.vmid, authid: by }, (task) => {
    const { guest, grow } = prepare();
    task.log(note);
    task.act(grow, held(guest));
  });
}

function requireDisk({ config }: LabGuest, disk: string): ConfigValue {
  const value = config[disk];
  if (value === undefined) throw serverError(`disk '${disk}' does not exist`);
  return value;
}

interface Move {
  disk: string;
  storage: string;
  isDeleted: boolean;
  digest?: string | undefined;
}

/** What is wrong is refused before there is a task. Source: qemu-server src/PVE/API2/Qemu.pm move_vm_disk. */
export function moveDisk(
  { cluster, by }: Operation,
  ref: GuestRef,
  { disk, storage, isDeleted, digest }: Move,
): string {
  const guest = requireGuest(cluster, ref);
  requireUnlocked(guest);
  requireDigest(guest, digest);
  const from = volumeOf(requireDisk(guest, disk)).split(':')[0] ?? '';
  if (!cluster.storages.has(storage)) throw serverError(`storage '${storage}' does not exist`);
  if (from === storage) throw serverError("you can't move to the same storage with same format");
  if (isDeleted && isInSnapshot(guest, disk))
    throw serverError("you can't move a disk with snapshots and delete the source");
  const start = { node: ref.node, id: ref.vmid, authid: by, storages: [from, storage] };
  const type = ref.kind === 'qemu' ? 'qmmove' : 'move_volume';
  return cluster.tasks.run({ ...start, type }, (task) => {
    const what =
      ref.kind === 'qemu' ? `move disk VM ${ref.vmid}: move --disk` : `move volume CT ${ref.vmid}: move --volume`;
    task.log(`${what} ${disk} --storage ${storage}`);
    task.act(
      () => moveVolume(cluster, guest, disk, storage, isDeleted),
      // Source: pve-container src/PVE/API2/LXC.pm move_volume.
      ref.kind === 'lxc' ? locked(guest, 'disk') : held(guest),
    );
  });
}

function isInSnapshot({ snapshots, config }: LabGuest, disk: string): boolean {
  const volume = volumeOf(config[disk] ?? '');
  return [...snapshots.values()].some((snapshot) => volumeOf(snapshot.config[disk] ?? '') === volume);
}

/** Gives a disk to another guest: one task of the giver (recorded on 9.2: `qmmove:105-scsi0>106-scsi3`). */
export function giveDisk(
  { cluster, by }: Operation,
  ref: GuestRef,
  disk: string,
  to: { vmid: number; as: string },
): string {
  const giver = requireGuest(cluster, ref);
  const taker = requireGuest(cluster, { ...ref, vmid: to.vmid });
  requireUnlocked(giver);
  requireUnlocked(taker);
  const value = requireDisk(giver, disk);
  if (isInSnapshot(giver, disk)) throw serverError(`Can't move disk '${disk}' which is used by a snapshot`);
  if (isDiskKey(ref.kind, disk) && giver.power !== 'stopped')
    throw serverError(`Cannot move disk of running ${label(ref.kind)} (use 'unlink' first)`);
  if (taker.config[to.as] !== undefined)
    throw serverError(`Target disk key '${to.as}' is already in use for ${label(ref.kind)} '${to.vmid}'`);
  const type = ref.kind === 'qemu' ? 'qmmove' : 'move_volume';
  const id = `${ref.vmid}-${disk}>${to.vmid}-${to.as}`;
  return cluster.tasks.run({ node: ref.node, type, id, authid: by }, (task) => {
    task.act(() => handOver(cluster, giver, disk, { taker, as: to.as, value }), together([held(giver), held(taker)]));
  });
}

function handOver(
  cluster: Cluster,
  giver: LabGuest,
  disk: string,
  { taker, as, value }: { taker: LabGuest; as: string; value: ConfigValue },
): void {
  cluster.remember(giver);
  cluster.remember(taker);
  delete giver.config[disk];
  taker.config[as] = String(value).replaceAll(`vm-${giver.vmid}-`, `vm-${taker.vmid}-`);
}
