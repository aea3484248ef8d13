import { afterEach, describe, expect, it } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-status.ts';
import { openDatabase } from '../../src/repositories/db/database.ts';
import { openWorld, type World } from '../helpers/world.ts';

const THREE = { nodes: 3, vms: 9, containers: 3, endpoints: 'per-node' } as const;

/** Requests taken so far, by the node that got them. */
function byListener({ lab }: World): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { listener } of lab.requests.splice(0)) counts[listener] = (counts[listener] ?? 0) + 1;
  return counts;
}

function urls({ lab }: World, ...names: string[]): string {
  return names.map((name) => lab.nodeUrl(name)).join(',');
}

async function endpoints(world: World): Promise<Record<string, unknown>[]> {
  const [status] = (await world.rollcall('sync-status -o json')).rows;
  return status?.['endpoints'] as Record<string, unknown>[];
}

describe('a cluster whose nodes can all be reached', () => {
  it('is asked about each node at that node, also by the next process, from its first call on', async () => {
    const world = await openWorld(THREE);
    for (const _run of [1, 2]) {
      expect((await world.rollcall('discover-all --quiet')).status).toBe(EXIT.done);
      const aboutNodes = world.lab.requests.splice(0).filter(({ path }) => path.startsWith('/nodes/pve'));
      expect(aboutNodes.length).toBeGreaterThan(12);
      expect(aboutNodes.filter(({ path, listener }) => !path.startsWith(`/nodes/${listener}/`))).toEqual([]);
    }
    expect(await endpoints(world)).toMatchObject([
      { url: world.lab.url, node: 'pve1', isConfigured: true, fingerprint: world.lab.nodeFingerprint('pve1') },
      { url: world.lab.nodeUrl('pve2'), node: 'pve2', isConfigured: false, failures: 0, error: null },
      { url: world.lab.nodeUrl('pve3'), node: 'pve3', lastOkAt: world.clock.now().toISOString() },
    ]);
  });
});

describe('the endpoint in use', () => {
  it('dies in the middle of a run, which ends with the next one', async () => {
    const world = await openWorld(THREE);
    const { lab } = world;
    const env = { PROXMOX_VE_ENDPOINT: urls(world, 'pve1', 'pve2') };
    await world.rollcall('discover-all --quiet', { env });
    lab.as('root@pam').setConfig(101, { memory: 8192 });
    // On the connection that was kept open, and on the new one that follows it.
    const off = lab.faults.add({ match: /\/cluster\/resources/, times: 2, effect: { kind: 'reset' } });
    world.clock.advance(300_000);
    lab.clearRequests();
    const ran = await world.rollcall('discover-all -o json', { env });
    off();
    expect(ran.stderr).toBe('');
    expect(ran.rows).toMatchObject([{ outcome: 'complete', summary: { changed: 1 } }]);
    const resources = lab.requests.filter(({ path }) => path.startsWith('/cluster/resources'));
    expect(resources.map(({ listener, status }) => `${listener} ${status}`)).toEqual(['pve1 0', 'pve1 0', 'pve2 200']);
  });

  it('goes off in the middle of a run: what the other nodes tell is kept, and nothing is removed', async () => {
    const world = await openWorld({ ...THREE, vms: 30, latencyMs: 5 });
    const { lab } = world;
    const before = (await world.rollcall('discover-all -o json')).rows;
    expect(before).toMatchObject([{ outcome: 'complete', summary: { new: 33 } }]);
    world.clock.advance(300_000);
    lab.clearRequests();
    const running = world.rollcall('discover-all -o json');
    while (!lab.requests.some(({ path }) => path.endsWith('/config'))) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    lab.node('pve1').powerOff();
    const ran = await running;
    expect(ran.status).toBe(EXIT.partial);
    expect(ran.rows).toMatchObject([{ outcome: 'partial', summary: { removed: 0, changed: 0 } }]);
    const scopes = ran.rows[0]?.['scopes'] as { scope: string; coverage: string }[];
    for (const scope of ['guests/pve2', 'guests/pve3']) {
      expect(scopes.find((one) => one.scope === scope)).toMatchObject({ coverage: 'complete' });
    }
  });

  it('goes off for good: the others do, its node is unobservable, and nothing is removed', async () => {
    const world = await openWorld(THREE);
    const { lab } = world;
    await world.rollcall('discover-all --quiet');
    lab.node('pve1').powerOff();
    world.clock.advance(300_000);
    lab.clearRequests();
    const ran = await world.rollcall('discover-all -o json');
    expect(ran.status).toBe(EXIT.partial);
    expect(ran.rows).toMatchObject([{ outcome: 'partial', summary: { removed: 0 } }]);
    expect(Object.keys(byListener(world)).sort()).toEqual(['pve2', 'pve3']);
    const [first] = await endpoints(world);
    expect(first).toMatchObject({ node: 'pve1', failures: 1, error: expect.stringContaining('reset') });
    const { stdout } = await world.rollcall('sync-status');
    expect(stdout).toContain(`${lab.url} (pve1) cannot be used: the connection was reset (ECONNRESET); last answer `);
    expect(stdout).toContain(', next try ');
  });
});

