import type { ActionSubject, Parameters } from '../../../types/action.ts';

type Area = readonly [pattern: RegExp, privilege: string];

/** Source: qemu-server src/PVE/API2/Qemu.pm $check_vm_modify_config_perm. */
const OF_VM: readonly Area[] = [
  [/^(?:cores|cpu|cpulimit|cpuunits|numa\d*|sockets|vcpus)$/, 'VM.Config.CPU'],
  [/^(?:balloon|memory|shares)$/, 'VM.Config.Memory'],
  [/^net\d+$/, 'VM.Config.Network'],
  [/^(?:ci\w+|ipconfig\d+|nameserver|searchdomain|sshkeys)$/, 'VM.Config.Cloudinit'],
  [/^(?:acpi|audio0|hotplug|kvm|machine|scsihw|serial\d+|smbios1|tablet|vga|watchdog)$/, 'VM.Config.HWType'],
  [/^(?:boot|bootdisk|(?:efidisk|ide|sata|scsi|tpmstate|virtio)\d+)$/, 'VM.Config.Disk'],
];

/** Source: pve-container src/PVE/LXC.pm check_ct_modify_config_perm. */
const OF_CONTAINER: readonly Area[] = [
  [/^(?:cores|cpulimit|cpuunits)$/, 'VM.Config.CPU'],
  [/^(?:memory|swap)$/, 'VM.Config.Memory'],
  [/^(?:hostname|nameserver|net\d+|searchdomain)$/, 'VM.Config.Network'],
  [/^(?:rootfs|mp\d+)$/, 'VM.Config.Disk'],
];

/** Parameters of a creation that are no configuration. */
const NO_CONFIGURATION = /^(?:ostemplate|password|pool|ssh-public-keys|storage|unprivileged|features)$/;

/** What the account needs on a guest to give it these settings, each once. */
export function settingPrivileges(kind: ActionSubject['kind'], settings: Parameters): string[] {
  const areas = kind === 'qemu' ? OF_VM : OF_CONTAINER;
  const needed = Object.entries(settings)
    .filter(([key]) => !NO_CONFIGURATION.test(key))
    .map(([key, value]) => {
      if (kind === 'qemu' && value.includes('media=cdrom')) return 'VM.Config.CDROM';
      return areas.find(([pattern]) => pattern.test(key))?.[1] ?? 'VM.Config.Options';
    });
  return [...new Set(needed)].sort();
}
