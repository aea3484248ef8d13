import type { GuestKind } from '../../types/guest.ts';
import { ApiError, parameterError, serverError } from '../api-error.ts';
import type { Cluster } from '../cluster.ts';
import { typedValue } from '../config-keys.ts';
import { allocateDisk, isDiskKey, newVolume, volumeOf } from '../disks.ts';
import type { Config, ConfigValue, LabGuest } from '../model.ts';
import { withMac, withNewMac } from '../networks.ts';
import { RELEASES } from '../release.ts';
import type { ConfigParameters } from './config.ts';
import { checkConfigParameters } from './config.ts';
import type { GuestRef, Operation } from './operation.ts';
import { label, requireGuest, requireQuorum, requireUnlocked, requireWritable, taskPrefix } from './operation.ts';
import { bootGuest } from './power.ts';

/** Parameters of a creation that are no configuration. */
const CREATE_OPTIONS = new Set(
  'vmid node pool storage start archive force unique ostemplate restore bwlimit live-restore password ssh-public-keys ignore-unpack-errors ha-managed import-working-storage'.split(
    ' ',
  ),
);

export function newGuest(ref: GuestRef, config: Config): LabGuest {
  return {
    ...ref,
    config,
    pending: {},
    pendingDelete: new Set(),
    power: 'stopped',
    startedAtMs: 0,
    pid: 0,
    snapshots: new Map(),
    earlier: [],
  };
}

export function addGuest(cluster: Cluster, guest: LabGuest, pool: string | undefined): void {
  cluster.remember(guest, true);
  cluster.guests.set(guest.vmid, guest);
  if (pool === undefined) return;
  cluster.poolOf.set(guest.vmid, pool);
  cluster.access.changed();
}

export function requireFree(cluster: Cluster, kind: GuestKind, vmid: number): void {
  const there = cluster.guests.get(vmid);
  if (!there) return;
  throw serverError(
    `unable to create ${label(kind)} ${vmid} - ${label(there.kind)} ${vmid} already exists on node '${there.node}'`,
  );
}

export function create(operation: Operation, ref: GuestRef, parameters: ConfigParameters): string {
  const { cluster, by } = operation;
  checkConfigParameters(ref, parameters, CREATE_OPTIONS);
  requireQuorum(cluster);
  requireFree(cluster, ref.kind, ref.vmid);
  requirePool(cluster, parameters['pool']);
  const config = initialConfig(cluster, ref, parameters);
  const type = `${taskPrefix(ref.kind)}create`;
  return cluster.tasks.run({ node: ref.node, type, id: ref.vmid, authid: by }, () => {
    const guest = newGuest(ref, config);
    addGuest(cluster, guest, parameters['pool']);
    if (parameters['start'] === '1') bootGuest(operation, guest);
  });
}

export function requirePool(cluster: Cluster, pool: string | undefined): void {
  if (pool !== undefined && !cluster.pools.has(pool)) throw serverError(`no such pool '${pool}'`);
}

function initialConfig(cluster: Cluster, ref: GuestRef, parameters: ConfigParameters): Config {
  const config: Config = {};
  const taken = new Set<string>();
  for (const [key, value] of Object.entries(parameters)) {
    if (CREATE_OPTIONS.has(key)) continue;
    if (/^net\d+$/.test(key)) config[key] = withMac(ref.kind, value, cluster.prng);
    else if (isDiskKey(ref.kind, key)) config[key] = allocateDisk(cluster, ref, value, taken);
    else config[key] = typedValue(cluster.release, ref.kind, key, value);
  }
  if (ref.kind === 'lxc') return { ...containerDefaults(cluster, ref, parameters, taken), ...config };
  return { ...vmIdentity(cluster, cluster.nowSeconds()), ...bootOrder(config), ...config };
}

