import { beforeEach, describe, expect, it } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-status.ts';
import { type ActingWorld, openActingWorld } from '../helpers/acting-world.ts';
import { refusalOf, withoutIds, writtenCalls } from '../helpers/written-calls.ts';

let world: ActingWorld;

// 100 runs on a local disk, 101 as well and HA manages it, 102 runs on a shared one, 103 is off on a local one.
beforeEach(async () => {
  world = await openActingWorld({ nodes: 3, vms: 4, containers: 1 });
  world.lab.as('root@pam').setConfig(100, { name: 'web-01', scsi0: 'local-lvm:vm-100-disk-0,size=64G' });
});

const refusal = (line: string): Promise<string> => refusalOf(world, line);

describe('migrate', () => {
  it('shows what the server says, and what is copied', async () => {
    const ran = await world.run('migrate 100 --to pve2 --with-local-disks --dry-run');
    expect(withoutIds(ran.stdout)).toBe(`plan ID: migrate, 1 guest
prod/100  web-01  on pve1
  node: pve1 → pve2, while it runs
  → POST /nodes/pve1/qemu/100/migrate target=pve2 online=1 with-local-disks=1
  ! disk is local: migration copies 64 GiB
`);
    expect([ran.status, ran.stderr, writtenCalls(world.lab)]).toEqual([EXIT.done, 'nothing was sent\n', []]);
  });

  it('counts for both nodes, and for the storages that are copied from and to', async () => {
    const { json } = await world.run(
      'migrate 100 --to pve2 --with-local-disks --target-storage shared --dry-run -o json',
    );
    expect(json).toMatchObject({
      guests: [
        {
          calls: [{ task: { types: ['qmigrate'], id: '100' }, sets: { node: 'pve2' } }],
          load: { nodes: ['pve1', 'pve2'], storages: ['local-lvm', 'shared'] },
        },
      ],
    });
  });

  it('migrates a guest and follows it to its new node', async () => {
    const ran = await world.run('migrate 102 --to pve2 --yes');
    expect([ran.status, writtenCalls(world.lab)]).toEqual([
      EXIT.done,
      ['POST /nodes/pve3/qemu/102/migrate target=pve2 online=1'],
    ]);
    expect(world.lab.guest(102).node).toBe('pve2');
    const { rows } = await world.run('list-guests -o json');
    expect(rows.find((row) => row['vmid'] === 102)).toMatchObject({ node: 'pve2' });
  });

  it('migrates one that is off with its disks, asked for or not', async () => {
    const ran = await world.run('migrate 103 --to pve2 --yes');
    expect([ran.status, writtenCalls(world.lab)]).toEqual([
      EXIT.done,
      ['POST /nodes/pve1/qemu/103/migrate target=pve2'],
    ]);
  });

  it('restarts a container that runs, and says so', async () => {
    const shown = await world.run('migrate 200 --to pve2 --dry-run');
    expect(shown.stdout).toContain(
      '! a container does not migrate while it runs: it is shut down, moved and started\n',
    );
    const ran = await world.run('migrate 200 --to pve2 --target-storage shared --yes');
    expect([ran.status, writtenCalls(world.lab)]).toEqual([
      EXIT.done,
      ['POST /nodes/pve1/lxc/200/migrate target=pve2 restart=1 target-storage=shared'],
    ]);
  });

  it('asks HA for a guest that it manages', async () => {
    world.lab.as('root@pam').setConfig(101, { scsi0: 'shared:101/vm-101-disk-0.qcow2,size=16G' });
    const { json } = await world.run('migrate 101 --to pve1 --dry-run -o json');
    const task = { types: ['qmigrate', 'hamigrate'], id: '101' };
    expect(json).toMatchObject({ guests: [{ calls: [{ task, sets: {} }] }] });
    const ran = await world.run('migrate 101 --to pve1 --yes');
    expect(ran.stdout + ran.stderr).toContain(':hamigrate:101:');
    expect([ran.status, writtenCalls(world.lab)]).toEqual([
      EXIT.done,
      ['POST /nodes/pve2/qemu/101/migrate target=pve1 online=1'],
    ]);
    const elsewhere = await world.run('migrate 101 --to pve3 --target-storage shared --yes');
    expect([elsewhere.status, elsewhere.stderr]).toEqual([
      EXIT.failed,
      expect.stringContaining('HA manages it, and takes no target storage'),
    ]);
  });

  it('through HA is done when the guest is there, not when HA was asked', async () => {
    const { lab, clock, run } = await openActingWorld({ nodes: 3, vms: 3, containers: 0, haDelayMs: 20_000 });
    lab.as('root@pam').setHa(102, 'started');
    lab.taskRules.add({ type: 'qmigrate', durationMs: 20_000, effect: 'at-end' });
    const seen = new Set<string>();
    const time = setInterval(() => {
      clock.advance(2_000);
      const { node, config } = lab.guest(102);
      seen.add(`${node} ${config['lock'] ?? 'unlocked'}`);
    }, 100);
    const { status, stdout, stderr } = await run('migrate 102 --to pve2 --yes');
    clearInterval(time);
    expect([status, stdout]).toEqual([EXIT.done, expect.stringMatching(/ migrate to pve2 {2}done/)]);
    expect(stderr).toContain(':hamigrate:102:');
    expect([[...seen].slice(0, 2), lab.guest(102).node]).toEqual([['pve3 unlocked', 'pve3 migrate'], 'pve2']);
  });

  it('sends nothing for a guest that is there', async () => {
    const ran = await world.run('migrate 100 --to pve1 --yes');
    expect([ran.status, ran.stderr, writtenCalls(world.lab)]).toEqual([EXIT.done, 'nothing to do\n', []]);
  });

  it('refuses what the server would refuse, with what to do', async () => {
    expect(await refusal('migrate 100 --to pve2')).toBe(
      'error: prod/100  web-01: it runs on local disks: local-lvm:vm-100-disk-0; nothing was sent\nhint: --with-local-disks copies them\n',
    );
    expect(await refusal('migrate 100 --to pve9')).toContain('the cluster has no node pve9');
    expect(await refusal('migrate 102 --to pve2 --offline')).toContain('it is running');
    expect(await refusal('migrate 200 --to pve2 --online')).toContain('a container does not migrate while it runs');
    expect(await refusal('migrate 102 --to pve2 --target-storage backup')).toContain(
      'storage backup does not take images',
    );
  });

  it('refuses a node that is off, lacks a bridge or a storage, and devices of the node', async () => {
    const root = world.lab.as('root@pam');
    root.setConfig(103, { net0: 'virtio=BC:24:11:00:00:07,bridge=vmbr1' });
    expect(await refusal('migrate 103 --to pve2')).toContain('node pve2 has no bridge vmbr1');
    root.setConfig(103, { net0: null, scsi1: 'scratch:8' });
    expect(await refusal('migrate 103 --to pve2')).toContain('node pve2 has no storage scratch');
    root.setConfig(102, { hostpci0: '0000:01:00.0' });
    root.stop(102);
    expect(await refusal('migrate 102 --to pve2')).toContain('it uses devices of its node: hostpci0');
    world.lab.node('pve2').powerOff();
    expect(await refusal('migrate 102 --to pve2')).toContain('node pve2 is offline');
  });

  it('refuses a storage without room for what is copied', async () => {
    world.lab.as('root@pam').setConfig(103, { scsi0: 'local-lvm:vm-103-disk-0,size=900T' });
    expect(await refusal('migrate 103 --to pve2')).toMatch(
      /storage local-lvm has [\d.]+ GiB free, and it takes 921600 GiB/,
    );
  });

  it('takes --online or --offline', async () => {
    const ran = await world.run('migrate 100 --to pve2 --online --offline --yes');
    expect([ran.status, ran.stderr.split('\n')[0]]).toEqual([
      EXIT.usage,
      'error: --online and --offline exclude each other',
    ]);
  });
});
