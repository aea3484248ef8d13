import { describe, expect, it } from '@jest/globals';
import { cloneTarget } from '../../src/providers/proxmox/clone-target.ts';

const lines = (...texts: readonly string[]) => texts.map((t, index) => ({ n: index + 1, t }));

describe('the guest that a clone makes', () => {
  it.each<[string, readonly string[], number | null]>([
    ['is told since 9.x', ['creating a clone of VM 9000 with ID 151', 'create full clone of drive scsi0 (a:1)'], 151],
    ['is told of a container', ['creating a clone of CT 9000 with ID 152'], 152],
    [
      'has the first volume of a full clone',
      [
        'create full clone of drive scsi0 (local:9000/base-9000-disk-0.qcow2)',
        "Formatting '/srv/pve-dir2/images/111/vm-111-disk-0.qcow2', fmt=qcow2 size=1073741824",
      ],
      111,
    ],
    [
      'has the volume of a linked clone',
      [
        'create linked clone of drive scsi0 (local:9000/base-9000-disk-0.qcow2)',
        'clone 9000/base-9000-disk-0.qcow2: images, vm-110-disk-0.qcow2, 110 to vm-110-disk-0.qcow2',
      ],
      110,
    ],
    ['has a logical volume', ['  Logical volume "vm-120-disk-0" created.'], 120],
    ['has a subvolume', ["create subvolume 'subvol-130-disk-0'"], 130],
    ['is not told by the source alone', ['create full clone of drive scsi0 (local:9000/vm-9000-disk-0.raw)'], null],
    ['is not told where two come into question', ['vm-111-disk-0', 'vm-112-disk-0'], null],
    ['is not told by nothing', [], null],
  ])('%s', (_, texts, target) => {
    expect(cloneTarget(lines(...texts), '9000')).toBe(target);
  });
});
