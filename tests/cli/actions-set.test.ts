import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-status.ts';
import { type ActingWorld, openActingWorld } from '../helpers/acting-world.ts';
import { withoutIds, writtenCalls } from '../helpers/written-calls.ts';

let world: ActingWorld;

beforeEach(async () => {
  world = await openActingWorld({ nodes: 2, vms: 4, containers: 1 });
});

describe('set', () => {
  it('shows each difference and what waits for a restart, and sends nothing', async () => {
    const card = 'virtio=BC:24:11:00:00:01,bridge=vmbr0';
    world.lab.as('root@pam').setConfig(100, { name: 'web-01', onboot: 0, description: 'old', cpulimit: 2, net0: card });
    const ran = await world.run(
      'set 100 memory=6144 onboot=yes cpulimit=2 net0.bridge=vmbr1 net0.tag=20 --delete description --dry-run',
    );
    const before = world.lab.guest(100).config['memory'];
    expect(withoutIds(ran.stdout)).toBe(`plan ID: set, 1 guest
prod/100  web-01  on pve1
  description: old → none
  memory: ${before} → 6144, after a restart
  net0.bridge: vmbr0 → vmbr1
  net0.tag: none → 20
  onboot: 0 → 1
  → POST /nodes/pve1/qemu/100/config memory=6144 net0=${card.replace('vmbr0', 'vmbr1')},tag=20 onboot=yes delete=description digest=D
  ! the network of a running guest changes (net0)
`);
    expect([ran.status, ran.stderr, writtenCalls(world.lab)]).toEqual([EXIT.done, 'nothing was sent\n', []]);
  });

  it('sends one call with the digest that was read, and tells what waits by what the server says then', async () => {
    const ran = await world.run("set 100 memory=6144 description='a b' --yes --reason why");
    expect(writtenCalls(world.lab)).toEqual([
      "POST /nodes/pve1/qemu/100/config description='a b' memory=6144".replaceAll("'", ''),
    ]);
    const [write] = world.lab.writes.slice(-1);
    expect(write?.parameters['digest']).toMatch(/^[0-9a-f]{40}$/);
    expect(write?.upid).toMatch(/:qmconfig:100:/);
    expect(ran.status).toBe(EXIT.done);
    expect(ran.stderr).toContain('waits for a restart: memory → 6144\n');
    const changes = await world.run('show-changes --guest 100 -o json');
    expect(changes.status === EXIT.done ? changes.stdout : '').toContain('pending.memory');
    expect(await world.run('verify')).toMatchObject({ status: EXIT.done });
  });

  it('changes a container by a call that has no task', async () => {
    const ran = await world.run('set 200 memory=768 nameserver=192.0.2.1 --yes');
    expect(writtenCalls(world.lab)).toEqual(['PUT /nodes/pve1/lxc/200/config memory=768 nameserver=192.0.2.1']);
    expect(ran.stderr).toContain('waits for a restart: nameserver → 192.0.2.1\n');
    expect(world.lab.guest(200).effective).toMatchObject({ memory: 768 });
    expect(world.lab.guest(200).effective['nameserver']).toBeUndefined();
  });

  it('sends nothing where all is as it shall be', async () => {
    const { name } = world.lab.guest(100);
    const ran = await world.run(`set 100 name=${name} --delete hookscript --yes`);
    expect([ran.status, writtenCalls(world.lab)]).toEqual([EXIT.done, []]);
    expect(ran.stdout).toContain('it is as it shall be: nothing is sent');
    expect(ran.stderr).toBe('nothing to do\n');
  });

  it('changes all guests of a selector', async () => {
    const ran = await world.run('set kind=vm cpuunits=200 --yes --many -o json');
    expect(ran.status).toBe(EXIT.done);
    expect(writtenCalls(world.lab).sort()).toEqual(
      world.lab
        .guests()
        .filter(({ kind }) => kind === 'qemu')
        .map(({ node, vmid }) => `POST /nodes/${node}/qemu/${vmid}/config cpuunits=200`)
        .sort(),
    );
  });

  it('never shows or stores a secret', async () => {
    const env = { WEB_PASSWORD: 'hunter2-hunter2' };
    const shown = await world.run('set 100 cipassword=env:WEB_PASSWORD ciuser=admin --dry-run -o json', { env });
    const ran = await world.run('set 100 cipassword=env:WEB_PASSWORD ciuser=admin --yes', { env });
    const listed = await world.run('operations list -o json');
    expect(writtenCalls(world.lab)).toEqual([
      'POST /nodes/pve1/qemu/100/config cipassword=hunter2-hunter2 ciuser=admin',
    ]);
    const texts = [shown, ran, listed].flatMap(({ stdout, stderr }) => [stdout, stderr]);
    if (!world.databaseUrl.startsWith('postgres')) texts.push(readFileSync(world.database, 'latin1'));
    expect(texts.filter((text) => text.includes('hunter2'))).toEqual([]);
    expect(shown.stdout).toContain('cipassword: a new value, which is not shown');
  });

  it('shows no secret of a plan that is refused either', async () => {
    const env = { WEB_PASSWORD: 'hunter2-hunter2' };
    world.lab.as('root@pam').setConfig(100, { lock: 'backup' });
    const line = 'set 100 cipassword=env:WEB_PASSWORD description=password=hunter2-hunter2';
    for (const how of ['--dry-run -o json', '--dry-run', '--yes', '--yes -o yaml']) {
      const { status, stdout, stderr } = await world.run(`${line} ${how}`, { env });
      expect([how, status, stdout + stderr]).toEqual([how, EXIT.failed, expect.stringContaining('locked (backup)')]);
      expect([how, (stdout + stderr).includes('hunter2')]).toEqual([how, false]);
    }
    expect(writtenCalls(world.lab)).toEqual([]);
  });

  it('takes no secret on the command line', async () => {
    const ran = await world.run('set 100 cipassword=hunter2 --yes');
    expect([ran.status, writtenCalls(world.lab)]).toEqual([EXIT.usage, []]);
    expect(ran.stderr).toBe(
      'error: the value of cipassword is a secret: others can read it on a command line\n' +
        'hint: give a reference: cipassword=env:NAME, file:/path, keyring:SERVICE/ACCOUNT or command:PROGRAM ARGUMENTS\n',
    );
  });

  it.each([
    ['set 100', 'there is nothing to change'],
    ['set 100 memory', 'a change is KEY=VALUE'],
    ['set 100 =5', 'a key is missing of a configuration'],
    ['set 100 memory=1 memory=2', 'memory is given twice'],
    ['set 100 memory=1 --delete memory', 'memory is set and deleted'],
  ])('%s is refused', async (line, text) => {
    const ran = await world.run(`${line} --yes`);
    expect([ran.status, ran.stderr.split('\n')[0], writtenCalls(world.lab)]).toEqual([
      EXIT.usage,
      `error: ${text}`,
      [],
    ]);
  });

  it.each([
    ['coress=3', 'there is no key coress: did you mean cores?'],
    ['cores=many', "cores: 'many' is not integer from 1"],
    ['skiplock=1', 'skiplock is no key of a configuration'],
    ['net0.bridge=vmbr9', 'node pve1 has no bridge vmbr9'],
    ['scsi5=nowhere:8', 'node pve1 has no storage nowhere'],
    ['scsi5=backup:8', 'storage backup does not take images'],
    ['scsi0.size=64G', 'scsi0.size: the size of a disk is changed by resize-disk'],
  ])('%s is refused before anything is sent', async (change, text) => {
    const ran = await world.run(`set 100 ${change} --yes`);
    expect([ran.status, writtenCalls(world.lab)]).toEqual([EXIT.failed, []]);
    expect(ran.stderr).toContain(text);
  });

  it('leaves a locked guest and a protected disk alone', async () => {
    world.lab.as('root@pam').setConfig(100, { scsi1: 'local-lvm:8', protection: 1 });
    const detached = await world.run('set 100 --delete scsi1 --yes');
    expect([detached.status, detached.stderr]).toEqual([
      EXIT.failed,
      expect.stringContaining('it is protected, so that scsi1 stays'),
    ]);
    world.lab.as('root@pam').setConfig(100, { lock: 'backup' });
    const locked = await world.run('set 100 cores=1 --yes');
    expect([locked.status, locked.stderr]).toEqual([EXIT.failed, expect.stringContaining('it is locked (backup)')]);
    expect(writtenCalls(world.lab)).toEqual([]);
  });

  it.each([
    'set 100 cores=2',
    'tag 100 +made',
    'resize-disk 100 scsi0 +1G',
    'move-disk 100 scsi0 --storage shared',
    'migrate 100 --to pve2',
  ])('%s is refused where the owner of the provider has not allowed it', async (line) => {
    await world.run('providers update prod --allow power');
    world.lab.clearRequests();
    const ran = await world.run(`${line} --yes`);
    expect([ran.status, ran.stderr.split(';')[0]]).toEqual([
      EXIT.denied,
      expect.stringContaining('prod does not allow '),
    ]);
    expect(Object.keys(world.lab.requestCounts())).toEqual(['GET']);
  });

  it('names what is lost with a key that goes', async () => {
    world.lab.as('root@pam').setConfig(100, { scsi1: 'local-lvm:8' });
    const detached = await world.run('set 100 --delete scsi1 --dry-run');
    expect(detached.stdout).toContain('! takes scsi1 away; its volume stays as unused0\n');
    world.lab.as('root@pam').setConfig(100, { scsi1: null });
    const deleted = await world.run('set 100 --delete unused0 --dry-run');
    expect(deleted.stdout).toContain('! deletes the volume local-lvm:vm-100-disk-1\n');
  });

  it('says where a new disk may outgrow its storage', async () => {
    const ran = await world.run('set 100 scsi5=local-lvm:900000 --dry-run');
    expect(ran.stdout).toMatch(/! it may not fit: its disks are 900000 GiB, storage local-lvm has [\d.]+ GiB free\n/);
  });

  it('is refused where somebody has changed the configuration since the plan', async () => {
    await world.run('set 100 cores=3 --plan-out plan.json');
    world.lab.as('root@pam').setConfig(100, { description: 'meanwhile' });
    const ran = await world.run('apply plan.json --yes');
    expect([ran.status, writtenCalls(world.lab)]).toEqual([EXIT.moved, []]);
  });
});

