import type { ActionSubject } from '../../../types/action.ts';
import type { Need } from './checks.ts';
import type { ConfigChange } from './config-changes.ts';
import { newDisk } from './disk.ts';

const CPU = /^(?:cores|cpu|cpulimit|cpuunits|numa\d*|smp|sockets|vcpus)$/;
const MEMORY = /^(?:balloon|memory|shares|swap)$/;
const HARDWARE =
  /^(?:acpi|audio0|hostpci\d+|hotplug|kvm|machine|rng0|scsihw|serial\d+|smbios1|tablet|usb\d+|vga|watchdog)$/;
const VM_DISK = /^(?:boot|bootdisk|(?:efidisk|ide|sata|scsi|tpmstate|unused|virtio|virtiofs)\d+|vmstatestorage)$/;
const CT_DISK = /^(?:rootfs|(?:mp|unused)\d+)$/;
const CLOUD_INIT = /^(?:cicustom|cipassword|citype|ciupgrade|ciuser|ipconfig\d+|nameserver|searchdomain|sshkeys)$/;
const CT_NETWORK = /^(?:hostname|nameserver|net\d+|searchdomain)$/;

/**
 * What the account needs for each change, each once; what only root@pam may is left to the server, which says so. Source:
 * qemu-server src/PVE/API2/Qemu.pm $check_vm_modify_config_perm, pve-container src/PVE/LXC.pm check_ct_modify_config_perm.
 */
export function configNeeds({ kind, vmid }: ActionSubject, changes: readonly ConfigChange[]): Need[] {
  const path = `/vms/${vmid}`;
  const needs = changes.flatMap((change) => [{ path, anyOf: configPrivileges(kind, change) }, ...hostNeeds(change)]);
  return [...new Map(needs.map((need) => [`${need.path} ${need.anyOf.join(' ')}`, need])).values()];
}

/** One of them is needed on the guest. */
export function configPrivileges(kind: ActionSubject['kind'], change: ConfigChange): readonly string[] {
  return kind === 'qemu' ? vmPrivileges(change) : ctPrivileges(change);
}

function vmPrivileges({ key, before, after }: ConfigChange): readonly string[] {
  if (CPU.test(key)) return ['VM.Config.CPU'];
  if (MEMORY.test(key)) return ['VM.Config.Memory'];
  if (HARDWARE.test(key)) return ['VM.Config.HWType'];
  if (key === 'cdrom' || (VM_DISK.test(key) && (after ?? before)?.includes('media=cdrom'))) return ['VM.Config.CDROM'];
  if (VM_DISK.test(key)) return ['VM.Config.Disk'];
  if (/^net\d+$/.test(key)) return ['VM.Config.Network'];
  if (CLOUD_INIT.test(key)) return ['VM.Config.Cloudinit', 'VM.Config.Network'];
  return key === 'freeze' ? ['VM.PowerMgmt'] : ['VM.Config.Options'];
}

function ctPrivileges({ key }: ConfigChange): readonly string[] {
  if (/^(?:cores|cpulimit|cpuunits)$/.test(key)) return ['VM.Config.CPU'];
  if (MEMORY.test(key)) return ['VM.Config.Memory'];
  if (CT_DISK.test(key)) return ['VM.Config.Disk'];
  if (CT_NETWORK.test(key)) return ['VM.Config.Network'];
  return key === 'features' ? ['VM.Allocate'] : ['VM.Config.Options'];
}

/** A place in the order of a node's start, and room on a storage. */
function hostNeeds({ key, after }: ConfigChange): Need[] {
  if (key === 'startup') return [{ path: '/', anyOf: ['Sys.Modify'] }];
  const made = newDisk(key, after);
  return made === null ? [] : [{ path: `/storage/${made.storage}`, anyOf: ['Datastore.AllocateSpace'] }];
}