describe('a dead endpoint', () => {
  let world: World;
  afterEach(() => world.lab.node('pve1').powerOn());

  it('is left alone by the next process too, until its time has come', async () => {
    world = await openWorld(THREE);
    const { lab } = world;
    const env = { PROXMOX_VE_ENDPOINT: urls(world, 'pve1', 'pve2') };
    await world.rollcall('discover-all --quiet', { env });
    lab.node('pve1').powerOff();
    const retries: unknown[] = [];
    for (const waitMs of [300_000, 20_000, 20_000]) {
      world.clock.advance(waitMs);
      await world.rollcall('discover-all --quiet', { env });
      const [first] = await endpoints(world);
      retries.push(first?.['failures']);
    }
    // Tried in the first run, left alone 20 s later, tried again after 40 s.
    expect(retries).toEqual([1, 1, 2]);
    lab.node('pve1').powerOn();
    world.clock.advance(80_000);
    await world.rollcall('discover-all --quiet', { env });
    expect((await endpoints(world))[0]).toMatchObject({ node: 'pve1', failures: 0, error: null, retryAt: null });
  });
});

describe('a learnt endpoint', () => {
  it('gets no token while no fingerprint of it is pinned', async () => {
    const world = await openWorld(THREE);
    const { lab } = world;
    const env = { PROXMOX_VE_CA_FILE: undefined, PROXMOX_VE_FINGERPRINT: lab.fingerprint };
    const ran = await world.rollcall('discover-all', { env });
    expect(ran).toMatchObject({ status: EXIT.done, stderr: '' });
    expect(Object.keys(byListener(world))).toEqual(['pve1']);
    expect(await endpoints(world)).toMatchObject([
      { node: 'pve1', error: null },
      { node: 'pve2', lastOkAt: null, error: 'no fingerprint of node pve2 is pinned' },
      { node: 'pve3', lastOkAt: null },
    ]);
    expect((await world.rollcall('sync-status')).stdout).not.toContain('cannot be used');
  });

  it('is used where several fingerprints are given, and left while no pinned node tells of its new certificate', async () => {
    const world = await openWorld(THREE);
    const { lab } = world;
    const pins = ['pve1', 'pve2', 'pve3'].map((name) => lab.nodeFingerprint(name)).join(',');
    const env = { PROXMOX_VE_CA_FILE: undefined, PROXMOX_VE_FINGERPRINT: pins };
    await world.rollcall('discover-all --quiet', { env });
    expect(Object.keys(byListener(world)).sort()).toEqual(['pve1', 'pve2', 'pve3']);
    lab.rotateCertificate('pve3');
    world.clock.advance(300_000);
    const remove = lab.faults.add({ match: /^GET \/nodes$/, effect: { kind: 'shorten', keep: 0.67 } });
    const ran = await world.rollcall('discover-all --quiet', { env });
    expect(ran).toMatchObject({ status: EXIT.done, stdout: '', stderr: '' });
    expect(Object.keys(byListener(world)).sort()).toEqual(['pve1', 'pve2']);
    const { stdout } = await world.rollcall('sync-status', { env });
    expect(stdout).toContain(`${lab.nodeUrl('pve3')} (pve3) cannot be used: the certificate has another fingerprint`);
    remove();
    world.clock.advance(300_000);
    const renewed = await world.rollcall('discover-all', { env });
    expect(renewed.stderr).toContain(`${lab.nodeUrl('pve3')} is changing its certificate to SHA-256`);
    expect(Object.keys(byListener(world)).sort()).toEqual(['pve1', 'pve2', 'pve3']);
  });

  it('of a cluster that is reached through a tunnel is none', async () => {
    const world = await openWorld({ nodes: 3 });
    await world.rollcall('discover-all --quiet');
    expect(await endpoints(world)).toMatchObject([{ url: world.lab.url, node: 'pve1' }]);
  });
});

describe('what is stored of endpoints', () => {
  it('costs a read, and a write only when there is something to say', async () => {
    const world = await openWorld(THREE);
    const env = { PROXMOX_VE_ENDPOINT: urls(world, 'pve1') };
    const stored = async (): Promise<string> => {
      const connection = await openDatabase(world.databaseUrl);
      const rows = await connection.db.endpointHealth.findMany({ orderBy: { url: 'asc' } });
      await connection.close();
      return JSON.stringify(rows.map(({ lastOkAt }) => lastOkAt));
    };
    await world.rollcall('discover-all --quiet', { env });
    const first = await stored();
    world.clock.advance(30_000);
    await world.rollcall('discover-all --quiet', { env });
    expect(await stored()).toBe(first);
    world.clock.advance(40_000);
    await world.rollcall('discover-all --quiet', { env });
    expect(await stored()).not.toBe(first);
  });

  it('is no longer used when the provider has other addresses', async () => {
    const [world, other] = [await openWorld(THREE), await openWorld({ ...THREE, seed: 2 })];
    await world.rollcall('discover-all --quiet');
    other.lab.requests.splice(0);
    world.lab.requests.splice(0);
    const env = { ...other.env, DATABASE_URL: world.databaseUrl };
    const ran = await world.rollcall('discover-all --quiet', { env });
    expect(ran.status).not.toBe(EXIT.done); // another cluster
    expect(byListener(world)).toEqual({});
    expect((await endpoints(world)).map(({ url }) => url)).not.toContain(world.lab.nodeUrl('pve2'));
  });
});
