import { beforeEach, describe, expect, it } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-status.ts';
import { type ActingWorld, openActingWorld } from '../helpers/acting-world.ts';
import { refusalOf, withoutIds, writtenCalls } from '../helpers/written-calls.ts';

const DAY_MS = 86_400_000;

let world: ActingWorld;

beforeEach(async () => {
  world = await openActingWorld({ nodes: 2, vms: 4, containers: 1 });
  world.lab.clearRequests();
});

const sent = (): string[] => writtenCalls(world.lab);

const refused = (line: string): Promise<string> => refusalOf(world, line);

describe('template', () => {
  it('shows that there is no way back, and sends nothing', async () => {
    const ran = await world.run('template 103 --dry-run');
    expect([ran.status, withoutIds(ran.stdout), ran.stderr, sent()]).toEqual([
      EXIT.done,
      `plan ID: template, 1 guest
prod/103  app-04  on pve2
  it is a template, to clone others from
  → POST /nodes/pve2/qemu/103/template
  ! it does not start again, and nothing makes it a guest again but a full clone
`,
      'nothing was sent\n',
      [],
    ]);
  });

  it('is made of a virtual machine by a task, and of a container at once', async () => {
    world.lab.as('root@pam').stop(200);
    await world.run('discover-all --quiet');
    world.lab.clearRequests();
    const ran = await world.run('template 103 200 --yes');
    expect([ran.status, sent().toSorted()]).toEqual([
      EXIT.done,
      ['POST /nodes/pve1/lxc/200/template', 'POST /nodes/pve2/qemu/103/template'],
    ]);
    for (const name of ['app-04', 'ct-app-01']) {
      const { rows } = await world.run(`show-changes --guest ${name} --since 1d -o json`);
      expect(rows.filter(({ path }) => path === 'template')).toMatchObject([
        { after: true, actor: 'root@pam', token: 'lab', confidence: 'exact' },
      ]);
    }
  });

  it('of a template has nothing to do', async () => {
    world.lab.as('root@pam').template(103);
    world.lab.clearRequests();
    const { status, stderr } = await world.run('template 103 --yes');
    expect([status, stderr, sent()]).toEqual([EXIT.done, 'nothing to do\n', []]);
  });

  it('refuses a guest that runs, is locked or has snapshots', async () => {
    expect(await refused('template 100')).toContain('it is running');
    const admin = world.lab.as('root@pam');
    admin.snapshot(103, 'before');
    expect(await refused('template 103')).toContain('it has snapshots: before');
    admin.setConfig(103, { lock: 'backup' });
    expect(await refused('template 103')).toContain('it is locked (backup)');
  });
});

