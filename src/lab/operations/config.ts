import { splitAuthId } from '../../types/auth-id.ts';
import { parameterError, serverError } from '../api-error.ts';
import type { Cluster } from '../cluster.ts';
import { configDigest } from '../config-file.ts';
import { isLive, keyType, sortedTags, typedValue, valueError } from '../config-keys.ts';
import { allocateDisk, diskSizeBytes, isDiskKey, sizeBytes, volumeOf, volumesIn, withDiskSize } from '../disks.ts';
import { applyPending } from '../guest-config.ts';
import { held, locked } from '../meanwhile.ts';
import type { ConfigValue, LabGuest } from '../model.ts';
import { withMac } from '../networks.ts';
import { moveVolume } from './disk-move.ts';
import type { GuestRef, Operation } from './operation.ts';
import { label, logLine, requireGuest, requireUnlocked, requireWritable, taskPrefix } from './operation.ts';

export type ConfigParameters = Readonly<Record<string, string>>;

const NO_KEYS = new Set([
  'digest',
  'delete',
  'revert',
  'force',
  'skiplock',
  'background_delay',
  'import-working-storage',
]);

/** Refuses what the vendor's schema refuses: unknown keys and values of the wrong form. */
export function checkConfigParameters(
  ref: GuestRef,
  parameters: ConfigParameters,
  others: ReadonlySet<string> = NO_KEYS,
): void {
  const errors: Record<string, string> = {};
  for (const [key, value] of Object.entries(parameters)) {
    if (others.has(key)) continue;
    const error = keyType(ref.kind, key) ? valueError(ref.kind, key, value) : undefined;
    if (error !== undefined) errors[key] = error;
    else if (!keyType(ref.kind, key))
      errors[key] = 'property is not defined in schema and the schema does not allow additional properties';
  }
  if (Object.keys(errors).length > 0) throw parameterError(errors);
}

/** `PUT …/config`: at once, without a task. Of containers nothing at all tells that it happened. */
export function setConfig(operation: Operation, ref: GuestRef, parameters: ConfigParameters): null {
  const guest = prepare(operation, ref, parameters);
  noteUpdate(operation, ref, parameters);
  apply(operation, guest, parameters);
  return null;
}

/** `POST …/config`, VMs only: the same in a task. */
export function setConfigInTask(operation: Operation, ref: GuestRef, parameters: ConfigParameters): string {
  const guest = prepare(operation, ref, parameters);
  noteUpdate(operation, ref, parameters);
  return operation.cluster.tasks.run(
    { node: ref.node, type: 'qmconfig', id: ref.vmid, authid: operation.by },
    (task) => {
      task.act(() => apply(operation, guest, parameters), held(guest));
    },
  );
}

function prepare({ cluster, by }: Operation, ref: GuestRef, parameters: ConfigParameters): LabGuest {
  checkConfigParameters(ref, parameters);
  const isRoot = splitAuthId(by).user === 'root@pam';
  if (parameters['args'] !== undefined && !isRoot) throw serverError("only root can set 'args' config");
  const skipsLock = parameters['skiplock'] === '1';
  if (skipsLock && !isRoot) throw parameterError({ skiplock: 'Only root may use this option.' });
  const guest = requireGuest(cluster, ref);
  const { digest, ...changes } = parameters;
  if (Object.keys(changes).length === 0) throw serverError('no options specified');
  for (const key of listed(parameters['delete'])) {
    if (!keyType(ref.kind, key)) throw parameterError({ delete: `unknown option '${key}'` });
  }
  if (!skipsLock) requireUnlocked(guest);
  if (digest !== undefined && digest !== configDigest(guest))
    throw serverError('checksum mismatch (file change by other user?)');
  requireWritable(cluster, ref);
  return guest;
}

function noteUpdate(operation: Operation, ref: GuestRef, parameters: ConfigParameters): void {
  if (ref.kind !== 'qemu') return;
  const parts = Object.entries(parameters)
    .filter(([key]) => !['digest', 'background_delay', 'skiplock'].includes(key))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `-${key} ${key === 'cipassword' ? '<hidden>' : value}`);
  logLine(operation, ref.node, `update VM ${ref.vmid}: ${parts.join(' ')}`);
}

