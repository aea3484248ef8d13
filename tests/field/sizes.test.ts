import { describe, expect, it } from '@jest/globals';
import { configuredSize } from '../../src/types/configured-size.ts';
import type { Document } from '../../src/types/document.ts';
import type { GuestKind } from '../../src/types/guest.ts';
import { openField } from './field-world.ts';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
const TIB = 1024 ** 4;

const DISKS: Document = {
  'ide2.file': 'nas:iso/windows.iso',
  'ide2.media': 'cdrom',
  'ide2.size': 4_925_874 * 1024,
  'ide0.file': 'zfs:vm-110-cloudinit',
  'ide0.media': 'cdrom',
  'ide0.size': 4 * MIB,
  'scsi0.file': 'zfs:vm-110-disk-0',
  'scsi0.size': 64 * GIB,
  'scsi1.file': '/dev/disk/by-id/ata-1',
  'scsi1.size': 2 * TIB,
  'efidisk0.file': 'zfs:vm-110-disk-1',
  'efidisk0.size': 4 * MIB,
  'tpmstate0.file': 'zfs:vm-110-disk-2',
  'tpmstate0.size': 4 * MIB,
  'unused0.file': 'zfs:vm-110-disk-9',
};

describe('the size of a guest is what the server computes', () => {
  it.each<[string, GuestKind, Document, Partial<ReturnType<typeof configuredSize>>]>([
    ['defaults of a VM', 'qemu', { 'smbios1.uuid': 'u' }, { cpus: 1, memoryBytes: 512 * MIB }],
    ['cores and sockets', 'qemu', { cores: 4, sockets: 2 }, { cpus: 8 }],
    ['0 is the default', 'qemu', { cores: 0, sockets: 2, memory: 0, vcpus: 0 }, { cpus: 2, memoryBytes: 512 * MIB }],
    ['vcpus of what could be plugged in', 'qemu', { cores: 4, sockets: 2, vcpus: 3 }, { cpus: 3 }],
    ['cpulimit leaves the CPUs of a VM alone', 'qemu', { cores: 4, cpulimit: 0.5 }, { cpus: 4 }],
    ['defaults of a container', 'lxc', { arch: 'amd64' }, { cpus: null, memoryBytes: 512 * MIB }],
    ['a container without cores has its limit', 'lxc', { cpulimit: 0.5 }, { cpus: 0.5 }],
    ['cores go before the limit', 'lxc', { cores: 2, cpulimit: 0.5 }, { cpus: 2 }],
    ['no limit is none', 'lxc', { cpulimit: 0, memory: 0 }, { cpus: null, memoryBytes: null }],
    ['a directory without a limit', 'lxc', { 'rootfs.size': 0 }, { bootDiskBytes: null, diskBytes: null }],
    [
      'mount points',
      'lxc',
      { 'rootfs.size': GIB, 'mp0.size': TIB, 'mp1.file': '/srv' },
      { bootDiskBytes: GIB, diskBytes: GIB + TIB },
    ],
    ['a CD-ROM first', 'qemu', { ...DISKS, 'boot.order': 'ide2;scsi0;net0' }, { bootDiskBytes: 64 * GIB }],
    ['cloud-init first', 'qemu', { ...DISKS, 'boot.order': 'ide0;net0;scsi0' }, { bootDiskBytes: 64 * GIB }],
    ['all disks', 'qemu', DISKS, { bootDiskBytes: null, diskBytes: 64 * GIB + 2 * TIB }],
    [
      'the old form of the boot order',
      'qemu',
      { ...DISKS, 'boot.legacy': 'c', bootdisk: 'scsi1' },
      { bootDiskBytes: 2 * TIB },
    ],
    ['network only', 'qemu', { ...DISKS, 'boot.order': 'net0' }, { bootDiskBytes: null }],
    [
      'a disk without size first',
      'qemu',
      { 'boot.order': 'scsi0;scsi1', 'scsi0.file': 'iscsi:lun', 'scsi1.file': 'a:b', 'scsi1.size': GIB },
      { bootDiskBytes: null, diskBytes: GIB },
    ],
    [
      'an empty drive',
      'qemu',
      { 'boot.order': 'ide2', 'ide2.file': 'none', 'ide2.media': 'cdrom' },
      { bootDiskBytes: null, diskBytes: null },
    ],
    [
      'a VM of another platform',
      'vm',
      { cores: 2, sockets: 2, memory: 64, 'disk-2000.sizeBytes': GIB, 'disk-2001.sizeBytes': TIB },
      { cpus: 4, memoryBytes: 64 * MIB, bootDiskBytes: null, diskBytes: GIB + TIB },
    ],
    ['defaults of another platform, which nobody knows', 'vm', { ostype: 'x' }, { cpus: null, memoryBytes: null }],
    [
      'nothing of a configuration that was never read',
      'qemu',
      { name: 'a', status: 'running', node: 'n', tags: [], 'ha.state': 'started' },
      { cpus: null, memoryBytes: null },
    ],
  ])('%s', (_name, kind, document, expected) => {
    expect(configuredSize(kind, document)).toMatchObject(expected);
  });

  it('in lists: DISK is the sum, the boot disk stands beside it where there are more', async () => {
    const world = await openField({
      guests: [
        { type: 'qemu', vmid: 999, name: 'fileserver', status: 'running', maxdisk: 32 * GIB },
        { type: 'qemu', vmid: 110, name: 'win2022', status: 'running', maxdisk: 64 * GIB },
        { type: 'qemu', vmid: 130, name: 'tera', maxdisk: 0 },
        { type: 'qemu', vmid: 122, name: 'pxe', maxdisk: 0 },
      ],
      configs: {
        999: {
          name: 'fileserver',
          cores: 4,
          memory: '8192',
          boot: 'order=scsi0;net0',
          scsi0: 'ceph:vm-999-disk-1,discard=on,size=32G',
          scsi1: 'ceph:vm-999-disk-2,backup=0,size=2T',
          scsi2: '/dev/disk/by-id/ata-1,size=4000787030016',
          digest: 'a',
        },
        110: {
          name: 'win2022',
          boot: 'order=ide2;scsi0',
          ide2: 'nas:iso/w.iso,media=cdrom,size=4925874K',
          scsi0: 'zfs:vm-110-disk-0,size=64G',
          digest: 'a',
        },
        130: {
          name: 'tera',
          memory: 'current=2048',
          boot: 'order=virtio0;ide2',
          virtio0: 'lvm:vm-130-disk-0,size=1.5T',
          ide2: 'none,media=cdrom',
          digest: 'a',
        },
        122: { name: 'pxe', cores: 1, boot: 'order=net0', digest: 'a' },
      },
    });
    await world.rollcall('discover-all');
    const csv = await world.rollcall('list-vms -o csv --columns vmid,memoryBytes,diskBytes,bootDiskBytes');
    expect(csv.stdout.split('\n')).toEqual([
      'vmid,memoryBytes,diskBytes,bootDiskBytes',
      `110,${512 * MIB},${64 * GIB},${64 * GIB}`,
      `122,${512 * MIB},,`,
      `130,${2048 * MIB},${1.5 * TIB},${1.5 * TIB}`,
      `999,${8192 * MIB},${2 * TIB + 32 * GIB + 4_000_787_030_016},${32 * GIB}`,
      '',
    ]);
    const table = (await world.rollcall('list-vms')).stdout;
    expect(table).toMatch(/^VMID .* DISK +BOOT DISK +TAGS$/m);
    expect(table).toMatch(/fileserver .* 5\.7 TiB +32 GiB +-$/m);
    expect((await world.rollcall('show-vm 999')).stdout).toMatch(/^disk +5\.7 TiB\nboot disk +32 GiB$/m);
    expect((await world.rollcall('show-vm 110')).stdout).toMatch(/^disk +64 GiB\ndisks /m);
  });

  it('of containers: fractions of CPUs, and the space of a directory without a limit while it runs', async () => {
    const guests = [
      { type: 'lxc' as const, vmid: 131, name: 'dirct', maxdisk: 100_861_726_720, status: 'running', uptime: 9 },
      { type: 'lxc' as const, vmid: 132, name: 'unlimited', maxdisk: 4 * GIB, maxmem: 67_430_150_144, maxcpu: 8 },
    ];
    const configs = {
      131: {
        hostname: 'dirct',
        memory: 512,
        rootfs: 'local:131/vm-131-disk-0.subvol,size=0T',
        mp0: 'tank:subvol-131-disk-1,mp=/data,size=1.5T',
        mp1: '/srv/share,mp=/share,ro=1',
        digest: 'b',
      },
      132: { hostname: 'unlimited', memory: 0, swap: 0, cpulimit: '0.5', rootfs: 'zfs:subvol-132-disk-0', digest: 'c' },
    };
    const world = await openField({ guests, configs });
    await world.rollcall('discover-all');
    await world.rollcall('discover-all');
    const csv = await world.rollcall('list-containers -o csv --columns vmid,cpus,memoryBytes,diskBytes,bootDiskBytes');
    expect(csv.stdout.split('\n')).toEqual([
      'vmid,cpus,memoryBytes,diskBytes,bootDiskBytes',
      `131,1,${512 * MIB},${1.5 * TIB + 100_861_726_720},100861726720`,
      '132,0.5,67430150144,,',
      '',
    ]);
    expect((await world.rollcall('list-containers -o json')).rows).toMatchObject([{ cpus: 1 }, { cpus: 0.5 }]);
    expect((await world.rollcall('show-changes -o json')).rows).toHaveLength(3);
  });
});