describe('tag', () => {
  it('gives tags and takes them away, sorted as the server has them', async () => {
    world.lab.as('root@pam').setConfig(100, { name: 'web-01', tags: 'test;web' });
    const shown = await world.run('tag 100 +prod -test --dry-run');
    expect(withoutIds(shown.stdout)).toBe(`plan ID: tag, 1 guest
prod/100  web-01  on pve1
  tags: test;web → prod;web
  → POST /nodes/pve1/qemu/100/config tags=prod;web digest=D
`);
    const ran = await world.run('tag 100 200 +prod -test --yes --many');
    expect(ran.status).toBe(EXIT.done);
    expect(world.lab.guest(100).config['tags']).toBe('prod;web');
    expect(writtenCalls(world.lab)[0]).toBe('POST /nodes/pve1/qemu/100/config tags=prod;web');
    expect(writtenCalls(world.lab)[1]).toMatch(/^PUT \/nodes\/pve1\/lxc\/200\/config tags=/);
  });

  it('removes the key with the last tag, and sends nothing for what is so already', async () => {
    world.lab.as('root@pam').setConfig(100, { tags: 'test' });
    await world.run('tag 100 -test --yes');
    const again = await world.run('tag 100 -test --yes');
    expect(writtenCalls(world.lab)).toEqual(['POST /nodes/pve1/qemu/100/config delete=tags']);
    expect([again.status, again.stderr]).toEqual([EXIT.done, 'nothing to do\n']);
  });

  it('takes tags that look like options', async () => {
    world.lab.as('root@pam').setConfig(100, { tags: 'ops;quiet' });
    const ran = await world.run('tag 100 -ops -quiet -o json --yes');
    expect([ran.status, ran.json]).toEqual([EXIT.done, expect.anything()]);
    expect(writtenCalls(world.lab)).toEqual(['POST /nodes/pve1/qemu/100/config delete=tags']);
  });

  it.each([
    ['tag +prod', 'no guest is named'],
    ['tag 100', 'no tag is named'],
    ['tag 100 +pröd', "'pröd' is no tag"],
    ['tag 100 +prod -prod', 'prod is given and taken away'],
  ])('%s is refused', async (line, text) => {
    const ran = await world.run(`${line} --yes`);
    expect([ran.status, ran.stderr.split('\n')[0], writtenCalls(world.lab)]).toEqual([
      EXIT.usage,
      `error: ${text}`,
      [],
    ]);
  });
});
