import { beforeEach, describe, expect, it } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-status.ts';
import { type ActingWorld, openActingWorld } from '../helpers/acting-world.ts';
import { withoutIds, writtenCalls } from '../helpers/written-calls.ts';

const DAY_MS = 86_400_000;

let world: ActingWorld;

beforeEach(async () => {
  world = await openActingWorld({ nodes: 2, vms: 4, containers: 1 });
  world.lab.clearRequests();
});

const sent = (): string[] => writtenCalls(world.lab);
const snapshots = (vmid: number) => world.lab.guest(vmid).snapshots;

describe('snapshot create', () => {
  it('shows what it will do, and sends nothing', async () => {
    const ran = await world.run(
      "snapshot create 100 --name 'daily-{date}' --description 'hello' --with-memory --dry-run",
    );
    expect([ran.status, withoutIds(ran.stdout), ran.stderr, sent()]).toEqual([
      EXIT.done,
      `plan ID: snapshot-create, 1 guest
prod/100  web-01  on pve1
  a new snapshot daily-20261121, with its memory
  → POST /nodes/pve1/qemu/100/snapshot snapname=daily-20261121 description=hello vmstate=1
  ! the guest may stand still while its memory is saved
`,
      'nothing was sent\n',
      [],
    ]);
  });

  it('is data with -o json', async () => {
    const { json } = await world.run('snapshot create 200 --name before --keep 3 --dry-run -o json');
    expect(json).toMatchObject({
      verb: 'snapshot-create',
      guests: [
        {
          action: { verb: 'snapshot-create', name: 'before', withMemory: false, keep: 3, among: null },
          calls: [
            {
              path: '/nodes/pve1/lxc/200/snapshot',
              parameters: { snapname: 'before' },
              task: { types: ['vzsnapshot'], id: '200' },
              proof: { kind: 'snapshot', name: 'before', isThere: true },
            },
          ],
        },
      ],
    });
  });

  it('is sent once for each guest, and in the history with its author', async () => {
    const ran = await world.run('snapshot create 100 200 --name before-upgrade --yes --many');
    expect([ran.status, withoutIds(ran.stdout)]).toEqual([
      EXIT.done,
      `PROVIDER  VMID  NAME       NODE  SENT                     STATE  TOOK
prod       100  web-01     pve1  snapshot before-upgrade  done    0 s
prod       200  ct-app-01  pve1  snapshot before-upgrade  done    0 s
`,
    ]);
    expect(sent().toSorted()).toEqual([
      'POST /nodes/pve1/lxc/200/snapshot snapname=before-upgrade',
      'POST /nodes/pve1/qemu/100/snapshot snapname=before-upgrade',
    ]);
    const { rows } = await world.run('show-changes --guest web-01 --since 1d -o json');
    expect(rows.filter(({ path }) => path === 'parent')).toMatchObject([
      { after: 'before-upgrade', actor: 'root@pam', token: 'lab', confidence: 'exact', via: 'qmsnapshot' },
    ]);
  });

  it('with --keep deletes the oldest ones afterwards, of the series alone where the name has a date', async () => {
    const admin = world.lab.as('root@pam');
    for (const name of ['daily-20261118', 'by-hand', 'daily-20261119', 'daily-20261120']) {
      admin.snapshot(100, name);
      world.clock.advance(60_000);
    }
    world.lab.clearRequests();
    expect(await world.run("snapshot create 100 --name 'daily-{date}' --keep 2 --yes")).toMatchObject({ status: 0 });
    expect(sent()).toEqual([
      'POST /nodes/pve1/qemu/100/snapshot snapname=daily-20261121',
      'DELETE /nodes/pve1/qemu/100/snapshot/daily-20261118',
      'DELETE /nodes/pve1/qemu/100/snapshot/daily-20261119',
    ]);
    expect(snapshots(100)).toEqual(['by-hand', 'daily-20261120', 'daily-20261121']);
  });

  it('with --keep and a plain name counts all but those that begin with keep', async () => {
    const admin = world.lab.as('root@pam');
    for (const name of ['keep-me', 'one', 'two']) {
      admin.snapshot(100, name);
      world.clock.advance(60_000);
    }
    expect(await world.run('snapshot create 100 --name three --keep 2 --yes')).toMatchObject({ status: 0 });
    expect(snapshots(100)).toEqual(['keep-me', 'two', 'three']);
  });

  it('deletes nothing where the new one could not be taken', async () => {
    const admin = world.lab.as('root@pam');
    admin.snapshot(100, 'one');
    world.lab.taskRules.add({ type: 'qmsnapshot', ending: { kind: 'fails', text: 'no space left on device' } });
    world.lab.clearRequests();
    const ran = await world.run('snapshot create 100 --name two --keep 1 --yes');
    expect([ran.status, sent()]).toEqual([EXIT.failed, ['POST /nodes/pve1/qemu/100/snapshot snapname=two']]);
  });

  it.each([
    ['a name that is used', 'snapshot create 102 --name before_upgrade', 'it has a snapshot before_upgrade'],
    ['the memory of a container', 'snapshot create 200 --name x1 --with-memory', 'the memory of a container cannot'],
  ])('refuses %s', async (_, line, text) => {
    const { status, stderr } = await world.run(`${line} --yes`);
    expect([status, sent()]).toEqual([EXIT.failed, []]);
    expect(stderr).toContain(text);
  });

  it('refuses a locked guest, a template, and disks that have no snapshots', async () => {
    const admin = world.lab.as('root@pam');
    admin.setConfig(100, { lock: 'backup' });
    admin.template(103);
    admin.moveDisk(200, 'rootfs', 'shared');
    world.lab.clearRequests();
    for (const [vmid, text] of [
      [100, 'it is locked (backup)'],
      [103, 'it is a template, which has no snapshots'],
      [200, 'one of its disks is on a storage, or of a format, that has no snapshots'],
    ]) {
      const { status, stderr } = await world.run(`snapshot create ${vmid} --name x1 --yes`);
      expect([status, sent()]).toEqual([EXIT.failed, []]);
      expect(stderr).toContain(text);
    }
  });

  it.each(['1st', 'a', 'with space', 'current', `a${'b'.repeat(40)}`])('takes no name %j', async (name) => {
    const { status, stderr } = await world.run(['snapshot', 'create', '100', '--name', name, '--yes']);
    expect([status, sent()]).toEqual([EXIT.usage, []]);
    expect(stderr).toContain(`error: '${name}' is not a name of a snapshot`);
  });
});