describe('destroy', () => {
  it('names what is lost, and how old the last backup is', async () => {
    world.lab.as('root@pam').backup(103);
    world.clock.advance(12 * DAY_MS);
    await world.run('discover-all --quiet');
    world.lab.clearRequests();
    const ran = await world.run('destroy 103 --dry-run');
    expect([ran.status, withoutIds(ran.stdout), ran.stderr, sent()]).toEqual([
      EXIT.done,
      `plan ID: destroy, 1 guest
prod/103  app-04  on pve2
  it is gone, with local-lvm:vm-103-disk-0
  → DELETE /nodes/pve2/qemu/103 destroy-unreferenced-disks=1
  ! it is destroyed, and only a backup brings it back
  ! disks of its vmid that its configuration does not name are destroyed as well
  ! no backup since 12 d
`,
      'nothing was sent\n',
      [],
    ]);
  });

  it('is data with -o json', async () => {
    const { json } = await world.run('destroy 103 --purge --keep-unreferenced-disks --dry-run -o json');
    expect(json).toMatchObject({
      guests: [
        {
          action: { verb: 'destroy', purge: true, withUnreferencedDisks: false },
          calls: [
            {
              verb: 'DELETE',
              parameters: { purge: '1', 'destroy-unreferenced-disks': '0' },
              task: { types: ['qmdestroy'], id: '103' },
              proof: { kind: 'guest', vmid: 103, isThere: false },
            },
          ],
          risks: [{ kind: 'irreversible' }, { kind: 'no-backup', text: 'no backup of it is known' }],
        },
      ],
    });
  });

  it('is sent once; the guest is gone, by whom the history says', async () => {
    const ran = await world.run('destroy app-04 --yes');
    expect([ran.status, withoutIds(ran.stdout), sent()]).toEqual([
      EXIT.done,
      `PROVIDER  VMID  NAME    NODE  SENT     STATE  TOOK
prod       103  app-04  pve2  destroy  done    0 s
`,
      ['DELETE /nodes/pve2/qemu/103 destroy-unreferenced-disks=1'],
    ]);
    const { stdout } = await world.run('show-changes --since 1d');
    expect(stdout).toContain('prod/103 app-04  removed from pve2, by root@pam!lab (qmdestroy)');
    expect((await world.run('list-guests -o json')).rows.map(({ vmid }) => vmid)).toEqual([100, 101, 102, 200]);
  });

  it('has the name typed on a terminal', async () => {
    const asked: string[] = [];
    const ask = (typed: string) => ({
      text: async (message: string) => {
        asked.push(message);
        return typed;
      },
      secret: async () => '',
      choose: async () => Promise.reject(new Error('not asked')),
      confirm: async () => Promise.reject(new Error('not asked')),
    });
    expect(await world.run('destroy 103', { io: { ask: ask('103') } })).toMatchObject({ status: EXIT.done });
    expect([asked, sent()]).toEqual([['Type app-04 to have it destroyed:'], []]);
    expect(await world.run('destroy 103', { io: { ask: ask('app-04') } })).toMatchObject({ status: EXIT.done });
    expect(sent()).toHaveLength(1);
  });

  it('refuses a guest that runs, is protected or locked', async () => {
    expect(await refused('destroy 100')).toBe(
      'error: prod/100  web-01: it is running; nothing was sent\nhint: shut it down first: rollcall shutdown REF\n',
    );
    const admin = world.lab.as('root@pam');
    admin.setConfig(103, { protection: 1 });
    expect(await refused('destroy 103')).toContain('it is protected');
    admin.setConfig(103, { protection: 0, lock: 'backup' });
    expect(await refused('destroy 103')).toContain('it is locked (backup)');
  });

  it('takes a guest out of HA and replication with --purge only', async () => {
    const admin = world.lab.as('root@pam');
    admin.setHa(103, 'stopped');
    const stderr = await refused('destroy 103');
    expect(stderr).toContain('HA manages it');
    expect(stderr).toContain('hint: --purge takes it out of HA, of backup jobs and of replication as well');
    admin.setHa(103, null);
    world.lab.replicate(103, 'pve1');
    expect(await refused('destroy 103')).toContain('it is replicated: 103-0');
    admin.setHa(103, 'stopped');
    const ran = await world.run('destroy 103 --purge --yes');
    expect([ran.status, sent()]).toEqual([
      EXIT.done,
      ['DELETE /nodes/pve2/qemu/103 purge=1 destroy-unreferenced-disks=1'],
    ]);
  });

  it('refuses a template that linked clones need', async () => {
    const admin = world.lab.as('root@pam');
    admin.moveDisk(103, 'scsi0', 'shared', { delete: true });
    admin.template(103);
    admin.clone(103, { newid: 120 });
    await world.run('discover-all --quiet');
    expect(await refused('destroy 103')).toContain(
      'linked clones need it: shared:103/base-103-disk-0.qcow2/120/vm-120-disk-0.qcow2',
    );
    admin.destroy(120);
    world.lab.clearRequests();
    expect(await world.run('destroy 103 --yes')).toMatchObject({ status: EXIT.done });
    expect(sent()).toHaveLength(1);
  });

  it('refuses a machine that took the vmid since the last sync', async () => {
    const admin = world.lab.as('root@pam');
    admin.destroy(103);
    admin.create('qemu', { vmid: 103, node: 'pve2' });
    expect(await refused('destroy 103')).toContain('vmid 103 is not the guest of the inventory');
  });

  it('is allowed by destroy alone', async () => {
    await world.run('providers update prod --allow power,snapshot,config,backup,migrate,clone,create');
    const { status, stderr } = await world.run('destroy 103 --yes');
    expect([status, sent()]).toEqual([EXIT.denied, []]);
    expect(stderr).toContain('prod does not allow destroy');
  });

  it('whose answer is lost is not sent again, and found by its task', async () => {
    world.lab.faults.add({ match: /^DELETE .*qemu.103/, times: 1, effect: { kind: 'lose-answer' } });
    const { status } = await world.run('destroy 103 --yes');
    expect([status, sent()]).toEqual([EXIT.done, ['DELETE /nodes/pve2/qemu/103 destroy-unreferenced-disks=1']]);
  });
});
