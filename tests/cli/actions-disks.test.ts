import { beforeEach, describe, expect, it } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-status.ts';
import { type ActingWorld, openActingWorld } from '../helpers/acting-world.ts';
import { withoutIds, writtenCalls } from '../helpers/written-calls.ts';

let world: ActingWorld;

beforeEach(async () => {
  world = await openActingWorld({ nodes: 2, vms: 3, containers: 1 });
  world.lab.as('root@pam').setConfig(100, { name: 'web-01', scsi1: 'local-lvm:8' });
  expect(await world.run('discover-all --quiet')).toMatchObject({ status: EXIT.done });
});

describe('resize-disk', () => {
  it('shows how the disk grows', async () => {
    const ran = await world.run('resize-disk 100 scsi1 +10G --dry-run');
    expect(withoutIds(ran.stdout)).toBe(`plan ID: resize-disk, 1 guest
prod/100  web-01  on pve1
  scsi1.size: 8G → 18G
  → PUT /nodes/pve1/qemu/100/resize disk=scsi1 size=18G digest=D
`);
    expect([ran.status, writtenCalls(world.lab)]).toEqual([EXIT.done, []]);
  });

  it('sends the size as a whole, of a VM and of a container', async () => {
    const vm = await world.run('resize-disk 100 scsi1 +512M --yes');
    const container = await world.run('resize-disk 200 rootfs 100G --yes');
    expect([vm.status, container.status]).toEqual([EXIT.done, EXIT.done]);
    expect(writtenCalls(world.lab)).toEqual([
      'PUT /nodes/pve1/qemu/100/resize disk=scsi1 size=8704M',
      'PUT /nodes/pve1/lxc/200/resize disk=rootfs size=100G',
    ]);
    expect(String(world.lab.guest(100).config['scsi1'])).toContain('size=8704M');
    const changes = await world.run('show-changes');
    expect(changes.stdout).toContain('scsi1.size 8 → 8.5 GiB');
  });

  it('has no task up to 7, and is done with the answer', async () => {
    const old = await openActingWorld({ release: '7.4', nodes: 1, vms: 1, containers: 0 });
    const ran = await old.run('resize-disk 100 scsi0 +1G --yes');
    expect([ran.status, old.lab.writes.at(-1)?.upid]).toEqual([EXIT.done, null]);
  });

  it.each([
    ['scsi1 4G', 'scsi1 has 8G: disks only grow'],
    ['scsi9 4G', 'it has no disk scsi9'],
    ['net0 4G', 'it has no disk net0'],
    ['ide2 4G', 'ide2 is a CD-ROM'],
  ])('%s is refused before anything is sent', async (what, text) => {
    world.lab.as('root@pam').setConfig(100, { ide2: 'none,media=cdrom' });
    const ran = await world.run(`resize-disk 100 ${what} --yes`);
    expect([ran.status, writtenCalls(world.lab)]).toEqual([EXIT.failed, []]);
    expect(ran.stderr).toContain(text);
  });

  it('sends nothing for the size that it has, and takes nothing that is none', async () => {
    const same = await world.run('resize-disk 100 scsi1 8G --yes');
    const wrong = await world.run('resize-disk 100 scsi1 8GB --yes');
    expect([same.status, same.stderr]).toEqual([EXIT.done, 'nothing to do\n']);
    expect([wrong.status, wrong.stderr.split('\n')[0]]).toEqual([EXIT.usage, "error: '8GB' is no size"]);
    expect(writtenCalls(world.lab)).toEqual([]);
  });

  it('says where a disk may outgrow its storage', async () => {
    const ran = await world.run('resize-disk 100 scsi1 +5T --dry-run');
    expect(ran.stdout).toMatch(/! storage local-lvm has [\d.]+ GiB free, and the disk grows by 5120 GiB\n/);
  });
});

describe('move-disk', () => {
  it('shows where the disk goes, and what becomes of the old volume', async () => {
    const ran = await world.run('move-disk 100 scsi1 --storage shared --dry-run');
    expect(withoutIds(ran.stdout)).toBe(`plan ID: move-disk, 1 guest
prod/100  web-01  on pve1
  scsi1: local-lvm → shared
  local-lvm:vm-100-disk-1 stays as unused0
  → POST /nodes/pve1/qemu/100/move_disk disk=scsi1 storage=shared digest=D
  ! copies 8 GiB while it runs
`);
    expect([ran.status, writtenCalls(world.lab)]).toEqual([EXIT.done, []]);
  });

  it('moves it, and deletes the old volume where that is asked for', async () => {
    const ran = await world.run('move-disk 100 scsi1 --storage shared --delete-source --format qcow2 --yes');
    expect([ran.status, writtenCalls(world.lab)]).toEqual([
      EXIT.done,
      ['POST /nodes/pve1/qemu/100/move_disk disk=scsi1 storage=shared delete=1 format=qcow2'],
    ]);
    expect(world.lab.writes.at(-1)?.upid).toMatch(/:qmmove:100:/);
    expect(world.lab.guest(100).config).toMatchObject({ scsi1: expect.stringContaining('shared:100/') });
    expect(world.lab.guest(100).config['unused0']).toBeUndefined();
  });

  it('moves a volume of a container that is off', async () => {
    const running = await world.run('move-disk 200 rootfs --storage shared --yes');
    expect([running.status, running.stderr]).toEqual([
      EXIT.failed,
      expect.stringContaining('it is running, and volumes of containers'),
    ]);
    world.lab.as('root@pam').stop(200);
    const off = await world.run('move-disk 200 rootfs --storage shared --yes');
    expect([off.status, writtenCalls(world.lab)]).toEqual([
      EXIT.done,
      ['POST /nodes/pve1/lxc/200/move_volume volume=rootfs storage=shared'],
    ]);
  });

  it('sends nothing for a disk that is there', async () => {
    const ran = await world.run('move-disk 100 scsi1 --storage local-lvm --yes');
    expect([ran.status, ran.stderr, writtenCalls(world.lab)]).toEqual([EXIT.done, 'nothing to do\n', []]);
  });

  it.each([
    ['scsi1 --storage nowhere', 'node pve1 has no storage nowhere'],
    ['scsi1 --storage backup', 'storage backup does not take images'],
    ['scsi1 --storage archive', 'node pve1 has no storage archive'],
    ['scsi7 --storage shared', 'it has no disk scsi7'],
  ])('%s is refused before anything is sent', async (what, text) => {
    const ran = await world.run(`move-disk 100 ${what} --yes`);
    expect([ran.status, writtenCalls(world.lab)]).toEqual([EXIT.failed, []]);
    expect(ran.stderr).toContain(text);
  });

  it('keeps the old volume of a disk with snapshots, and refuses to delete it', async () => {
    world.lab.as('root@pam').snapshot(100, 'before');
    const deleting = await world.run('move-disk 100 scsi1 --storage shared --delete-source --yes');
    expect([deleting.status, deleting.stderr, writtenCalls(world.lab)]).toEqual([
      EXIT.failed,
      expect.stringContaining('scsi1 is part of snapshots: before'),
      [],
    ]);
    const keeping = await world.run('move-disk 100 scsi1 --storage shared --dry-run');
    expect(keeping.stdout).toContain('! its snapshots stay with the old volume: before\n');
  });
});
