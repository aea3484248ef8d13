import { beforeAll, describe, expect, it } from '@jest/globals';
import { openWorld, type World } from '../helpers/world.ts';

let world: World;

beforeAll(async () => {
  world = await openWorld({ nodes: 2, vms: 12, containers: 2 });
  await world.rollcall('discover-all');
});

describe('list-guests', () => {
  it('lists virtual machines and containers', async () => {
    const { rows } = await world.rollcall('list-guests -o json');
    const [vms, containers] = [
      await world.rollcall('list-vms -o json'),
      await world.rollcall('list-containers -o json'),
    ];
    expect(rows).toEqual([...vms.rows, ...containers.rows]);
    const { stdout } = await world.rollcall('list-guests --name web-*,ct-*');
    expect(stdout).toMatch(/^KIND +VMID +NAME /);
    expect(stdout).toMatch(/^vm +100 +web-01 /m);
    expect(stdout).toMatch(/^container +200 +ct-/m);
  });

  it.each(['list-guests', 'list-vms'])('%s leaves templates out, or everything else', async (command) => {
    const count = async (option: string) => (await world.rollcall(`${command} ${option} -o json`)).rows.length;
    const all = (await world.rollcall(`${command} -o json`)).rows;
    const templates = all.filter(({ isTemplate }) => isTemplate === true).length;
    expect(templates).toBeGreaterThan(0);
    expect([await count('--templates'), await count('--no-templates')]).toEqual([templates, all.length - templates]);
  });
});

describe('show', () => {
  it.each([
    ['web-01', 'show-vm web-01'],
    ['lab/100', 'show-vm 100'],
    ['vm/100', 'show-vm 100'],
    ['200', 'show-container 200'],
    ['container/200', 'show-container 200'],
    ['CT/200', 'show-container 200'],
  ])('%s is the guest', async (ref, same) => {
    expect(await world.rollcall(`show ${ref}`)).toEqual(await world.rollcall(same));
  });

  it.each(['pve1', 'PVE1', 'lab/pve1', 'node/pve1', 'lab/node/pve1'])(
    '%s is the node, with its history',
    async (ref) => {
      const { stdout, status } = await world.rollcall(`show ${ref}`);
      expect(status).toBe(0);
      expect(stdout).toMatch(/^node +lab\/pve1\nstatus +online\n/);
      expect(stdout).toMatch(
        /\nCONFIGURATION\n[\s\S]*\nHISTORY\nTIME +KIND +CHANGE[^\n]*\n[^\n]*created +first seen, online/,
      );
    },
  );

  it('a storage, as JSON with its document and history', async () => {
    const { json } = await world.rollcall('show storage/local-lvm -o json');
    expect(json).toMatchObject({ name: 'local-lvm', document: { type: 'lvmthin' }, history: [{ kind: 'created' }] });
    expect((await world.rollcall('show local-lvm -o name')).stdout).toBe('lab/local-lvm\n');
  });

  it('says what a name may mean when it means several', async () => {
    world.lab.as('admin@pve').setConfig(101, { name: 'local' });
    await world.rollcall('discover-all');
    expect(await world.rollcall('show local')).toEqual({
      status: 2,
      stdout: '',
      stderr: [
        'error: `local` names 2 resources',
        'hint: Name one by PROVIDER/KIND/NAME:',
        '  lab/vm/101',
        '  lab/storage/local',
        '',
      ].join('\n'),
    });
    for (const ref of ['lab/vm/101', 'vm/local', 'lab/VM/local', 'qemu/101'])
      expect((await world.rollcall(`show ${ref}`)).stdout).toMatch(/^guest +lab\/101\n/);
    expect((await world.rollcall('show-changes --guest vm/local --kind created -o json')).rows).toHaveLength(1);
    expect((await world.rollcall('show lab/storage/local')).stdout).toMatch(/^storage +lab\/local\n/);
    expect((await world.rollcall('show storage/local')).stdout).toMatch(/^storage +lab\/local\n/);
    expect((await world.rollcall('show 101')).stdout).toMatch(/^guest +lab\/101\n/);
  });

  it.each([
    ['node/pve9', 'No node `node/pve9` is in the inventory', 'Did you mean `node/pve1` or `node/pve2`?'],
    ['storage/zzz', 'No storage `storage/zzz` is in the inventory', '`list-storage` shows them.'],
  ])('%s is told as what it was asked for', async (ref, error, hint) => {
    expect(await world.rollcall(`show ${ref}`)).toMatchObject({
      status: 1,
      stderr: `error: ${error}\nhint: ${hint}\n`,
    });
  });

  it('takes columns by patterns where there are no rows, and of what may wait for a restart', async () => {
    for (const line of [
      "list-guests --name nosuch --columns vmid,'net*.bridge'",
      'list-guests --columns vmid,pending.memory',
    ])
      expect((await world.rollcall(line)).status).toBe(0);
    expect((await world.rollcall('list-guests --columns vmid,net0.brigde')).status).toBe(2);
  });

  it('says when there is no such thing', async () => {
    expect(await world.rollcall('show nosuch')).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^error: No guest `nosuch` is in the inventory\nhint: /),
    });
  });
});

