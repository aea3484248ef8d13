import { expect, it } from '@jest/globals';
import { postgres } from '../helpers/postgres.ts';
import { openWorld } from '../helpers/world.ts';

const server = postgres();

it('keeps its history in PostgreSQL when DATABASE_URL says so', async () => {
  const world = await openWorld({ nodes: 2, vms: 6, containers: 2 });
  const env = { DATABASE_URL: server.url };
  const vm = world.lab.guests().find(({ kind, config }) => kind === 'qemu' && config['template'] === undefined);
  // A running machine takes more memory at its next start.
  world.lab.as('alice@pve').stop(vm?.vmid ?? 0);
  const rollcall = (line: string) => world.rollcall(line, { env });
  // PGlite works in this process, where the lab would have to wait for it.
  expect((await rollcall('db migrate')).status).toBe(0);
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
