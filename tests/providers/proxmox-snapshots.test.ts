import { describe, expect, it } from '@jest/globals';
import { ageText } from '../../src/providers/proxmox/actions/ages.ts';
import { diskBytes, storagesOf, volumesOf } from '../../src/providers/proxmox/actions/guest-disks.ts';
import { outlived, type Snapshot } from '../../src/providers/proxmox/actions/snapshots.ts';
import { roomRisks, storageCheck } from '../../src/providers/proxmox/actions/storage-check.ts';

const GIB = 1024 ** 3;

function snapshot(name: string, takenAt: number): Snapshot {
  return { name, parent: null, takenAt, hasMemory: false };
}

const ALL = [
  snapshot('d3', 300),
  snapshot('keep-this', 250),
  snapshot('d2', 200),
  snapshot('e1', 150),
  snapshot('d1', 100),
];

describe('snapshots that are too many or too old', () => {
  it.each([
    [{ name: null, before: null, keep: 0 }, ['d1', 'e1', 'd2', 'd3']],
    [{ name: null, before: null, keep: 2 }, ['d1', 'e1']],
    [{ name: 'd?', before: null, keep: 2 }, ['d1']],
    [{ name: null, before: 200, keep: 0 }, ['d1', 'e1']],
    [{ name: null, before: 300, keep: 3 }, ['d1']],
    [{ name: 'keep*', before: null, keep: 0 }, []],
    [{ name: null, before: null, keep: 9 }, []],
  ])('%j are %j', (selection, names) => {
    expect(outlived(ALL, selection).map(({ name }) => name)).toEqual(names);
  });
});

it.each([
  [0, '0 min'],
  [3_599, '59 min'],
  [3_600, '1 h'],
  [172_799, '47 h'],
  [172_800, '2 d'],
  [-5, '0 min'],
])('an age of %i s is %s', (seconds, text) => {
  expect(ageText(1_000 - seconds, 1_000)).toBe(text);
});

describe('disks of a guest', () => {
  it('are those of a VM without its CD-ROMs', () => {
    const config = {
      scsi0: 'ceph:vm-100-disk-0,iothread=1,size=32G',
      ide2: 'local:iso/debian.iso,media=cdrom,size=600M',
      efidisk0: 'ceph:vm-100-disk-1,efitype=4m,size=528K',
      unused0: 'nas:100/vm-100-disk-2.qcow2',
      scsihw: 'virtio-scsi-single',
    };
    expect(volumesOf('qemu', config)).toEqual([
      'ceph:vm-100-disk-0',
      'ceph:vm-100-disk-1',
      'nas:100/vm-100-disk-2.qcow2',
    ]);
    expect(storagesOf('qemu', config)).toEqual(['ceph', 'nas']);
    expect(diskBytes('qemu', config)).toBe(32 * GIB + 528 * 1024);
  });

  it('are those of a container without bind mounts', () => {
    const config = {
      rootfs: 'local-lvm:vm-200-disk-0,size=8G',
      mp0: '/srv/data,mp=/data',
      mp1: 'volume=nas:200/a.raw,mp=/a',
    };
    expect(volumesOf('lxc', config)).toEqual(['local-lvm:vm-200-disk-0', 'nas:200/a.raw']);
  });
});

describe('a storage', () => {
  const need = { storage: 'nas', node: 'pve1', content: 'backup', bytes: null } as const;
  const row = { storage: 'nas', type: 'nfs', content: ['backup'], enabled: true, active: true, avail: 10 * GIB };

  it.each([
    [row, true, 'storage nas of node pve1 takes it'],
    [{ ...row, avail: 0 }, false, 'storage nas is full'],
    [{ ...row, active: false }, false, 'storage nas cannot be reached on node pve1'],
    [{ ...row, enabled: false }, false, 'node pve1 has no storage nas'],
    [{ ...row, content: ['images'] }, false, 'storage nas does not take backup'],
    [{ ...row, storage: 'other' }, false, 'node pve1 has no storage nas'],
  ])('%j', (one, ok, text) => {
    expect(storageCheck(need, [one])).toMatchObject({ ok, text });
  });

  it('with less room than the disks have may not do', () => {
    expect(roomRisks([row], 'nas', 10 * GIB)).toEqual([]);
    expect(roomRisks([row], 'nas', 32 * GIB)).toEqual([
      { kind: 'room', text: 'it may not fit: its disks are 32 GiB, storage nas has 10 GiB free' },
    ]);
  });
});
