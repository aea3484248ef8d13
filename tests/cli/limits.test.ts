import { describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { EXIT } from '../../src/cli/exit-status.ts';
import { onSqlite } from '../helpers/postgres.ts';
import { startReplay } from '../helpers/replay-server.ts';
import { openWorld } from '../helpers/world.ts';

/** Takes the roll of a cluster that lists these resources, and never answers for a configuration. */
async function discover(resources: string, options = '') {
  const world = await openWorld({ nodes: 1 });
  const data = (value: unknown) => ({ status: 200, body: { data: value } });
  const answers = {
    'GET /version': data({ version: '8.4.1' }),
    'GET /access/permissions': data({ '/': { 'VM.Audit': 1 } }),
    'GET /cluster/status': data([{ type: 'node', name: 'pve1', online: 1, local: 1 }]),
    'GET /cluster/resources': { status: 200, body: resources },
    'GET /nodes/pve1/qemu': data([]),
  };
  const onRequest = (key: string) => (key.endsWith('/config') ? new Promise<undefined>(() => undefined) : undefined);
  const server = await startReplay(answers, { onRequest });
  const env = {
    PROXMOX_VE_ENDPOINT: server.url,
    PROXMOX_VE_CA_FILE: undefined,
    PROXMOX_VE_FINGERPRINT: server.fingerprint,
  };
  const ran = await world.rollcall(`discover-all ${options}`, { env });
  await server.close();
  return { world, server, ran };
}

describe('a cluster of more guests than are read', () => {
  it('is refused before any of them is asked for, and the run is recorded as failed', async () => {
    const world = await openWorld({ nodes: 1, vms: 3, containers: 1 });
    const { lab } = world;
    const count = lab.guests().length;
    lab.clearRequests();
    const ran = await world.rollcall(`discover-all --max-guests ${count - 1}`);
    expect(ran.status).toBe(EXIT.failed);
    expect(ran.stderr).toContain(
      `the answer is refused: it has ${count} guests, and at most ${count - 1} are read\n` +
        `hint: If the cluster has as many, allow them with --max-guests ${count}\n`,
    );
    expect(lab.requests.filter(({ path }) => path.includes('/config'))).toEqual([]);
    expect((await world.rollcall('list-vms -o json')).rows).toEqual([]);
    // A first contact that fails leaves nothing behind.
    expect((await world.rollcall('sync-status -o json')).rows).toEqual([]);
    expect((await world.rollcall(`discover-all --max-guests ${count}`)).status).toBe(EXIT.done);
    expect((await world.rollcall(`discover-all --max-guests ${count - 1}`)).status).toBe(EXIT.failed);
    expect((await world.rollcall('sync-status -o json')).rows).toMatchObject([
      { lastRun: { outcome: 'failed', error: { code: 'limit' } } },
    ]);
  });

  it('has 100,000 of them at most unless the user says otherwise', async () => {
    const guests = Array.from({ length: 150_000 }, (_, index) => `{"type":"qemu","vmid":${100 + index},"node":"pve1"}`);
    const { ran, server } = await discover(`{"data":[${guests.join()}]}`);
    expect(ran.status).toBe(EXIT.failed);
    expect(ran.stderr).toContain('it has 150000 guests, and at most 100000 are read');
    expect(server.requests.length).toBeLessThan(12);
  });
});

describe('a run that takes too long', () => {
  it('is ended, with what to do about it, and a first one leaves nothing behind', async () => {
    const { ran, world } = await discover('{"data":[{"type":"qemu","vmid":100,"node":"pve1"}]}', '--timeout 1s');
    expect(ran.status).toBe(EXIT.unreachable);
    expect(ran.stderr).toBe(
      'error: the run took longer than its deadline of 1 s\n' +
        'hint: Allow more time with --timeout, or find out with `rollcall providers test` what is slow\n',
    );
    expect((await world.rollcall('sync-status -o json')).rows).toEqual([]);
  });

  it('took ten minutes, unless the user says otherwise', async () => {
    const world = await openWorld({ nodes: 1 });
    for (const command of ['discover-all', 'discover-vms', 'watch']) {
      const help = (await world.rollcall(`${command} --help`)).stdout.replace(/\s+/g, ' ');
      expect(help).toContain(
        '--timeout <duration> abort the run of a provider after this time: 90s, 10m (default: 10m)',
      );
      expect(help).toContain(
        '--max-guests <count> refuse a cluster that lists more guests than this (default: 100000)',
      );
    }
  });
});

onSqlite.describe(
  'a database that nests 20,000 levels deep',
  "what SQLite's JSON is, PostgreSQL refuses itself",
  () => {
    it.each(['json', 'yaml', 'table'])('is told as damaged, not as a bug: -o %s', async (format) => {
      const world = await openWorld({ nodes: 1, vms: 1 });
      await world.rollcall('discover-all');
      const db = new Database(world.database);
      const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
      db.prepare('UPDATE "sync_runs" SET "warnings" = ?').run(`[{"code":"a","message":"b","more":${deep}}]`);
      db.close();
      const ran = await world.rollcall(`sync-status -o ${format}`);
      expect(ran.status).toBe(EXIT.failed);
      expect(ran.stderr).toMatch(
        /^error: The database holds a damaged row, .*: its warnings is nested too deep\nhint: /,
      );
    });
  },
);

it('times that are longer than a timer of Node, or than there is time, are long ones', async () => {
  const world = await openWorld({ nodes: 1, vms: 1 });
  expect(await world.rollcall('discover-all --quiet --timeout 30d')).toMatchObject({ status: 0, stderr: '' });
  expect(await world.rollcall('prune --keep 99999999999w --dry-run')).toMatchObject({ status: 0 });
});
