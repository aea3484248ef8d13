import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { type ActingWorld, openActingWorld } from '../helpers/acting-world.ts';

/** 111 is a template on pve2, whose disk is on local-lvm. The files of `local` are on pve1. */
let world: ActingWorld;

const ISO = 'local:iso/debian-12.5.0-amd64-netinst.iso';
const OSTEMPLATE = 'local:vztmpl/debian-12-standard_12.7-1_amd64.tar.zst';

beforeEach(async () => {
  world = await openActingWorld({ nodes: 2, vms: 12, containers: 1 });
  world.lab.clearRequests();
});

const sent = () => world.lab.writes.map(({ method, path: at, parameters }) => [method, at, parameters]);

interface Planned {
  guests: { checks: { ok: boolean; text: string }[]; risks: { kind: string }[] }[];
}

async function planOf(line: string) {
  const { guests } = (await world.run(`${line} --dry-run -o json`)).json as Planned;
  expect(sent()).toEqual([]);
  return guests;
}

const refusals = (guests: Planned['guests']) =>
  guests.flatMap(({ checks }) => checks.filter(({ ok }) => !ok).map(({ text }) => text));

function write(name: string, text: string): void {
  writeFileSync(path.join(world.dir, name), text);
}

describe('create vm', () => {
  it('shows what it would make', async () => {
    const ran = await world.run(`create vm --name web-99 --node pve1 --iso ${ISO} --dry-run`);
    expect({ ...ran, stdout: ran.stdout.replace(/id\d+/, 'ID') }).toEqual({
      status: 0,
      stdout: `plan ID: create, 1 guest
prod/112  web-99  on pve1
  VM 112 web-99 on pve1: new
  cores: 1
  memory: 2048
  scsi0: local-lvm:32,iothread=1
  ide2: ${ISO},media=cdrom
  net0: virtio,bridge=vmbr0,firewall=1
  → POST /nodes/pve1/qemu vmid=112 name=web-99 ostype=l26 cores=1 memory=2048 cpu=x86-64-v2-AES scsihw=virtio-scsi-single scsi0=local-lvm:32,iothread=1 ide2=${ISO},media=cdrom net0=virtio,bridge=vmbr0,firewall=1 boot=order=scsi0;ide2;net0
`,
      stderr: 'nothing was sent\n',
    });
    expect(sent()).toEqual([]);
  });

  it('makes and starts one, and records it', async () => {
    const options = '--cores 2 --memory 4G --disk shared:40G --vlan 7 --tags a,b --pool test --description hello';
    expect(await world.run(`create vm --name web-98 --node pve2 ${options} --start --yes`)).toMatchObject({
      status: 0,
    });
    expect(sent()).toEqual([
      [
        'POST',
        '/nodes/pve2/qemu',
        {
          vmid: '112',
          name: 'web-98',
          ostype: 'l26',
          cores: '2',
          memory: '4096',
          cpu: 'x86-64-v2-AES',
          scsihw: 'virtio-scsi-single',
          scsi0: 'shared:40,iothread=1',
          net0: 'virtio,bridge=vmbr0,firewall=1,tag=7',
          boot: 'order=scsi0;net0',
          tags: 'a;b',
          pool: 'test',
          description: 'hello',
        },
      ],
      ['POST', '/nodes/pve2/qemu/112/status/start', {}],
    ]);
    expect(world.lab.guest(112)).toMatchObject({ name: 'web-98', power: 'running', pool: 'test' });
    expect((await world.run('show-changes vmid=112 -o json')).rows[0]).toMatchObject({ kind: 'created' });
  });

  it('imports an image, and grows it', async () => {
    const line = `create vm --name app-01 --node pve1 --image ${ISO} --disk local-lvm:40G --dry-run`;
    const { stdout } = await world.run(line);
    expect(stdout).toContain(`scsi0=local-lvm:0,import-from=${ISO},iothread=1 `);
    expect(stdout).toContain('→ PUT /nodes/pve1/qemu/112/resize disk=scsi0 size=40G\n');
  });

  it.each([
    [`--node pve2 --iso ${ISO}`, `there is no ${ISO} on node pve2`],
    [`--node pve1 --iso ${OSTEMPLATE}`, `${OSTEMPLATE} is no iso, but vztmpl`],
    ['--node pve1 --iso nope:iso/x.iso', 'node pve1 has no storage nope: nope:iso/x.iso is not there'],
    ['--node pve2 --disk scratch:3G', 'storage scratch is disabled on node pve2'],
    ['--node pve1 --disk backup:3G', 'storage backup takes no images, but backup'],
    ['--node pve2 --bridge vmbr1', 'node pve2 has no bridge vmbr1'],
    ['--node pve1 --vmid 200', 'vmid 200 is taken by ct-build-01 on pve1'],
    ['--node pve7', 'the cluster has no node pve7'],
  ])('refuses %s', async (options, text) => {
    const disk = options.includes('pve7') ? ' --disk local-lvm:1G' : '';
    expect(refusals(await planOf(`create vm --name x ${options}${disk}`))).toEqual([text]);
    expect((await world.run(`create vm --name x ${options}${disk} --yes`)).status).toBe(1);
    expect(sent()).toEqual([]);
  });

  it('warns of an empty disk that is larger than its storage, which takes room as it fills', async () => {
    const [plan] = await planOf('create vm --name x --node pve1 --disk local-lvm:4000G');
    expect(plan?.risks.map(({ kind }) => kind)).toEqual(['over-provisioned']);
  });

  it('needs the rights of what it does', async () => {
    world = await openActingWorld({ nodes: 1, vms: 1, containers: 0 }, 'power');
    world.lab.clearRequests();
    expect(refusals(await planOf('create vm --name x'))).toEqual(['prod does not allow create']);
    expect(await world.run('create vm --name x --yes')).toMatchObject({ status: 3 });
    expect(sent()).toEqual([]);
  });

  it.each([
    ['--name x', 'on which node?'],
    ['--node pve1', 'it needs a name'],
    ['--name x_y --node pve1', '--name: write a name as hosts have them'],
    ['--name web..01 --node pve1', '--name: write a name as hosts have them'],
    ['--name x --node pve1 --memory 4', '--memory: write a size with a unit'],
    ['--name x --node pve1 --disk big', '--disk: write a size'],
    [`--name x --node pve1 --iso ${ISO} --image ${ISO}`, '--image does not go with --iso'],
    ['--name x --node pve1 --full', 'full is for clones of a template'],
    ['--name x --template 200', '200 is no virtual machine'],
    ['--name x --from-file g.yaml', "cannot be used with option '--name"],
  ])('%s is a mistake', async (options, message) => {
    const ran = await world.run(`create vm ${options}`);
    expect(ran.status).toBe(2);
    expect(ran.stderr).toContain(message);
    expect(sent()).toEqual([]);
  });
});