describe('snapshot list', () => {
  it('tells names and ages from the database', async () => {
    const { status, stdout } = await world.run('snapshot list');
    expect([status, stdout]).toEqual([
      EXIT.done,
      `PROVIDER  VMID  GUEST   SNAPSHOT        AGE      DESCRIPTION
prod       102  app-03  before_upgrade  3 d ago  before the upgrade
`,
    ]);
    expect(world.lab.requestCounts()).toEqual({});
  });

  it('has the tree with -o json', async () => {
    await world.run('snapshot create 102 --name after --with-memory --yes');
    expect((await world.run('snapshot list app-03 -o json')).json).toMatchObject([
      { vmid: 102, name: 'after', parent: 'before_upgrade', hasMemory: true, isCurrent: true },
      { vmid: 102, name: 'before_upgrade', parent: null, hasMemory: false, takenAt: '2026-11-18T10:00:00.000Z' },
    ]);
  });

  it('of no snapshots says so', async () => {
    expect(await world.run('snapshot list 100')).toMatchObject({
      status: 0,
      stderr: expect.stringContaining('no snapshots'),
    });
  });
});

describe('snapshot delete', () => {
  beforeEach(() => {
    const admin = world.lab.as('root@pam');
    for (const name of ['daily-1', 'daily-2', 'keep-1', 'daily-3']) {
      admin.snapshot(100, name);
      world.clock.advance(DAY_MS);
    }
    world.lab.clearRequests();
  });

  it('of one with children says what becomes of them', async () => {
    const ran = await world.run('snapshot delete 100 --name daily-2 --dry-run');
    expect([ran.status, withoutIds(ran.stdout), sent()]).toEqual([
      EXIT.done,
      `plan ID: snapshot-delete, 1 guest
prod/100  web-01  on pve1
  the snapshot daily-2 is gone; keep-1 stays, below daily-1
  → DELETE /nodes/pve1/qemu/100/snapshot/daily-2
  ! deletes daily-2, taken 3 d ago
`,
      [],
    ]);
  });

  it.each([
    ['--name daily-1', ['daily-1']],
    ['--name keep-1', ['keep-1']],
    ['--older-than 50h', ['daily-1', 'daily-2']],
    ['--keep 1', ['daily-1', 'daily-2']],
    ['--name daily-* --keep 2', ['daily-1']],
    ['--older-than 80h --keep 1', ['daily-1']],
    ['--older-than 30d', []],
  ])('%s deletes these, the oldest first', async (options, names) => {
    expect(await world.run(`snapshot delete 100 ${options} --yes`)).toMatchObject({ status: EXIT.done });
    expect(sent()).toEqual(names.map((name) => `DELETE /nodes/pve1/qemu/100/snapshot/${name}`));
  });

  it('refuses a name that is not there', async () => {
    const { status, stderr } = await world.run('snapshot delete 100 --name nope --yes');
    expect([status, sent()]).toEqual([EXIT.failed, []]);
    expect(stderr).toContain('error: prod/100  web-01: it has no snapshot nope; nothing was sent');
    expect(stderr).toContain('hint: its snapshots: daily-3, keep-1, daily-2, daily-1');
  });

  it('needs to be told which', async () => {
    const { status, stderr } = await world.run('snapshot delete 100 --yes');
    expect([status, sent()]).toEqual([EXIT.usage, []]);
    expect(stderr).toContain('give --name, --older-than or --keep');
  });

  it('is not carried out where another snapshot was taken since the plan', async () => {
    const file = `${world.dir}/plan.json`;
    await world.run(`snapshot delete 100 --keep 2 --plan-out ${file}`);
    world.lab.as('root@pam').snapshot(100, 'daily-4');
    world.lab.clearRequests();
    const { status, stderr } = await world.run(`apply ${file} --yes`);
    expect([status, sent()]).toEqual([EXIT.moved, []]);
    expect(stderr).toContain('and are delete the snapshot daily-1, delete the snapshot daily-2');
  });
});

