import { serverError } from '../api-error.ts';
import type { Cluster } from '../cluster.ts';
import { newVolume, volumeOf, volumesIn } from '../disks.ts';
import type { LabGuest } from '../model.ts';

/** Puts a disk on another storage. Without `isDeleted` the old volume stays as `unusedN`. */
export function moveVolume(cluster: Cluster, guest: LabGuest, disk: string, storage: string, isDeleted: boolean): void {
  const value = guest.config[disk];
  if (value === undefined) throw serverError(`disk '${disk}' does not exist`);
  const old = volumeOf(value);
  if (old.startsWith(`${storage}:`)) throw serverError("you can't move to the same storage with same format");
  const taken = volumesIn(guest.kind, guest.config);
  guest.config[disk] = String(value).replace(old, newVolume(cluster, guest, storage, taken));
  if (isDeleted) return;
  let index = 0;
  while (guest.config[`unused${index}`] !== undefined) index += 1;
  guest.config[`unused${index}`] = old;
}
