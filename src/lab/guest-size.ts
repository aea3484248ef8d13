import type { Cluster } from './cluster.ts';
import { diskSizeBytes } from './disks.ts';
import type { BroadcastFields, LabGuest } from './model.ts';

const MIB = 1_048_576;
const DEFAULT_MEMORY_MIB = 512;

/** The name as lists have it: `VM 105` for a guest without one. */
export function listName(guest: LabGuest): string {
  const name = guest.kind === 'qemu' ? guest.config['name'] : guest.config['hostname'];
  return name === undefined ? `${guest.kind === 'qemu' ? 'VM' : 'CT'} ${guest.vmid}` : String(name);
}

export function maxMemoryBytes(guest: LabGuest): number {
  const memory = Number(String(guest.config['memory'] ?? '').replace('current=', ''));
  return Math.round((memory || DEFAULT_MEMORY_MIB) * MIB);
}

/** Source: qemu-server src/PVE/QemuServer.pm and pve-container src/PVE/LXC.pm, vmstatus. */
export function maxCpus(cluster: Cluster, guest: LabGuest): number {
  const { cores, sockets, vcpus, cpulimit } = guest.config;
  const hostCpus = cluster.nodes.get(guest.node)?.cpus ?? 1;
  if (guest.kind === 'lxc') return Number(cores ?? 0) || Number(cpulimit ?? 0) || hostCpus;
  return Number(vcpus ?? 0) || Math.min(hostCpus, Number(cores ?? 1) * Number(sockets ?? 1));
}

/** Size of the root disk of a container and of the first boot disk of a VM; 0 without one. */
export function maxDiskBytes(guest: LabGuest): number {
  if (guest.kind === 'lxc') return diskSizeBytes(guest.config['rootfs']);
  const order = String(guest.config['boot'] ?? '')
    .replace('order=', '')
    .split(';');
  const disk = order.find((key) => /^(scsi|virtio|ide|sata)\d+$/.test(key) && !isCdrom(guest.config[key]));
  return disk === undefined ? 0 : diskSizeBytes(guest.config[disk]);
}

export function broadcastFields(cluster: Cluster, guest: LabGuest): BroadcastFields {
  return {
    name: listName(guest),
    status: guest.power === 'stopped' ? 'stopped' : 'running',
    template: guest.config['template'] === 1 ? 1 : 0,
    maxcpu: maxCpus(cluster, guest),
    maxmem: maxMemoryBytes(guest),
    maxdisk: maxDiskBytes(guest),
  };
}

function isCdrom(value: unknown): boolean {
  return String(value).includes('media=cdrom');
}