function apply({ cluster }: Operation, guest: LabGuest, parameters: ConfigParameters): void {
  cluster.remember(guest);
  for (const key of listed(parameters['revert'])) {
    delete guest.pending[key];
    guest.pendingDelete.delete(key);
  }
  for (const key of listed(parameters['delete'])) removeKey(guest, key);
  for (const [key, value] of Object.entries(parameters)) {
    if (!NO_KEYS.has(key)) setKey(guest, key, storedValue(cluster, guest, key, value));
  }
  if (guest.power === 'stopped') applyPending(guest);
}

function removeKey(guest: LabGuest, key: string): void {
  delete guest.pending[key];
  const value = guest.config[key];
  if (value === undefined) return;
  if (isDiskKey(guest.kind, key)) keepUnused(guest, value);
  if (guest.power === 'stopped' || isLive(guest.kind, key)) delete guest.config[key];
  else guest.pendingDelete.add(key);
}

function keepUnused(guest: LabGuest, disk: ConfigValue): void {
  let index = 0;
  while (guest.config[`unused${index}`] !== undefined) index += 1;
  const volume = String(disk).split(',')[0];
  if (volume !== undefined && volume !== 'none' && !String(disk).includes('media=cdrom'))
    guest.config[`unused${index}`] = volume;
}

function setKey(guest: LabGuest, key: string, value: ConfigValue): void {
  guest.pendingDelete.delete(key);
  delete guest.pending[key];
  if (guest.config[key] === value) return;
  if (guest.power === 'stopped' || isLive(guest.kind, key)) guest.config[key] = value;
  else guest.pending[key] = value;
}

export function storedValue(cluster: Cluster, guest: LabGuest, key: string, value: string): ConfigValue {
  if (key === 'tags') return sortedTags(value);
  if (key === 'cipassword') return '**********';
  if (/^net\d+$/.test(key)) return withMac(guest.kind, value, cluster.prng);
  if (isDiskKey(guest.kind, key)) return allocateDisk(cluster, guest, value, volumesIn(guest.kind, guest.config));
  return typedValue(cluster.release, guest.kind, key, value);
}

function listed(text: string | undefined): string[] {
  return text === undefined ? [] : text.split(/[,;\s]+/).filter((key) => key !== '');
}

export function resize({ cluster, by }: Operation, ref: GuestRef, disk: string, size: string): string | null {
  const note = `update ${label(ref.kind)} ${ref.vmid}: resize --disk ${disk} --size ${size}`;
  // Of a VM it became a task in 8.
  if (ref.kind === 'qemu' && cluster.release === '7.4') {
    const grow = growth(cluster, ref, disk, size);
    logLine({ cluster, by }, ref.node, note);
    grow.apply();
    return null;
  }
  return cluster.tasks.run({ node: ref.node, type: 'resize', id: ref.vmid, authid: by }, (task) => {
    const grow = growth(cluster, ref, disk, size);
    task.log(note);
    task.act(grow.apply, held(grow.guest));
  });
}

interface Growth {
  guest: LabGuest;
  apply: () => void;
}

function growth(cluster: Cluster, ref: GuestRef, disk: string, size: string): Growth {
  const guest = requireGuest(cluster, ref);
  requireUnlocked(guest);
  const value = guest.config[disk];
  if (value === undefined) throw serverError(`disk '${disk}' does not exist`);
  const before = diskSizeBytes(value);
  const after = size.startsWith('+') ? before + sizeBytes(size.slice(1)) : sizeBytes(size);
  if (after < before) throw serverError('shrinking disks is not supported');
  const apply = (): void => {
    cluster.remember(guest);
    guest.config[disk] = withDiskSize(value, after);
  };
  return { guest, apply };
}

export function moveDisk(
  { cluster, by }: Operation,
  ref: GuestRef,
  disk: string,
  storage: string,
  isDeleted: boolean,
): string {
  const guest = requireGuest(cluster, ref);
  requireUnlocked(guest);
  if (!cluster.storages.has(storage)) throw serverError(`storage '${storage}' does not exist`);
  const type = ref.kind === 'qemu' ? `${taskPrefix(ref.kind)}move` : 'move_volume';
  const [from = ''] = volumeOf(guest.config[disk] ?? '').split(':');
  return cluster.tasks.run({ node: ref.node, type, id: ref.vmid, authid: by, storages: [from, storage] }, (task) => {
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
