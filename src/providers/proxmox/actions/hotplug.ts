import type { PveGuestConfig } from '../../../api/pve-types.ts';
import type { GuestKind } from '../../../types/guest.ts';
import { splitPropertyString } from '../property-string.ts';
import { type ConfigChange, textAt } from './config-changes.ts';

/** Source: qemu-server src/PVE/QemuServer.pm $fast_plug_option, $confdesc_cloudinit. */
const VM_AT_ONCE =
  /^(?:cicustom|cipassword|citype|ciupgrade|ciuser|cpulimit|cpuunits|description|hookscript|ipconfig\d+|migrate_downtime|migrate_speed|name|nameserver|onboot|protection|searchdomain|shares|sshkeys|startup|tags|unused\d+|vmstatestorage)$/;
/** Source: pve-container src/PVE/LXC/Config.pm $LXC_FASTPLUG_OPTIONS, vmconfig_hotplug_pending. */
const CT_AT_ONCE =
  /^(?:cores|cpulimit|cpuunits|description|hookscript|hostname|net\d+|onboot|protection|startup|swap|tags|unused\d+)$/;
const DRIVE = /^(?:efidisk|ide|sata|scsi|tpmstate|virtio)\d+$/;

/** Whether a change reaches a guest that runs at its next start only. */
export function waitsForRestart(kind: GuestKind, change: ConfigChange, config: PveGuestConfig): boolean {
  return kind === 'qemu' ? waitsOfVm(change, config) : waitsOfContainer(change);
}

/** Source: pve-container src/PVE/LXC/Config.pm vmconfig_hotplug_pending. */
function waitsOfContainer({ key, before, after }: ConfigChange): boolean {
  if (CT_AT_ONCE.test(key)) return false;
  if (key === 'memory') return after === null;
  if (/^(?:mp|dev)\d+$/.test(key)) return before !== null;
  return true;
}

/** Source: qemu-server src/PVE/QemuServer.pm vmconfig_hotplug_pending. */
function waitsOfVm(change: ConfigChange, config: PveGuestConfig): boolean {
  const { key, before, after } = change;
  if (VM_AT_ONCE.test(key)) return false;
  const features = hotplugFeatures(textAt(config, 'hotplug'));
  if (key === 'memory') return !features.has('memory');
  if (key === 'vcpus') return !features.has('cpu');
  if (key === 'tablet' || /^usb\d+$/.test(key)) return !features.has('usb');
  if (key === 'balloon') return isOff(before) !== isOff(after);
  if (key === 'hotplug') return /cpu|memory/.test(`${before},${after}`);
  if (key === 'agent') return after === null || differsIn(change, 'enabled', (name) => name !== 'fstrim_cloned_disks');
  if (/^net\d+$/.test(key)) return !features.has('network') && isOtherCard(change);
  return DRIVE.test(key) ? waitsOfDrive(change, features.has('disk')) : true;
}

/** `1` and nothing stand for network, disk and usb. Source: qemu-server src/PVE/QemuServer.pm parse_hotplug_features. */
function hotplugFeatures(text: string | null): ReadonlySet<string> {
  if (text === '0') return new Set();
  return new Set((text === null || text === '1' ? 'network,disk,usb' : text).split(/[,;\s]+/));
}

function isOff(balloon: string | null): boolean {
  return balloon !== null && Number(balloon) === 0;
}

/** Source: qemu-server src/PVE/QemuServer.pm vmconfig_update_net: bridge, VLAN, firewall, rate and link need no other card. */
function isOtherCard(change: ConfigChange): boolean {
  if (change.before === null || change.after === null) return true;
  const same = new Set(['bridge', 'firewall', 'link_down', 'rate', 'tag', 'trunks']);
  return differsIn(change, 'model', (name) => !same.has(name));
}

const NOT_WHILE_RUNNING = new Set(['aio', 'cache', 'discard', 'iothread', 'product', 'queues', 'ro', 'ssd', 'vendor']);

/** Source: qemu-server src/PVE/QemuServer.pm vmconfig_update_disk. */
function waitsOfDrive(change: ConfigChange, canPlug: boolean): boolean {
  const { key, before, after } = change;
  if (/^(?:efidisk|tpmstate)/.test(key)) return true;
  const isPlugged = before === null || after === null;
  if (isPlugged) return !canPlug || /^(?:ide|sata)/.test(key);
  if (before.includes('media=cdrom') && after.includes('media=cdrom')) return false;
  if (differsIn(change, 'file', (name) => name === 'file')) return !canPlug;
  return differsIn(change, 'file', (name) => NOT_WHILE_RUNNING.has(name));
}

function differsIn({ before, after }: ConfigChange, defaultKey: string, counts: (name: string) => boolean): boolean {
  const was = splitPropertyString(before ?? '', defaultKey) ?? new Map<string, string>();
  const is = splitPropertyString(after ?? '', defaultKey) ?? new Map<string, string>();
  return [...was.keys(), ...is.keys()].some((name) => counts(name) && was.get(name) !== is.get(name));
}
