import type { GuestKind } from './model.ts';

const VM_LOCKS = 'backup|clone|create|migrate|rollback|snapshot|snapshot-delete|suspending|suspended';
const CT_LOCKS = 'backup|create|destroyed|disk|fstrim|migrate|mounted|rollback|snapshot|snapshot-delete';
const KEYBOARDS = 'de|de-ch|da|en-gb|en-us|es|fi|fr|fr-be|fr-ca|fr-ch|hu|is|it|ja|lt|mk|nl|no|pl|pt|pt-br|sv|sl|tr';

/** Keys of a configuration whose values the schema limits beyond their type. */
export const KEY_LIMITS: Readonly<Record<GuestKind, Readonly<Record<string, string>>>> = {
  qemu: {
    arch: 'x86_64|aarch64',
    balloon: 'integer>=0',
    bios: 'seabios|ovmf',
    citype: 'configdrive2|nocloud|opennebula',
    cores: 'integer>=1',
    cpulimit: 'number>=0<=128',
    cpuunits: 'integer>=1<=262144',
    hugepages: 'any|2|1024',
    keyboard: KEYBOARDS,
    lock: VM_LOCKS,
    migrate_downtime: 'number>=0',
    migrate_speed: 'integer>=0',
    name: 'string:dns-name',
    ostype: 'other|wxp|w2k|w2k3|w2k8|wvista|win7|win8|win10|win11|l24|l26|solaris',
    scsihw: 'lsi|lsi53c810|virtio-scsi-pci|virtio-scsi-single|megasas|pvscsi',
    shares: 'integer>=0<=50000',
    smp: 'integer>=1',
    sockets: 'integer>=1',
    vcpus: 'integer>=1',
  },
  lxc: {
    arch: 'amd64|i386|arm64|armhf|riscv32|riscv64',
    cmode: 'shell|console|tty',
    cores: 'integer>=1<=8192',
    cpulimit: 'number>=0<=8192',
    cpuunits: 'integer>=0<=500000',
    hostname: 'string:dns-name',
    lock: CT_LOCKS,
    memory: 'integer>=16',
    ostype: 'debian|devuan|ubuntu|centos|fedora|opensuse|archlinux|alpine|gentoo|nixos|unmanaged',
    swap: 'integer>=0',
    tty: 'integer>=0<=6',
  },
};
