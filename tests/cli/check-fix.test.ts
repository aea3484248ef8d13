import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { type ActingWorld, openActingWorld } from '../helpers/acting-world.ts';

let world: ActingWorld;

/** 100 deviates in its memory, tags and onboot, 101 in its tags, 102 is as expected. */
beforeEach(async () => {
  world = await openActingWorld({ nodes: 1, vms: 3, containers: 1 });
  const root = world.lab.as('root@pam');
  for (const vmid of [100, 101, 102]) root.shutdown(vmid);
  for (const vmid of [100, 101, 102]) root.setConfig(vmid, { memory: 2048, onboot: 1, tags: 'prod', agent: '1' });
  root.setConfig(100, { memory: 1024, onboot: 0, tags: 'web' });
  root.setConfig(101, { tags: 'db' });
  world.clock.advance(60_000);
  await world.run('discover-all --quiet');
  world.lab.clearRequests();
});

const sent = () => world.lab.writes.map(({ method, path: at, parameters }) => [method, at, parameters]);

function write(expected: string, select = 'kind=vm'): void {
  const text = `version: 1\nrules:\n  - name: vms\n    select: ${select}\n    expect: ${expected}\n`;
  writeFileSync(path.join(world.dir, 'expect.yaml'), text);
}

interface Planned {
  guests: { subject: { vmid: number }; action: unknown }[];
}

async function actionsOf(): Promise<unknown[]> {
  const ran = await world.run('check expect.yaml --fix --dry-run -o json');
  return (ran.json as Planned).guests.map(({ subject, action }) => [subject.vmid, action]);
}

describe('check --fix', () => {
  it('shows what it would change: several findings of one guest are one change', async () => {
    write('{ memory: 2G, tags: [prod], onboot: true }');
    const ran = await world.run('check expect.yaml --fix --dry-run');
    expect(ran).toMatchObject({ status: 0, stderr: 'nothing was sent\n' });
    expect(ran.stdout.split('\n').filter((line) => line.startsWith('prod/'))).toHaveLength(2);
    expect(await actionsOf()).toEqual([
      [100, { verb: 'set', set: { memory: '2048', onboot: '1', tags: 'prod;web' }, remove: [] }],
      [101, { verb: 'tag', add: ['prod'], remove: [] }],
    ]);
    expect(sent()).toEqual([]);
  });

  it('brings guests to what is expected, one request each, and then nothing deviates', async () => {
    write('{ memory: 2G, tags: [prod], onboot: true }');
    expect(await world.run('check expect.yaml')).toMatchObject({ status: 8 });
    expect(await world.run('check expect.yaml --fix --yes --many')).toMatchObject({ status: 0 });
    const changes = sent();
    expect(changes.map(([, at]) => at)).toEqual(['/nodes/pve1/qemu/100/config', '/nodes/pve1/qemu/101/config']);
    expect(changes[0]?.[2]).toMatchObject({ memory: '2048', onboot: '1', tags: 'prod;web' });
    expect(changes[1]?.[2]).toMatchObject({ tags: 'db;prod' });
    expect(await world.run('check expect.yaml')).toMatchObject({ status: 0 });
    expect(await world.run('check expect.yaml --fix --yes')).toMatchObject({ status: 0, stderr: 'nothing deviates\n' });
    expect(sent()).toHaveLength(2);
  });

  it('starts what should run', async () => {
    write('{ config: { status: running } }', 'vmid=100');
    expect(await world.run('check expect.yaml --fix --yes')).toMatchObject({ status: 0 });
    expect(sent()).toEqual([['POST', '/nodes/pve1/qemu/100/status/start', {}]]);
  });

  it('changes one part of a property string, and the nearest size of a range', async () => {
    write(
      '{ memory: { min: 1536M, max: 4G }, bridge: vmbr1, config: { net0.tag: 99, description: null } }',
      'vmid=100',
    );
    expect(await actionsOf()).toEqual([
      [
        100,
        { verb: 'set', set: { memory: '1536', 'net0.bridge': 'vmbr1', 'net0.tag': '99' }, remove: ['description'] },
      ],
    ]);
  });

  it('says what it leaves, and why', async () => {
    write('{ ha: started, bridge: [vmbr7, vmbr8], config: { node: pve9, cores: 3, status: running } }', 'vmid=100');
    const ran = await world.run('check expect.yaml --fix --yes');
    expect(ran.status).toBe(8);
    const name = world.lab.guest(100).name;
    expect(ran.stderr).toContain(`warning: ${name}: net0.bridge is left: several bridges would do: choose one\n`);
    expect(ran.stderr).toContain(`warning: ${name}: ha.state is left: what HA manages is not changed by actions`);
    expect(ran.stderr).toContain(`warning: ${name}: node is left: \`rollcall migrate\` moves it\n`);
    expect(ran.stderr).toContain(`warning: ${name}: status is left: its configuration is changed first`);
    expect(sent()).toEqual([['POST', '/nodes/pve1/qemu/100/config', expect.objectContaining({ cores: '3' })]]);
  });

  it('leaves what waits for a restart already', async () => {
    const root = world.lab.as('root@pam');
    root.start(102);
    root.setConfig(102, { cores: 7 });
    world.clock.advance(60_000);
    await world.run('discover-all --quiet');
    world.lab.clearRequests();
    write('{ config: { cores: 7 } }', 'vmid=102');
    const ran = await world.run('check expect.yaml --fix --yes');
    expect(ran.status).toBe(8);
    expect(ran.stderr).toContain('cores is left: it waits for a restart: `rollcall reboot`\n');
    expect(sent()).toEqual([]);
  });

  it('leaves what rules disagree about', async () => {
    const rules = ['1G', '4G'].map(
      (memory, index) => `  - { name: r${index}, select: vmid=102, expect: { memory: ${memory} } }`,
    );
    writeFileSync(path.join(world.dir, 'expect.yaml'), ['version: 1', 'rules:', ...rules, ''].join('\n'));
    const ran = await world.run('check expect.yaml --fix --yes');
    expect(ran.status).toBe(8);
    expect(ran.stderr.match(/memory is left: rules expect different values of it/g)).toHaveLength(2);
    expect(sent()).toEqual([]);
  });

  it('asks, needs the right to do it, and changes nothing without --fix', async () => {
    write('{ onboot: true }');
    expect(await world.run('check expect.yaml --fix')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('nobody can be asked here'),
    });
    expect(await world.run('check expect.yaml --yes')).toMatchObject({ status: 2 });
    world = await openActingWorld({ nodes: 1, vms: 1, containers: 0 }, 'power');
    world.lab.clearRequests();
    write('{ config: { cores: 3 } }');
    expect(await world.run('check expect.yaml --fix --yes')).toMatchObject({ status: 3 });
    expect(sent()).toEqual([]);
  });
});
