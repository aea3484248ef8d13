import { serverError } from '../api-error.ts';
import type { Cluster } from '../cluster.ts';
import { typedValue } from '../config-keys.ts';
import { isDiskKey, newVolume, storagesOf, volumeOf } from '../disks.ts';
import { made } from '../meanwhile.ts';
import type { Config, ConfigValue, GuestKind, LabGuest } from '../model.ts';
import { withNewMac } from '../networks.ts';
import { addGuest, newGuest, requirePool } from './create.ts';
import { requireStorageOn } from './migrate.ts';
import type { GuestRef, Operation } from './operation.ts';
import { label, requireGuest, requireQuorum, requireUnlocked, taskPrefix } from './operation.ts';

export interface CloneOptions {
  newid: number;
  name?: string | undefined;
  full?: boolean | undefined;
  target?: string | undefined;
  storage?: string | undefined;
  pool?: string | undefined;
  description?: string | undefined;
  snapname?: string | undefined;
  /** What the API refuses for the storage or a container's power is done all the same. */
  isLenient?: boolean;
}

/** The task carries the vmid of the source. A clone inherits ctime, and has its own uuid, vmgenid and MAC addresses. */
export function clone(operation: Operation, ref: GuestRef, options: CloneOptions): string {
  const { cluster, by } = operation;
  requireQuorum(cluster);
  const source = requireGuest(cluster, ref);
  requireUnlocked(source);
  if (cluster.guests.has(options.newid)) {
    throw serverError(`unable to create ${label(ref.kind)} ${options.newid}: config file already exists`);
  }
  requirePool(cluster, options.pool);
  if (options.target !== undefined && !cluster.nodes.has(options.target))
    throw serverError(`no such cluster node '${options.target}'`);
  const isTemplate = source.config['template'] === 1;
  const isFull = options.full ?? !isTemplate;
  const disk = Object.entries(source.config).find(([key]) => isDiskKey(ref.kind, key));
  if (!options.isLenient) requireCloneable(cluster, source, options, isFull);
  if (!isFull && !isTemplate && disk) {
    throw serverError(`Linked clone feature is not supported for '${volumeOf(disk[1])}' (${disk[0]})`);
  }
  const config = clonedConfig(cluster, withSnapshot(source, options.snapname), options, isFull);
  return cluster.tasks.run(
    {
      node: ref.node,
      target: options.target,
      type: `${taskPrefix(ref.kind)}clone`,
      id: ref.vmid,
      authid: by,
      storages: [...storagesOf(ref.kind, source.config), ...storagesOf(ref.kind, config)],
    },
    (task) => {
      if (disk) {
        task.print(`create ${isFull ? 'full' : 'linked'} clone of drive ${disk[0]} (${volumeOf(disk[1])})`);
        const volume = volumeOf(config[disk[0]] ?? '')
          .split(/[:/]/)
          .at(-1);
        task.print(`Formatting '/var/lib/vz/images/${options.newid}/${volume}', fmt=raw`);
      }
      // It is made where the source is, and moved to its target at the end.
      const guest = newGuest({ kind: ref.kind, node: ref.node, vmid: options.newid }, config);
      task.act(
        () => {
          guest.node = options.target ?? ref.node;
          addGuest(cluster, guest, options.pool);
        },
        made(cluster, guest, 'clone'),
      );
    },
  );
}

/** Sources: qemu-server src/PVE/API2/Qemu.pm clone_vm, pve-container src/PVE/API2/LXC.pm clone_vm. */
function requireCloneable(cluster: Cluster, source: LabGuest, options: CloneOptions, isFull: boolean): void {
  const { storage, target = source.node, snapname } = options;
  if (!isFull && storage !== undefined) throw serverError("parameter 'storage' not allowed for linked clones");
  if (storage !== undefined) requireStorageOn(cluster, storage, target);
  if (source.kind === 'lxc' && isFull && source.power !== 'stopped' && snapname === undefined)
    throw serverError('Cannot do full clones on a running container without snapshots');
  const used = storage === undefined ? storagesOf(source.kind, source.config) : [storage];
  if (target !== source.node && [...used].some((id) => cluster.storages.get(id)?.isShared !== true))
    throw serverError(
      `can't clone ${label(source.kind)} to node '${target}' (${label(source.kind)} uses local storage)`,
    );
}

/** The guest as it was. */
function withSnapshot(source: LabGuest, snapname: string | undefined): LabGuest {
  if (snapname === undefined) return source;
  const snapshot = source.snapshots.get(snapname);
  if (!snapshot) throw serverError(`snapshot '${snapname}' does not exist`);
  return { ...source, config: snapshot.config };
}

const NOT_CLONED = /^(?:template|lock|parent|snaptime|snapstate|unused\d+|protection)$/;

function clonedConfig(cluster: Cluster, source: LabGuest, options: CloneOptions, isFull: boolean): Config {
  const owner = { kind: source.kind, vmid: options.newid };
  const taken = new Set<string>();
  const config: Config = {};
  for (const [key, value] of Object.entries(source.config)) {
    if (!NOT_CLONED.test(key)) config[key] = clonedValue(cluster, source.kind, key, value);
    if (isDiskKey(source.kind, key) && !String(value).includes('media=cdrom')) {
      const old = volumeOf(value);
      const volid = newVolume(cluster, owner, options.storage ?? old.split(':')[0] ?? '', taken);
      taken.add(volid);
      config[key] = String(value).replace(old, isFull ? volid : linkedVolume(old, volid));
    }
  }
  if (options.name !== undefined) config[source.kind === 'qemu' ? 'name' : 'hostname'] = options.name;
  else if (source.kind === 'qemu') config['name'] = `Copy-of-VM-${String(source.config['name'] ?? source.vmid)}`;
  if (options.description !== undefined)
    config['description'] = typedValue(cluster.release, source.kind, 'description', options.description);
  return config;
}

function clonedValue(cluster: Cluster, kind: GuestKind, key: string, value: ConfigValue): ConfigValue {
  if (/^net\d+$/.test(key)) return withNewMac(kind, value, cluster.prng);
  if (key === 'vmgenid') return cluster.prng.uuid();
  if (key === 'smbios1') return String(value).replace(/uuid=[^,]+/, `uuid=${cluster.prng.uuid()}`);
  return value;
}

/** A linked clone's volume names its base on file storages: `local:9000/base-9000-disk-0.qcow2/110/vm-110-disk-0.qcow2`. */
function linkedVolume(base: string, volid: string): string {
  return volid.includes('/') ? `${base}/${volid.slice(volid.indexOf(':') + 1)}` : volid;
}
