import { beforeEach, describe, expect, it } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-status.ts';
import { type ActingWorld, openActingWorld } from '../helpers/acting-world.ts';
import { refusalOf, withoutIds, writtenCalls } from '../helpers/written-calls.ts';

const DAY_MS = 86_400_000;
const VOLUME = 'backup:backup/vzdump-qemu-103-2026_11_21-10_00_00.vma.zst';

let world: ActingWorld;

beforeEach(async () => {
  world = await openActingWorld({ nodes: 2, vms: 4, containers: 1 });
  world.lab.clearRequests();
});

const sent = (): string[] => writtenCalls(world.lab);

const refused = (line: string): Promise<string> => refusalOf(world, line);

describe('backup', () => {
  it('shows what it will do, and sends nothing', async () => {
    const ran = await world.run('backup 100 --storage backup --mode stop --protect --dry-run');
    expect([ran.status, withoutIds(ran.stdout), ran.stderr, sent()]).toEqual([
      EXIT.done,
      `plan ID: backup, 1 guest
prod/100  web-01  on pve1
  a new backup on backup, protected
  → POST /nodes/pve1/vzdump vmid=100 storage=backup mode=stop remove=0 compress=zstd protected=1
  ! shuts a running guest down, and starts it again
`,
      'nothing was sent\n',
      [],
    ]);
  });

  it('is data with -o json', async () => {
    const { json } = await world.run('backup 200 --storage backup --compress 0 --dry-run -o json');
    expect(json).toMatchObject({
      guests: [
        {
          action: { verb: 'backup', storage: 'backup', mode: 'snapshot', compress: '0', notes: null, protect: false },
          calls: [{ path: '/nodes/pve1/vzdump', task: { types: ['vzdump'], id: '200' }, proof: null }],
          load: { nodes: ['pve1'], storages: ['backup'] },
        },
      ],
    });
  });

  it('is one task for each guest, with notes on one line', async () => {
    const notes = 'before\nC:\\new';
    const ran = await world.run(['backup', '103', '200', '--storage', 'backup', '--notes', notes, '--yes']);
    expect([ran.status, withoutIds(ran.stdout)]).toEqual([
      EXIT.done,
      `PROVIDER  VMID  NAME       NODE  SENT               STATE  TOOK
prod       103  app-04     pve2  back up to backup  done    0 s
prod       200  ct-app-01  pve1  back up to backup  done    0 s
`,
    ]);
    expect(sent().toSorted()).toEqual([
      'POST /nodes/pve1/vzdump vmid=200 storage=backup mode=snapshot remove=0 compress=zstd notes-template=before\\nC:\\\\new',
      'POST /nodes/pve2/vzdump vmid=103 storage=backup mode=snapshot remove=0 compress=zstd notes-template=before\\nC:\\\\new',
    ]);
    const { stdout } = await world.run('operations list');
    expect(stdout).toContain('action');
  });

  it('refuses a storage that cannot have it, and names those that can', async () => {
    expect(await refused('backup 100 --storage local-lvm')).toBe(
      'error: prod/100  web-01: storage local-lvm does not take backup; nothing was sent\nhint: backups can be on: backup, local\n',
    );
    expect(await refused('backup 100 --storage nope')).toContain('node pve1 has no storage nope');
    world.lab.storage('backup').goOffline('pve1');
    expect(await refused('backup 100 --storage backup')).toContain('storage backup cannot be reached on node pve1');
    world.lab.storage('backup').disable();
    expect(await refused('backup 100 --storage backup')).toContain('node pve1 has no storage backup');
  });

  it('refuses a locked guest', async () => {
    world.lab.as('root@pam').setConfig(100, { lock: 'migrate' });
    expect(await refused('backup 100 --storage backup')).toContain('it is locked (migrate)');
  });
});

