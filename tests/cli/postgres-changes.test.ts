import path from 'node:path';
import { expect, it } from '@jest/globals';
import { databaseAt, postgres } from '../helpers/postgres.ts';
import { openWorld } from '../helpers/world.ts';

const server = postgres();

it('counts, filters and names on PostgreSQL as on SQLite', async () => {
  const world = await openWorld({ nodes: 2, vms: 6, containers: 2 });
  const urls = [await databaseAt(path.join(world.dir, 'other.db')), server.url];
  for (const DATABASE_URL of urls) {
    // PGlite works in this process, where the lab would have to wait for it.
    await world.rollcall('db migrate', { env: { DATABASE_URL } });
    expect((await world.rollcall('discover-all --quiet', { env: { DATABASE_URL } })).status).toBe(0);
  }
  for (const line of [
    'list-guests --node PVE1 --tag prdo',
    'show pve1',
    "show-changes --path 'MEM*' --columns path --limit 0",
    'show-changes --kind first-seen --limit 3',
    'show-changes --kind vm --limit 2',
    'show-changes --kind container --limit 1 --provider lab',
    'show-changes --limit 1 --until 2026-11-21T10:00:00Z',
    'list-vms --at 2020-01-01',
  ]) {
    const answers = [];
    for (const DATABASE_URL of urls) {
      const { status, stdout, stderr } = await world.rollcall(line, { env: { DATABASE_URL } });
      answers.push({ line, status, stdout, stderr });
    }
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[0]?.status).toBe(0);
  }
  const cut = await world.rollcall('show-changes --limit 1', { env: { DATABASE_URL: server.url } });
  expect(cut.stdout).toContain('first seen: 2 nodes, 6 virtual machines, 2 containers, 6 storages');
}, 120_000);
