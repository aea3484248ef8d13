import { beforeAll, describe, expect, it } from '@jest/globals';
import { openSyncService } from '../../src/app/open-sync.ts';
import { module } from '../../src/providers/proxmox/module.ts';
import { openDatabase } from '../../src/repositories/db/database.ts';
import { openWorld, type World } from '../helpers/world.ts';

const NODES = 8;
const GUESTS = 1000;

describe('a cluster with 1,000 guests on 8 nodes', () => {
  let world: World;

  beforeAll(async () => {
    world = await openWorld({ nodes: NODES, vms: 900, containers: 100 });
    await world.rollcall('discover-all --quiet');
  }, 60_000);

  it('costs one call for each configuration and at most 5 + 4 for each node besides', async () => {
    // At first the CA is asked for, and what is pending of guests with snapshots, whose digest proves nothing.
    // The lists of snapshots are asked for once, of 50 guests in each run.
    const withSnapshots = world.lab.guests().filter(({ snapshots }) => snapshots.length > 0).length;
    const runs = Array.from({ length: Math.ceil(withSnapshots / 50) + 1 }, (_, run) =>
      Math.max(0, Math.min(50, withSnapshots - run * 50)),
    );
    expect(runs.at(-1)).toBe(0);
    const asked: string[] = [];
    for (const [run, lists] of runs.entries()) {
      const all = run > 0 ? await again() : world.lab.requests.splice(0);
      const isInner = ({ path }: { path: string }): boolean =>
        /\/(?:agent\/[\w-]+|interfaces|backup|access\/users\/[^/]+)$/.test(path);
      const requests = all.filter((request) => !isInner(request));
      // Of a VM that runs its addresses and once a day its system, of a container its addresses; every ten minutes. Once a day
      // until when the credential is valid.
      const inner = all.filter(isInner).map(({ path }) => path);
      expect(inner.length).toBeLessThanOrEqual((run === 0 ? 2 * GUESTS + 1 : GUESTS) + 1);
      if (run < 2) asked.push(...inner);
      const more = run > 0 ? lists : lists + 1 + withSnapshots;
      const configurations = requests.filter(({ path }) => /^\/nodes\/\w+\/(?:qemu|lxc)\/\d+\/config$/.test(path));
      expect(new Set(configurations.map(({ path }) => path)).size).toBe(GUESTS);
      expect(configurations.length).toBe(GUESTS);
      expect(requests.length - GUESTS).toBeLessThanOrEqual(5 + 4 * NODES + more);
      expect(requests.every(({ method, status }) => method === 'GET' && status === 200)).toBe(true);
    }
    // In five minutes nobody is asked again; who was not in the first run is in the second.
    expect(new Set(asked).size).toBe(asked.length);
  }, 60_000);

  async function again() {
    world.clock.advance(300_000);
    expect((await world.rollcall('discover-all -o json')).rows).toMatchObject([
      { outcome: 'complete', summary: { total: GUESTS, new: 0, removed: 0, changed: 0, existing: GUESTS } },
    ]);
    return world.lab.requests.splice(0);
  }

  it('writes no change and no revision when nothing changed, in a handful of statements', async () => {
    const statements: string[] = [];
    const connection = await openDatabase(world.databaseUrl, { onStatement: (sql) => statements.push(sql) });
    const before = await counted(connection.db);
    statements.splice(0);
    world.clock.advance(300_000);
    const [tokenId = '', secret = ''] = world.lab.token.split('=');
    const io = { clock: () => world.clock.now(), newId: () => 'costs00000000000' };
    const credential = { kind: 'token' as const, tokenId };
    const provider = module.open(
      { endpoints: [world.lab.url], tls: { ca: world.lab.caPem }, credential: { ...credential, secret } },
      { ...io, signal: new AbortController().signal, onWarning: () => undefined, trustCommand: undefined },
    );
    const config = {
      name: 'lab',
      type: 'proxmox' as const,
      endpoints: [world.lab.url],
      tls: { mode: 'insecure' as const },
      credential: { ...credential, secretRef: 'env:TOKEN' },
    };
    const result = await openSyncService(provider, {
      connection,
      config,
      machine: io,
      rules: module.rules,
      key: null,
    }).syncAll();
    provider.close();
    const writes = statements.filter((sql) => /^\s*(?:insert|update|delete)/i.test(sql));
    expect(result).toMatchObject({ outcome: 'complete', summary: { changed: 0, existing: GUESTS } });
    expect(
      writes.filter((sql) =>
        /^\s*\S+ (?:INTO |FROM )?"(?:changes|revisions|state_snapshots|guests|nodes|storages)"/i.test(sql),
      ),
    ).toEqual([
      // The figures of the nodes stand in their rows.
      expect.stringMatching(/^UPDATE "nodes"/),
    ]);
    // That the guests were there in this hour.
    expect(writes.filter((sql) => /^\S+ (?:INTO )?"sightings"/.test(sql))).toHaveLength(2);
    expect(statements.length).toBeLessThan(42);
    expect(await counted(connection.db)).toEqual(before);
    await connection.close();
  }, 60_000);
});

async function counted(db: Awaited<ReturnType<typeof openDatabase>>['db']) {
  return { changes: await db.change.count(), revisions: await db.revision.count(), guests: await db.guest.count() };
}
