import { parameterError, serverError } from '../api-error.ts';
import type { Cluster } from '../cluster.ts';
import { isLive, keyType, sortedTags, typedValue, valueError } from '../config-keys.ts';
import { allocateDisk, isDiskKey, volumesIn } from '../disks.ts';
import { applyPending } from '../guest-config.ts';
import { held } from '../meanwhile.ts';
import type { ConfigValue, LabGuest } from '../model.ts';
import { withMac } from '../networks.ts';
import type { Release } from '../release.ts';
import type { GuestRef, Operation } from './operation.ts';
import { isRoot, logLine, requireDigest, requireGuest, requireUnlocked, requireWritable } from './operation.ts';

export type ConfigParameters = Readonly<Record<string, string>>;

/** Parameters that are no keys: of a container, of a VM's PUT, of its POST. */
const OF_CONTAINER: ReadonlySet<string> = new Set(['digest', 'delete', 'revert']);
const OF_PUT: ReadonlySet<string> = new Set([...OF_CONTAINER, 'force', 'skiplock']);
const NO_KEYS: ReadonlySet<string> = new Set([...OF_PUT, 'background_delay', 'import-working-storage']);

/** Refuses what the vendor's schema refuses: unknown keys and values of the wrong form. */
export function checkConfigParameters(
  ref: GuestRef,
  parameters: ConfigParameters,
  { release, others }: { release: Release; others: ReadonlySet<string> },
): void {
  const errors: Record<string, string> = {};
  for (const [key, value] of Object.entries(parameters)) {
    if (others.has(key)) continue;
    const isKey = keyType(ref.kind, key, release) !== undefined;
    const error = isKey ? valueError(ref.kind, key, value, release) : undefined;
    if (error !== undefined) errors[key] = error;
    else if (!isKey)
      errors[key] = 'property is not defined in schema and the schema does not allow additional properties';
  }
  if (Object.keys(errors).length > 0) throw parameterError(errors);
}

/** `PUT …/config`: at once, without a task. Of containers nothing at all tells that it happened. */
export function setConfig(operation: Operation, ref: GuestRef, parameters: ConfigParameters): null {
  const guest = prepare(operation, ref, parameters, ref.kind === 'qemu' ? OF_PUT : OF_CONTAINER);
  noteUpdate(operation, ref, parameters);
  apply(operation, guest, parameters);
  return null;
}

/** `POST …/config`, VMs only: the same in a task. */
export function setConfigInTask(operation: Operation, ref: GuestRef, parameters: ConfigParameters): string {
  const guest = prepare(operation, ref, parameters, NO_KEYS);
  noteUpdate(operation, ref, parameters);
  return operation.cluster.tasks.run(
    { node: ref.node, type: 'qmconfig', id: ref.vmid, authid: operation.by },
    (task) => {
      task.act(() => apply(operation, guest, parameters), held(guest));
    },
  );
}

function prepare(
  { cluster, by }: Operation,
  ref: GuestRef,
  parameters: ConfigParameters,
  others: ReadonlySet<string>,
): LabGuest {
  checkConfigParameters(ref, parameters, { release: cluster.release, others });
  if (parameters['args'] !== undefined && !isRoot(by)) throw serverError("only root can set 'args' config");
  const skipsLock = parameters['skiplock'] === '1';
  if (skipsLock && !isRoot(by)) throw parameterError({ skiplock: 'Only root may use this option.' });
  const guest = requireGuest(cluster, ref);
  const { digest, ...changes } = parameters;
  if (Object.keys(changes).length === 0) throw serverError('no options specified');
  for (const key of listed(parameters['delete'])) {
    if (!keyType(ref.kind, key)) throw parameterError({ delete: `unknown option '${key}'` });
  }
  if (!skipsLock) requireUnlocked(guest);
  requireDigest(guest, digest);
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
  for (const key of listed(parameters['delete'])) removeKey(guest, key, parameters['force'] === '1');
  for (const [key, value] of Object.entries(parameters)) {
    if (!NO_KEYS.has(key)) setKey(guest, key, storedValue(cluster, guest, key, value));
  }
  if (guest.power === 'stopped') applyPending(guest);
}

/** `isForced`: the volume is gone with it. */
function removeKey(guest: LabGuest, key: string, isForced: boolean): void {
  delete guest.pending[key];
  const value = guest.config[key];
  if (value === undefined) return;
  if (isDiskKey(guest.kind, key) && !isForced) keepUnused(guest, value);
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