describe('a guest of another kind', () => {
  it.each([
    ['show-vm 200', '`200` is a container: lab/200  ct-', '`show-container 200`'],
    ['show-vm lab/200 --diff 1h now', '`lab/200` is a container: lab/200', '`show-container lab/200`'],
    ['show-container web-01', '`web-01` is a virtual machine: lab/100  web-01  pve1  present', '`show-vm web-01`'],
  ])('%s: it is told', async (line, message, command) => {
    const ran = await world.rollcall(line);
    expect(ran).toMatchObject({ status: 1, stdout: '' });
    expect(ran.stderr.startsWith(`error: ${message}`)).toBe(true);
    expect(ran.stderr).toContain(`\nhint: ${command}, or \`show `);
  });
});

describe('a time before the first run', () => {
  const BEGIN = 'the history begins at 2026-11-21 10:00:00; nothing was recorded before';

  it.each(['list-guests', 'list-vms', 'list-containers', 'list-nodes', 'list-storage'])(
    '%s: is told, in every format',
    async (command) => {
      for (const format of ['table', 'json', 'csv', 'name']) {
        const ran = await world.rollcall(`${command} --at 2020-01-01 -o ${format}`);
        expect(ran.status).toBe(0);
        expect(ran.stderr.endsWith(`${BEGIN}\n`)).toBe(true);
      }
      expect((await world.rollcall(`${command} --at now`)).stderr).not.toContain('begins');
    },
  );

  it.each(['show 100', 'show-vm 100', 'show-container 200', 'show pve1', 'show local'])('%s: is told', async (line) => {
    expect(await world.rollcall(`${line} --at 2020-01-01`)).toEqual({
      status: 1,
      stdout: '',
      stderr: `error: nothing is known of 2020-01-01 00:00:00\nhint: ${BEGIN}\n`,
    });
  });

  it.each(['show-changes --until 2020-01-01', 'show-vm 100 --diff 2020-01-01 now'])('%s: is told', async (line) => {
    expect((await world.rollcall(line)).stderr.endsWith(`${BEGIN}\n`)).toBe(true);
  });
});

describe('--columns', () => {
  it('takes any path of the document', async () => {
    const { stdout } = await world.rollcall('list-vms --name web-01 --columns vmid,NET0.bridge,scsi0.size');
    expect(stdout).toBe('VMID  NET0.BRIDGE  SCSI0.SIZE\n 100  vmbr0        16 GiB\n');
    expect((await world.rollcall('list-vms --name web-01 --columns vmid,scsi0.size -o csv')).stdout).toBe(
      'vmid,scsi0.size\n100,17179869184\n',
    );
  });

  it('takes patterns, and all below a path', async () => {
    const heads = async (names: string) =>
      (await world.rollcall(`list-vms --name web-01 --columns '${names}'`)).stdout.split('\n')[0]?.split(/ {2,}/);
    expect(await heads('net*.bridge')).toEqual(['NET0.BRIDGE']);
    expect(await heads('vmid,net0')).toEqual(expect.arrayContaining(['VMID', 'NET0.BRIDGE', 'NET0.MACADDR']));
  });

  it('sorts by one, takes one of a node, and refuses what nothing has', async () => {
    const sorted = (await world.rollcall('list-vms --sort -net0.macaddr --columns net0.macaddr --no-headers')).stdout;
    const order = new Intl.Collator('en', { numeric: true }).compare;
    const addresses = sorted.split('\n').slice(0, -1);
    expect(addresses).toEqual(addresses.toSorted(order).toReversed());
    expect((await world.rollcall('list-nodes --columns name,memoryBytes,status')).status).toBe(0);
    const refused = await world.rollcall('list-vms --columns vmid,net0.brigde');
    expect(refused.status).toBe(2);
    expect(refused.stderr).toMatch(
      /^error: there is no column 'net0\.brigde'\nhint: did you mean net0\.bridge\? columns: /,
    );
    expect(refused.stderr).not.toContain('smbios1');
    expect(await world.rollcall('list-vms --name nothing --columns vmid,net0.bridge')).toMatchObject({ status: 0 });
  });
});

it('--no-headers leaves the headers out', async () => {
  for (const format of ['table', 'wide', 'csv']) {
    const whole = (await world.rollcall(`list-vms -o ${format}`)).stdout.split('\n');
    const bare = (await world.rollcall(`list-vms -o ${format} --no-headers`)).stdout.split('\n');
    expect(bare).toHaveLength(whole.length - 1);
    expect(bare[0]?.replace(/ +/g, ' ').trim()).toBe(whole[1]?.replace(/ +/g, ' ').trim());
  }
});
