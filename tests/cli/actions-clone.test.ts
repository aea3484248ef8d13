import { beforeEach, describe, expect, it } from '@jest/globals';
import { ACTOR, type ActingWorld, openActingWorld } from '../helpers/acting-world.ts';

/** 100 runs on pve1 with a local disk of 16 GiB; 102 has a shared one and a snapshot; 111 is a template on pve2; 200 a container. */
let world: ActingWorld;

beforeEach(async () => {
  world = await openActingWorld({ nodes: 2, vms: 12, containers: 1 });
  world.lab.clearRequests();
});

const sent = () => world.lab.writes.map(({ method, path, parameters }) => [method, path, parameters]);

/** The checks that refuse the only guest of a plan. */
async function refusalsOf(line: string): Promise<string[]> {
  const ran = await world.run(`${line} --dry-run -o json`);
  const { guests } = ran.json as { guests: { checks: { ok: boolean; name: string; text: string }[] }[] };
  expect(sent()).toEqual([]);
  return (guests[0]?.checks ?? []).filter(({ ok }) => !ok).map(({ name, text }) => `${name}: ${text}`);
}

describe('clone', () => {
  it('shows what it would do', async () => {
    const ran = await world.run('clone 100 --name web-99 --dry-run');
    expect({ ...ran, stdout: ran.stdout.replace(/id\d+/, 'ID') }).toEqual({
      status: 0,
      stdout: `plan ID: clone, 1 guest
prod/100  web-01  on pve1
  VM 112 web-99 on pve1: full clone
  → POST /nodes/pve1/qemu/100/clone newid=112 full=1 name=web-99
  ! copies 16 GiB
  ! it runs: its disks are copied as a power cut would leave them
`,
      stderr: 'nothing was sent\n',
    });
    expect(sent()).toEqual([]);
  });

  it('makes a copy by one request, and records it', async () => {
    const ran = await world.run(`clone 102 --name app-copy --node pve2 --storage shared --pool test --vmid 900 --yes`);
    expect(ran).toMatchObject({ status: 0 });
    expect(sent()).toEqual([
      [
        'POST',
        '/nodes/pve1/qemu/102/clone',
        { newid: '900', full: '1', name: 'app-copy', target: 'pve2', storage: 'shared', pool: 'test' },
      ],
    ]);
    expect(world.lab.guest(900)).toMatchObject({ node: 'pve2', name: 'app-copy', pool: 'test', power: 'stopped' });
    const [created] = (await world.run('show-changes vmid=900 -o json')).rows;
    expect(created).toMatchObject({ kind: 'created', actor: 'root@pam' });
    expect(JSON.stringify(created)).toContain(ACTOR.split('!')[1]);
  });

  it('makes linked clones of a template, each with a vmid of its own, and starts them', async () => {
    const ran = await world.run("clone 111 --name 'web-{nn}' --count 3 --first 7 --start --yes -o json");
    expect(ran).toMatchObject({ status: 0 });
    const clones = world.lab.writes.filter(({ path }) => path.endsWith('/clone'));
    expect(clones.map(({ parameters }) => parameters)).toEqual([
      { newid: '112', full: '0', name: 'web-07' },
      { newid: '113', full: '0', name: 'web-08' },
      { newid: '114', full: '0', name: 'web-09' },
    ]);
    expect([112, 113, 114].map((vmid) => world.lab.guest(vmid).power)).toEqual(['running', 'running', 'running']);
    expect(sent()).toHaveLength(6);
  });

  it('passes over vmids that are taken where several are chosen', async () => {
    world.lab.as('root@pam').create('qemu', { vmid: 113 });
    const ran = await world.run("clone 111 --name 'web-{n}' --count 3 --dry-run -o json");
    const { guests } = ran.json as { guests: { lockVmid: number }[] };
    expect(guests.map(({ lockVmid }) => lockVmid)).toEqual([112, 114, 115]);
  });

  it('clones a guest as it was', async () => {
    await world.run('clone 102 --name old --snapshot before_upgrade --yes');
    expect(sent()).toEqual([
      ['POST', '/nodes/pve1/qemu/102/clone', { newid: '112', full: '1', name: 'old', snapname: 'before_upgrade' }],
    ]);
  });

  it.each([
    ['clone 100 --vmid 101', 'vmid: vmid 101 is taken by proxy-02 on pve2'],
    ['clone 100 --linked', 'template: only a template has linked clones'],
    ['clone 111 --linked --storage shared', 'template: a linked clone is on the storage of its template'],
    ['clone 100 --node pve2', 'storage: its storage local-lvm is local: a clone cannot go to node pve2'],
    ['clone 100 --node pve9', 'node: the cluster has no node pve9'],
    ['clone 100 --storage backup', 'storage: storage backup takes no images, but backup'],
    ['clone 100 --storage archive', 'storage: storage archive is disabled on node pve1'],
    ['clone 100 --storage nope', 'storage: node pve1 has no storage nope'],
    ['clone 100 --snapshot nope', 'snapshot: it has no snapshot nope'],
    ['clone 200', 'power: a running container is copied from a snapshot alone'],
  ])('refuses %s', async (line, refusal) => {
    expect(await refusalsOf(line)).toEqual([refusal]);
    expect(await world.run(`${line} --yes`)).toMatchObject({ status: 1 });
    expect(sent()).toEqual([]);
  });

  it('refuses a copy that does not fit, and a bridge that the target lacks', async () => {
    const root = world.lab.as('root@pam');
    root.create('qemu', { vmid: 120, scsi0: 'shared:30000', net0: 'virtio,bridge=vmbr1' });
    world.clock.advance(60_000);
    await world.run('discover-all --quiet');
    world.lab.clearRequests();
    expect(await refusalsOf('clone 120 --node pve2')).toEqual([
      expect.stringMatching(/^storage: storage shared has [\d.]+ GiB free, 30000 GiB are needed$/),
      'bridge: node pve2 has no bridge vmbr1',
    ]);
  });

  it('refuses a locked guest, and needs the right to start what it starts', async () => {
    world.lab.as('root@pam').setConfig(100, { lock: 'backup' });
    expect(await refusalsOf('clone 100')).toEqual(['lock: it is locked (backup)']);
    world = await openActingWorld({ nodes: 1, vms: 1, containers: 0 }, 'clone');
    world.lab.clearRequests();
    expect(await refusalsOf('clone 100 --start')).toEqual(['allowed: prod does not allow power']);
  });

  it('says that a name is taken, and that addresses stay', async () => {
    world.lab.as('root@pam').create('qemu', { vmid: 120, name: 'fixed', ipconfig0: 'ip=192.0.2.7/24,gw=192.0.2.1' });
    world.clock.advance(60_000);
    await world.run('discover-all --quiet');
    const ran = await world.run('clone fixed --name web-01 --dry-run');
    expect(ran.stdout).toContain('! another guest has the name web-01: 100\n');
    expect(ran.stdout).toContain('! the clone is set up with the same address: 192.0.2.7/24\n');
  });

  it.each([
    ['clone 100 --name a_b', "'a_b' is no name of a guest"],
    ['clone 100 --count 2 --name web', '2 clones need a name with a number'],
    ['clone 100 --vmid 99', 'It is auto, or a number from 100'],
    ['clone status=running', 'matches'],
  ])('%s is a mistake', async (line, message) => {
    const ran = await world.run(line);
    expect(ran.status).toBe(2);
    expect(ran.stderr).toContain(message);
  });

  it('refuses when another guest takes the vmid between plan and act', async () => {
    expect(await world.run('clone 100 --vmid 900 --plan-out plan.json')).toMatchObject({ status: 0 });
    world.lab.as('root@pam').create('qemu', { vmid: 900, name: 'rival' });
    world.lab.clearRequests();
    expect(await world.run('apply plan.json --yes')).toMatchObject({
      status: 9,
      stderr: expect.stringContaining('vmid 900 is taken by rival on pve1'),
    });
    expect(sent()).toEqual([]);
  });
});