describe('create container', () => {
  it('makes one of a template of the system', async () => {
    const line = `create container --name dns-01 --node pve1 --ostemplate ${OSTEMPLATE} --ip 192.0.2.53/24 --gateway 192.0.2.1`;
    expect(await world.run(`${line} --yes`)).toMatchObject({ status: 0 });
    expect(sent()).toEqual([
      [
        'POST',
        '/nodes/pve1/lxc',
        {
          vmid: '112',
          hostname: 'dns-01',
          ostemplate: OSTEMPLATE,
          unprivileged: '1',
          features: 'nesting=1',
          cores: '1',
          memory: '512',
          swap: '512',
          rootfs: 'local-lvm:8',
          net0: 'name=eth0,bridge=vmbr0,firewall=1,ip=192.0.2.53/24,gw=192.0.2.1',
        },
      ],
    ]);
  });

  it('is made of something', async () => {
    const ran = await world.run('create container --name c --node pve1');
    expect(ran).toMatchObject({ status: 2, stderr: expect.stringContaining('a container is made of an ostemplate') });
  });
});

describe('create --from-file', () => {
  it('makes several guests, and shows no secret', async () => {
    write(
      'guests.yaml',
      `version: 1
guests:
  - name: web-01x
    template: '111'
    cores: 4
    memory: 8G
    disk: 80G
    vlan: 20
    tags: [web, prod]
    config: { onboot: true }
    secrets: { cipassword: env:PASSWORD }
    start: true
  - kind: container
    name: cache-01
    node: pve1
    vmid: 113
    ostemplate: ${OSTEMPLATE}
    secrets: { password: env:PASSWORD }
`,
    );
    const env = { PASSWORD: 'hunter2' };
    expect(await world.run('create vm --from-file guests.yaml --plan-out plan.json', { env })).toMatchObject({
      status: 2,
    });
    const ran = await world.run('create vm --from-file guests.yaml --yes', { env });
    expect(ran.status).toBe(0);
    expect(sent()).toEqual([
      ['POST', '/nodes/pve2/qemu/111/clone', { newid: '112', full: '0', name: 'web-01x' }],
      [
        'PUT',
        '/nodes/pve2/qemu/112/config',
        {
          cores: '4',
          memory: '8192',
          tags: 'web;prod',
          net0: 'virtio,bridge=vmbr0,firewall=1,tag=20',
          onboot: '1',
          cipassword: 'hunter2',
        },
      ],
      ['PUT', '/nodes/pve2/qemu/112/resize', { disk: 'scsi0', size: '80G' }],
      ['POST', '/nodes/pve2/qemu/112/status/start', {}],
      ['POST', '/nodes/pve1/lxc', expect.objectContaining({ vmid: '113', password: 'hunter2' })],
    ]);
    const id = /operation (id\d+)/.exec(ran.stderr)?.[1];
    const told = [ran, await world.run(`operations show ${id} -o json`), await world.run('show-changes -o json')];
    expect(JSON.stringify(told)).not.toContain('hunter2');
  });

  it('tells every problem with its place', async () => {
    write(
      'bad.yaml',
      `version: 1
guests:
  - name: web_01
    cors: 4
    memory: 8
  - name: x
    config: { cipassword: hunter2 }
`,
    );
    expect(await world.run('create vm --from-file bad.yaml')).toEqual({
      status: 2,
      stdout: '',
      stderr: `error: bad.yaml cannot be used for 4 problems:
  bad.yaml:3:5  name: write a name as hosts have them: letters, digits, hyphens and dots
  bad.yaml:4:5  there is no field 'cors' here
  bad.yaml:5:5  memory: write a size with a unit: 512M, 4G
  bad.yaml:7:15  cipassword: cipassword holds a secret: give a reference to it, in secrets
hint: \`rollcall create vm --help\` shows an example
`,
    });
    write(
      'odd.yaml',
      `version: 1\nguests:\n  - { name: a, iso: '${ISO}', image: '${ISO}' }\n  - { name: a, ip: dhcp }\n`,
    );
    expect((await world.run('create vm --from-file odd.yaml')).stderr).toContain(`for 3 problems:
  odd.yaml:3:`);
    expect(sent()).toEqual([]);
  });
});
