import type { Action, Parameters } from '../../../types/action.ts';
import { AppError } from '../../../types/errors.ts';
import type { NewGuestSource, NewGuestWish } from '../../../types/new-guest.ts';
import { sizeText } from './disk.ts';
import type { Place } from './find-place.ts';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

/** A clone, with what it has other than its source. */
export function toClone(wish: NewGuestWish, { full, snapshot }: Extract<NewGuestSource, { from: 'guest' }>): Action {
  const { name, vmid, node, diskStorage, diskBytes, pool, description, start, bridge, vlan } = wish;
  const card = bridge === null && vlan === null ? {} : { net0: cardOf(wish) };
  return {
    verb: 'clone',
    name,
    vmid,
    target: node,
    storage: diskStorage,
    full,
    pool,
    snapshot,
    description,
    settings: { ...sizes(wish), ...card, ...settingsOf(wish) },
    diskSize: diskBytes === null ? null : wholeSize(diskBytes),
    start,
  };
}

/** Throws AppError('usage') where a storage has to be named. */
export function toCreate(wish: NewGuestWish, place: Place): Action {
  const { kind, vmid, name, pool, description, start, source, diskBytes } = wish;
  const parameters = {
    [kind === 'qemu' ? 'name' : 'hostname']: name,
    ...(kind === 'qemu' ? vmDefaults(wish, place) : containerDefaults(wish, place)),
    ...sizes(wish),
    ...(pool !== null && { pool }),
    ...(description !== null && { description }),
    ...settingsOf(wish),
  };
  const isImported = source.from === 'image' && diskBytes !== null;
  const diskSize = isImported ? wholeSize(diskBytes) : null;
  return { verb: 'create', kind, vmid, node: place.node, parameters, diskSize, start };
}

/**
 * As the vendor's wizard makes a VM for Linux: one core, 2 GiB, 32 GiB on a virtio SCSI disk with its own thread. Source: pve-manager
 * www/manager6/qemu/OSDefaults.js, ProcessorEdit.js, MemoryEdit.js, HDEdit.js, NetworkEdit.js, CreateWizard.js.
 */
function vmDefaults(wish: NewGuestWish, place: Place): Parameters {
  const { source, diskBytes } = wish;
  const storage = storageOf(wish, place);
  const disk =
    source.from === 'image' ? `${storage}:0,import-from=${source.volid}` : `${storage}:${gibOf(diskBytes ?? 32 * GIB)}`;
  const drive = source.from === 'iso' ? { ide2: `${source.volid},media=cdrom` } : {};
  return {
    ostype: 'l26',
    cores: '1',
    memory: '2048',
    // The server's own default, kvm64, lacks AES. Before 8 there was no such model.
    ...(place.major >= 8 && { cpu: 'x86-64-v2-AES' }),
    scsihw: 'virtio-scsi-single',
    scsi0: `${disk},iothread=1`,
    ...drive,
    net0: cardOf(wish),
    boot: `order=${['scsi0', ...Object.keys(drive), 'net0'].join(';')}`,
  };
}

/** Source: pve-manager www/manager6/lxc/CreateWizard.js, MPEdit.js, MemoryInput.js. Addresses come from DHCP unless told. */
function containerDefaults(wish: NewGuestWish, place: Place): Parameters {
  const { source, diskBytes } = wish;
  return {
    ...(source.from === 'ostemplate' && { ostemplate: source.volid }),
    unprivileged: '1',
    features: 'nesting=1',
    cores: '1',
    memory: '512',
    swap: '512',
    rootfs: `${storageOf(wish, place)}:${gibOf(diskBytes ?? 8 * GIB)}`,
    net0: cardOf(wish),
  };
}

function storageOf({ diskStorage }: NewGuestWish, place: Place): string {
  const storage = diskStorage ?? place.storage;
  if (storage !== null) return storage;
  throw new AppError('usage', `node ${place.node} has no storage that takes disks by default`, {
    hint: 'name one: --disk STORAGE:32G',
  });
}

function cardOf({ kind, bridge, vlan, ip, gateway }: NewGuestWish): string {
  const net = `bridge=${bridge ?? 'vmbr0'},firewall=1${vlan === null ? '' : `,tag=${vlan}`}`;
  if (kind === 'qemu') return `virtio,${net}`;
  return `name=eth0,${net},ip=${ip ?? 'dhcp'}${gateway === null ? '' : `,gw=${gateway}`}`;
}

function sizes({ cores, memoryBytes, tags }: NewGuestWish): Parameters {
  return {
    ...(cores !== null && { cores: String(cores) }),
    ...(memoryBytes !== null && { memory: String(Math.ceil(memoryBytes / MIB)) }),
    ...(tags.length > 0 && { tags: tags.join(';') }),
  };
}

/** GiB with at most three digits after the point, rounded up. */
function gibOf(bytes: number): string {
  return String(Math.ceil((bytes / GIB) * 1000) / 1000);
}

/** In whole MiB. */
function wholeSize(bytes: number): string {
  return sizeText(Math.ceil(bytes / MIB) * MIB);
}

/** Keys for cloud-init are sent encoded. Source: API schema of `sshkeys`, format urlencoded. */
function settingsOf({ kind, settings }: NewGuestWish): Parameters {
  const { sshkeys, ...others } = settings;
  if (kind === 'lxc' || sshkeys === undefined) return settings;
  return { ...others, sshkeys: encodeURIComponent(sshkeys) };
}
