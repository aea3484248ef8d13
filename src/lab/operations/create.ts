import { serverError } from '../api-error.ts';
import type { Cluster } from '../cluster.ts';
import { typedValue } from '../config-keys.ts';
import { allocateDisk, isDiskKey, storagesOf } from '../disks.ts';
import { made } from '../meanwhile.ts';
import type { Config, GuestKind, LabGuest } from '../model.ts';
import { withMac } from '../networks.ts';
import { RELEASES } from '../release.ts';
import type { ConfigParameters } from './config.ts';
import { checkConfigParameters } from './config.ts';
import type { GuestRef, Operation } from './operation.ts';
import { label, requireQuorum, taskPrefix } from './operation.ts';
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
    isHeld: false,
    ignoresShutdown: false,
    firewall: {},
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
  checkConfigParameters(ref, parameters, { release: cluster.release, others: CREATE_OPTIONS });
  requireQuorum(cluster);
  requireFree(cluster, ref.kind, ref.vmid);
  requirePool(cluster, parameters['pool']);
  const config = initialConfig(cluster, ref, parameters);
  const type = `${taskPrefix(ref.kind)}create`;
  const storages = storagesOf(ref.kind, config);
  return cluster.tasks.run({ node: ref.node, type, id: ref.vmid, authid: by, storages }, (task) => {
    const guest = newGuest(ref, config);
    task.act(
      () => {
        addGuest(cluster, guest, parameters['pool']);
        if (parameters['start'] === '1') bootGuest(operation, guest);
      },
      made(cluster, guest, 'create'),
    );
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
