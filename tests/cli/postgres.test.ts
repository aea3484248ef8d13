import path from 'node:path';
import { expect, it } from '@jest/globals';
import { databaseAt, postgres } from '../helpers/postgres.ts';
import { openWorld } from '../helpers/world.ts';

const server = postgres();

it('keeps its history in PostgreSQL when DATABASE_URL says so', async () => {
  const world = await openWorld({ nodes: 2, vms: 6, containers: 2 });
  const env = { DATABASE_URL: server.url };
  const vm = world.lab.guests().find(({ kind, config }) => kind === 'qemu' && config['template'] === undefined);
  const rollcall = (line: string) => world.rollcall(line, { env });
  expect(await rollcall('discover-all --quiet')).toMatchObject({ status: 0, stderr: '' });
  const before = world.clock.now().toISOString();
  world.clock.advance(300_000);
  world.lab.as('alice@pve').setConfig(vm?.vmid ?? 0, { memory: 4321 });
  expect(await rollcall('discover-all --quiet')).toMatchObject({ status: 0, stderr: '' });

  const found = { actor: 'alice@pve', path: 'memory', after: 4321, confidence: 'exact' };
  expect((await rollcall('show-changes --kind changed -o json')).rows).toMatchObject([found]);
  expect((await rollcall(`list-vms --name ${vm?.name} -o json`)).rows).toMatchObject([{ memoryBytes: 4321 * 2 ** 20 }]);
  expect((await rollcall(`list-vms --name ${vm?.name} --at ${before} -o json`)).rows).toMatchObject([
    { memoryBytes: Number(vm?.config['memory']) * 2 ** 20 },
  ]);
  expect(await rollcall('verify')).toMatchObject({ status: 0 });

  world.clock.advance(300_000);
  expect((await rollcall('discover-all -o json')).rows).toMatchObject([
    { summary: { changed: 0, new: 0, removed: 0 } },
  ]);
}, 60_000);

it('counts, filters and names there as on SQLite', async () => {
  const world = await openWorld({ nodes: 2, vms: 6, containers: 2 });
  const url = await databaseAt(path.join(world.dir, 'other.db'));
  const [here, there] = [{ DATABASE_URL: url }, { DATABASE_URL: server.url }];
  for (const line of [
    'list-guests --node PVE1 --tag prdo',
    'show pve1',
    "show-changes --path 'MEM*' --columns path --limit 0",
    'show-changes --kind first-seen --provider second --limit 3',
    'show-changes --kind vm --provider second --limit 2',
    'show-changes --provider second --limit 1 --until 2026-11-21T10:00:00Z',
    'list-vms --at 2020-01-01',
  ]) {
    const name = { PROXMOX_VE_NAME: 'second' };
    const answers = [];
    for (const env of [here, there]) {
      await world.rollcall('discover-all --quiet', { env: { ...env, ...name } });
      answers.push(await world.rollcall(`${line} --provider second`, { env: { ...env, ...name } }));
    }
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[0]?.status).toBe(0);
  }
}, 120_000);
