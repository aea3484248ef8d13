import { describe, expect, it } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-status.ts';
import { openWorld, type World } from '../helpers/world.ts';

async function discover(world: World, env = {}) {
  world.clock.advance(60_000);
  return world.rollcall('discover-all', { env });
}

async function changes(world: World) {
  const { rows } = await world.rollcall('show-changes -o json --kind node');
  return rows
    .filter(({ kind }) => kind === 'changed')
    .map(({ name, path, before, after }) => [name, path, before, after]);
}

describe('a node in maintenance', () => {
  it.each(['7.4', '8.4', '9.2'] as const)('is shown, and its coming and going are recorded, on %s', async (release) => {
    const world = await openWorld({ release, nodes: 2, vms: 2, containers: 0 });
    world.lab.as('root@pam').setHa(100, 'started');
    await discover(world);
    await discover(world);
    world.lab.maintenance('pve2', true);
    expect((await discover(world)).stdout).toMatch(/changed +lab\/pve2 \(node\) +in maintenance /);
    await discover(world);
    const list = await world.rollcall('list-nodes');
    expect(list.stdout).toMatch(/^pve2 +online, maintenance /m);
    expect((await world.rollcall('list-nodes --status maintenance -o name')).stdout).toBe('lab/pve2\n');
    const at = world.clock.now().toISOString();
    world.lab.maintenance('pve2', false);
    expect((await discover(world)).stdout).toMatch(/changed +lab\/pve2 \(node\) +out of maintenance /);
    expect(await changes(world)).toEqual([
      ['pve2', 'maintenance', null, true],
      ['pve2', 'maintenance', true, null],
    ]);
    expect((await world.rollcall('list-nodes --status maintenance -o name')).stdout).toBe('');
    expect((await world.rollcall(`list-nodes --status maintenance -o name --at ${at}`)).stdout).toBe('lab/pve2\n');
  });

  it('stays so while it is off, and while nobody tells', async () => {
    const world = await openWorld({ release: '7.4', nodes: 2, vms: 2, containers: 0 });
    world.lab.as('root@pam').setHa(100, 'started');
    await discover(world);
    world.lab.maintenance('pve2', true);
    await discover(world);
    const remove = world.lab.faults.add({ match: /ha\/status/, effect: { kind: 'status', status: 500 } });
    expect((await discover(world)).status).toBe(EXIT.done);
    remove();
    world.lab.node('pve2').powerOff();
    await discover(world);
    expect(await changes(world)).toEqual([
      ['pve2', 'maintenance', null, true],
      ['pve2', 'status', 'online', 'offline'],
    ]);
    expect((await world.rollcall('list-nodes')).stdout).toMatch(/^pve2 +offline, maintenance /m);
  });

  it('costs no call where HA manages no guest', async () => {
    const world = await openWorld({ nodes: 2, vms: 2, containers: 0 });
    for (const guest of world.lab.guests())
      if (guest.haState !== null) world.lab.as('root@pam').setHa(guest.vmid, null);
    await discover(world);
    expect(world.lab.requests.filter(({ path }) => path.includes('/ha/'))).toEqual([]);
  });
});

it('the guests of a node are counted with its templates, which have a column of their own', async () => {
  const world = await openWorld({ nodes: 1, vms: 3, containers: 1 });
  await discover(world);
  expect((await world.rollcall('list-nodes')).stdout).toMatch(/^NAME +STATUS +VERSION +GUESTS +RUNNING +CPUS/);
  world.lab.as('admin@pve').stop(100);
  world.lab.as('admin@pve').template(100);
  await discover(world);
  expect((await world.rollcall('list-nodes -o json')).rows).toMatchObject([{ guests: { total: 4, templates: 1 } }]);
  expect((await world.rollcall('list-nodes')).stdout).toMatch(
    /^NAME +STATUS +VERSION +GUESTS +RUNNING +TEMPLATES .*\npve1 +online +\S+ +4 +\d +1 /,
  );
});