describe('snapshot rollback', () => {
  it('names what is lost, and that a running guest is cut off', async () => {
    const ran = await world.run('snapshot rollback 102 --name before_upgrade --dry-run');
    expect([ran.status, withoutIds(ran.stdout), sent()]).toEqual([
      EXIT.done,
      `plan ID: snapshot-rollback, 1 guest
prod/102  app-03  on pve1
  disks and configuration as in before_upgrade
  running → stopped
  → POST /nodes/pve1/qemu/102/snapshot/before_upgrade/rollback
  ! everything since then is lost: 3 d of changes
  ! cuts the power of a running guest
`,
      [],
    ]);
  });

  it('is sent once, and starts the guest where that was said', async () => {
    world.lab.as('root@pam').setConfig(102, { cores: 3 });
    world.lab.clearRequests();
    const ran = await world.run('snapshot rollback app-03 --name before_upgrade --start --yes');
    expect([ran.status, sent()]).toEqual([
      EXIT.done,
      ['POST /nodes/pve1/qemu/102/snapshot/before_upgrade/rollback start=1'],
    ]);
    expect(world.lab.guest(102)).toMatchObject({ power: 'running', config: { parent: 'before_upgrade' } });
    expect(world.lab.guest(102).config['cores']).not.toBe(3);
    const { stdout } = await world.run('show-changes --guest app-03 --since 1d');
    expect(stdout).toContain('rolled back, by root@pam!lab (qmrollback)');
  });

  it('of one with its memory needs no start', async () => {
    world.lab.as('root@pam').snapshot(100, 'live', { hasRam: true });
    world.lab.clearRequests();
    const ran = await world.run('snapshot rollback 100 --name live --start --yes');
    expect([ran.status, sent()]).toEqual([EXIT.done, ['POST /nodes/pve1/qemu/100/snapshot/live/rollback']]);
  });

  it('refuses a snapshot that is not there', async () => {
    const { status, stderr } = await world.run('snapshot rollback 100 --name nope --yes');
    expect([status, sent()]).toEqual([EXIT.failed, []]);
    expect(stderr).toContain('it has no snapshot nope');
    expect(stderr).toContain('hint: it has no snapshots');
  });
});

it('of a provider that does not allow it sends nothing', async () => {
  await world.run('providers update prod --allow power,backup');
  for (const line of ['create 102 --name x1', 'delete 102 --keep 1', 'rollback 102 --name before_upgrade']) {
    const { status, stderr } = await world.run(`snapshot ${line} --yes`);
    expect([status, sent()]).toEqual([EXIT.denied, []]);
    expect(stderr).toContain('prod does not allow snapshot');
  }
});