describe('restore', () => {
  beforeEach(async () => {
    world.lab.as('root@pam').backup(103);
    world.clock.advance(3 * DAY_MS);
    await world.run('discover-all --quiet');
    world.lab.clearRequests();
  });

  it('over the guest itself names how old what it becomes is', async () => {
    world.lab.as('root@pam').snapshot(103, 'before');
    world.lab.clearRequests();
    const ran = await world.run('restore 103 --from last --dry-run');
    expect([ran.status, withoutIds(ran.stdout), sent()]).toEqual([
      EXIT.done,
      `plan ID: restore, 1 guest
prod/103  app-04  on pve2
  it becomes what it was at the time of the backup
  → POST /nodes/pve2/qemu vmid=103 archive=${VOLUME} force=1
  ! its disks and configuration are replaced; the backup is 3 d old
  ! its snapshots are deleted
`,
      [],
    ]);
  });

  it('is sent once, and the guest is the same one in the history', async () => {
    world.lab.as('root@pam').setConfig(103, { cores: 7 });
    await world.run('discover-all --quiet');
    world.lab.clearRequests();
    const ran = await world.run(`restore app-04 --from ${VOLUME} --storage local-lvm --start --unique --yes`);
    expect([ran.status, sent()]).toEqual([
      EXIT.done,
      [`POST /nodes/pve2/qemu vmid=103 archive=${VOLUME} force=1 storage=local-lvm unique=1 start=1`],
    ]);
    expect(world.lab.guest(103).config['cores']).not.toBe(7);
    const { rows } = await world.run('show-changes --guest app-04 --since 7d -o json');
    expect(rows).toContainEqual(expect.objectContaining({ actor: 'root@pam', token: 'lab', via: 'qmrestore' }));
  });

  it('to a new vmid leaves the guest alone, and warns of the same addresses', async () => {
    const dry = await world.run('restore 103 --from last --as 150 --dry-run');
    expect(dry.stdout).toContain('! it has the MAC addresses of the guest of the backup: --unique gives it new ones');
    const ran = await world.run('restore 103 --from last --as 150 --yes');
    expect([ran.status, sent()]).toEqual([EXIT.done, [`POST /nodes/pve2/qemu vmid=150 archive=${VOLUME}`]]);
    const { rows } = await world.run('list-guests -o json');
    expect(rows.filter(({ name }) => name === 'app-04').map(({ vmid }) => vmid)).toEqual([103, 150]);
  });

  it('of a container says so, and where its disks are', async () => {
    const admin = world.lab.as('root@pam');
    const volid = admin.backup(200);
    admin.stop(200);
    world.lab.clearRequests();
    const ran = await world.run(`restore 200 --from ${volid} --yes`);
    expect([ran.status, sent()]).toEqual([
      EXIT.done,
      [`POST /nodes/pve1/lxc vmid=200 ostemplate=${volid} restore=1 force=1 storage=local-lvm`],
    ]);
  });

  it('refuses a running or protected guest, and a template', async () => {
    const admin = world.lab.as('root@pam');
    admin.setConfig(103, { protection: 1 });
    expect(await refused('restore 103 --from last')).toContain('it is protected; nothing was sent');
    admin.setConfig(103, { protection: 0 });
    admin.start(103);
    expect(await refused('restore 103 --from last')).toBe(
      'error: prod/103  app-04: it is running; nothing was sent\nhint: shut it down first: rollcall shutdown REF\n',
    );
    admin.stop(103);
    admin.template(103);
    expect(await refused('restore 103 --from last')).toContain('it is a template, which is not replaced');
  });

  it('refuses a vmid that is taken', async () => {
    expect(await refused('restore 103 --from last --as 101')).toContain('vmid 101 is taken');
  });

  it('refuses a backup that is not there, or of another guest', async () => {
    expect(await refused('restore 103 --from backup:backup/nope.vma.zst')).toContain(
      'there is no backup backup:backup',
    );
    const admin = world.lab.as('root@pam');
    const [vm, container] = [admin.backup(100), admin.backup(200)];
    expect(await refused(`restore 103 --from ${vm}`)).toContain(`${vm} is of 100, and not of 103`);
    expect(await refused(`restore 103 --from ${container} --from-other`)).toContain('is not of a virtual machine');
    const ran = await world.run(`restore 103 --from ${vm} --from-other --dry-run`);
    expect(ran.status).toBe(EXIT.done);
  });

  it('refuses a backup of the machine that had the vmid before', async () => {
    const admin = world.lab.as('root@pam');
    admin.destroy(103);
    admin.create('qemu', { vmid: 103, node: 'pve2' });
    world.clock.advance(60_000);
    await world.run('discover-all --quiet');
    expect(await refused(`restore 103 --from ${VOLUME}`)).toContain('it is of a machine that had vmid 103 before');
  });

  it('refuses a storage that takes no disks', async () => {
    expect(await refused('restore 103 --from last --storage backup')).toContain('storage backup does not take images');
  });

  it.each(['nonsense', 'x: y', 'a,b:c'])('takes no backup %j', async (volid) => {
    const { status, stderr } = await world.run(['restore', '103', '--from', volid, '--yes']);
    expect([status, sent()]).toEqual([EXIT.usage, []]);
    expect(stderr).toContain('is not the id of a volume');
  });

  it('from last needs one that is known', async () => {
    const { status, stderr } = await world.run('restore 100 --from last --yes');
    expect([status, sent()]).toEqual([EXIT.failed, []]);
    expect(stderr).toContain('error: no backup of web-01 is known');
  });

  it('is allowed by backup over itself, and by create to a new vmid', async () => {
    await world.run('providers update prod --allow backup');
    expect(await world.run('restore 103 --from last --dry-run')).toMatchObject({ status: EXIT.done });
    expect(await world.run('restore 103 --from last --as 150 --yes')).toMatchObject({
      status: EXIT.denied,
      stderr: expect.stringContaining('prod does not allow create'),
    });
    expect(sent()).toEqual([]);
  });
});