/** What PVE writes into every new VM (qemu-server MetaInfo.pm). */
export function vmIdentity(cluster: Cluster, ctime: number): Config {
  return {
    meta: `creation-qemu=${RELEASES[cluster.release].qemu},ctime=${ctime}`,
    smbios1: `uuid=${cluster.prng.uuid()}`,
    vmgenid: cluster.prng.uuid(),
  };
}

function bootOrder(config: Config): Config {
  const disks = Object.keys(config).filter(
    (key) => /^(scsi|virtio|ide|sata)\d+$/.test(key) && !String(config[key]).includes('cloudinit'),
  );
  const cards = Object.keys(config).filter((key) => /^net\d+$/.test(key));
  const order = [...disks.slice(0, 1), ...cards.slice(0, 1)];
  return order.length === 0 ? {} : { boot: `order=${order.join(';')}` };
}

function containerDefaults(cluster: Cluster, ref: GuestRef, parameters: ConfigParameters, taken: Set<string>): Config {
  const rootfs = allocateDisk(cluster, ref, `${parameters['storage'] ?? 'local-lvm'}:4`, taken);
  return { arch: 'amd64', ostype: 'debian', hostname: `CT${ref.vmid}`, memory: 512, swap: 512, rootfs };
}

export interface CloneOptions {
  newid: number;
  name?: string | undefined;
  full?: boolean | undefined;
  target?: string | undefined;
  storage?: string | undefined;
  pool?: string | undefined;
  description?: string | undefined;
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
  if (!isFull && !isTemplate && disk) {
    throw serverError(`Linked clone feature is not supported for '${volumeOf(disk[1])}' (${disk[0]})`);
  }
  const config = clonedConfig(cluster, source, options, isFull);
  return cluster.tasks.run(
    { node: ref.node, type: `${taskPrefix(ref.kind)}clone`, id: ref.vmid, authid: by },
    (task) => {
      if (disk) task.print(`create ${isFull ? 'full' : 'linked'} clone of drive ${disk[0]} (${volumeOf(disk[1])})`);
      addGuest(
        cluster,
        newGuest({ kind: ref.kind, node: options.target ?? ref.node, vmid: options.newid }, config),
        options.pool,
      );
    },
  );
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
  return cluster.tasks.run({ node: ref.node, type: `${taskPrefix(ref.kind)}destroy`, id: ref.vmid, authid: by }, () => {
    requireUnlocked(guest);
    cluster.guests.delete(ref.vmid);
    cluster.poolOf.delete(ref.vmid);
    cluster.access.forgetPath(`/vms/${ref.vmid}`);
  });
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
  });
  migrateNow({ cluster, by: 'root@pam' }, guest, target, 'pve-ha-lrm');
  return upid;
}

function migrateNow({ cluster, by }: Operation, guest: LabGuest, target: string, tag?: string): string {
  const type = guest.kind === 'qemu' ? 'qmigrate' : 'vzmigrate';
  return cluster.tasks.run({ node: guest.node, type, id: guest.vmid, authid: by, ...(tag && { tag }) }, (task) => {
    requireUnlocked(guest);
    const node = cluster.nodes.get(target);
    if (!node || cluster.reach(node) !== 'ok') throw new ApiError(500, 'migration aborted');
    task.print(`migration of ${label(guest.kind)} ${guest.vmid} to node '${target}' (${node.ip})`);
    cluster.remember(guest);
    guest.node = target;
    task.print('migration finished successfully (duration 00:00:01)');
  });
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
    requireUnlocked(guest);
    cluster.remember(guest);
    guest.config['template'] = 1;
    for (const [key, value] of Object.entries(guest.config)) {
      if (isDiskKey(ref.kind, key))
        guest.config[key] = String(value).replace(`vm-${ref.vmid}-disk-`, `base-${ref.vmid}-disk-`);
    }
  };
  if (ref.kind === 'qemu')
    return cluster.tasks.run({ node: ref.node, type: 'qmtemplate', id: ref.vmid, authid: by }, convert);
  convert();
  return null;
}
