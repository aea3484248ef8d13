import { describe, expect, it } from '@jest/globals';
import type { DiscoverOptions } from '../../src/providers/provider.ts';
import type { Observation } from '../../src/types/observation.ts';
import type { ReplayAnswer, ReplayAnswers } from '../helpers/replay-server.ts';
import { guestOf, openReplay, scopeOf } from './day.ts';
import { gone, NODE_ROWS, ok, refused, resources, row, tinyCluster } from './tiny-cluster.ts';

interface Run {
  seen: Observation;
  paths: string[];
}

async function discover(
  answers: ReplayAnswers,
  options: Partial<DiscoverOptions> & { listings?: ReplayAnswer[] } = {},
): Promise<Run> {
  const { listings = [], ...discoverOptions } = options;
  const queue = [...listings];
  const replay = await openReplay(answers, {
    onRequest: (key) => (key === 'GET /cluster/resources' && queue.length > 0 ? queue.shift() : undefined),
  });
  try {
    return { seen: await replay.discover(discoverOptions), paths: replay.server.requests.map(({ path }) => path) };
  } finally {
    await replay.close();
  }
}

function vmids(seen: Observation): (number | null)[] {
  return seen.guests.map(({ vmid }) => vmid);
}

const OTHERS = [row(101, 'pve2'), row(200, 'pve1', { type: 'lxc', id: 'lxc/200' })];

describe('a guest that goes astray in mid-run', () => {
  it('is read on the node that it moved to', async () => {
    const answers = tinyCluster({
      'GET /nodes/pve1/qemu/100/config': gone('pve1', 100),
      'GET /nodes/pve2/qemu/100/config': ok({ name: 'moved', cores: 2 }),
    });
    const { seen, paths } = await discover(answers, {
      listings: [resources(row(100, 'pve1'), ...OTHERS), resources(row(100, 'pve2'), ...OTHERS)],
    });
    expect(guestOf(seen, 100)).toMatchObject({
      node: 'pve2',
      document: { node: 'pve2', name: 'moved', status: 'running' },
    });
    expect(guestOf(seen, 100).complete).toContain('config');
    expect(paths.filter((path) => path === '/cluster/resources')).toHaveLength(2);
    expect(seen.scopes.filter(({ coverage }) => coverage !== 'complete')).toEqual([]);
  });

  it('is absent when it is not in the new listing', async () => {
    const answers = tinyCluster({
      'GET /nodes/pve1/qemu/100/config': gone('pve1', 100),
      'GET /nodes/pve1/qemu?full=1': ok([]),
    });
    const { seen } = await discover(answers, {
      listings: [resources(row(100, 'pve1'), ...OTHERS), resources(...OTHERS)],
    });
    expect(vmids(seen)).toEqual([101, 200]);
    expect(scopeOf(seen, 'guests')).toMatchObject({ coverage: 'complete', count: 2 });
    expect(scopeOf(seen, 'config/pve1')).toMatchObject({ coverage: 'complete', count: 1 });
  });

  it('stays as it was listed when the listing cannot be read again', async () => {
    const answers = tinyCluster({ 'GET /nodes/pve1/qemu/100/config': gone('pve1', 100) });
    const { seen } = await discover(answers, {
      listings: [resources(row(100, 'pve1'), ...OTHERS), refused(500, 'no')],
    });
    expect(guestOf(seen, 100).document).toEqual({ node: 'pve1', status: 'running', name: 'vm-100' });
    expect(scopeOf(seen, 'config/pve1')).toMatchObject({
      coverage: 'error',
      message: expect.stringContaining('1 of 2'),
    });
  });

  it('is added when its node lists it and the listing did not yet', async () => {
    const { seen } = await discover(tinyCluster(), { listings: [resources(...OTHERS)] });
    expect(vmids(seen)).toEqual([100, 101, 200]);
    expect(guestOf(seen, 100).document).toMatchObject({ name: 'vm-100', cores: 2 });
    expect(scopeOf(seen, 'guests')).toMatchObject({ coverage: 'complete', count: 3 });
  });

  it.each([
    ['cut short twice', resources(...OTHERS)],
    ['cut short, then refused', refused(500, 'no')],
  ])('makes a listing that was %s no complete one', async (_name, second) => {
    const { seen } = await discover(tinyCluster(), { listings: [resources(...OTHERS), second] });
    expect(scopeOf(seen, 'guests')).toMatchObject({
      coverage: 'error',
      message: expect.stringContaining('lacks 1 guest that'),
    });
  });
});

describe('a scope that fails', () => {
  it('costs one guest its configuration and no more', async () => {
    const { seen } = await discover(tinyCluster({ 'GET /nodes/pve1/qemu/100/config': refused(500, 'some trouble') }));
    expect(guestOf(seen, 100).complete).toEqual(new Set(['placement', 'power', 'pool', 'ha']));
    expect(guestOf(seen, 200).complete).toContain('config');
    expect(scopeOf(seen, 'config/pve1')).toMatchObject({ coverage: 'error', count: 1 });
    expect(scopeOf(seen, 'config/pve2')).toMatchObject({ coverage: 'complete', count: 1 });
  });

  it('does not believe a configuration with nothing in it', async () => {
    const { seen } = await discover(tinyCluster({ 'GET /nodes/pve1/qemu/100/config': ok({}) }));
    const guest = seen.guests.find(({ vmid }) => vmid === 100);
    expect(guest?.complete.has('config')).toBe(false);
    expect(scopeOf(seen, 'config/pve1')).toMatchObject({ coverage: 'error', count: 1 });
    expect(scopeOf(seen, 'config/pve1')?.message).toContain('the configuration of qemu/100 has nothing in it');
  });

  it('counts a storage once on a node that is listed twice', async () => {
    const storage = { type: 'storage', id: 'storage/pve1/local', storage: 'local', node: 'pve1', status: 'available' };
    const { seen } = await discover(
      tinyCluster({ 'GET /cluster/resources': resources(row(100, 'pve1'), storage, storage) }),
    );
    expect(seen.storages).toMatchObject([
      { name: 'local', document: { nodes: ['pve1'] }, onNodes: [{ node: 'pve1' }] },
    ]);
  });

  it('takes the power state from the listing where one list of a node fails', async () => {
    const { seen } = await discover(tinyCluster({ 'GET /nodes/pve1/lxc': refused(500, 'some trouble') }));
    expect(guestOf(seen, 200)).toMatchObject({ powerSource: 'broadcast', document: { status: 'running' } });
    expect(guestOf(seen, 100)).toMatchObject({ powerSource: 'live' });
    expect(scopeOf(seen, 'guests/pve1')).toMatchObject({ coverage: 'error', count: 1 });
  });

  it.each([595, 596])('does not ask a node for each guest that cannot be reached at all (%i)', async (status) => {
    const { seen, paths } = await discover(
      tinyCluster({
        'GET /nodes/pve2/qemu?full=1': refused(status),
        'GET /nodes/pve2/lxc': refused(status),
        'GET /nodes/pve2/status': refused(status),
      }),
    );
    expect(guestOf(seen, 101)).toMatchObject({ unobservable: 'node pve2 does not answer', powerSource: 'none' });
    expect(paths).not.toContain('/nodes/pve2/qemu/101/config');
    expect(scopeOf(seen, 'guests/pve2')).toMatchObject({ coverage: 'unreachable' });
    expect(scopeOf(seen, 'config/pve2')).toMatchObject({
      coverage: 'unreachable',
      message: 'node pve2 does not answer',
    });
    expect(scopeOf(seen, 'nodes')).toMatchObject({ coverage: 'unreachable' });
    expect(scopeOf(seen, 'guests')).toMatchObject({ coverage: 'complete' });
  });

  it('stops to ask a node that refuses one configuration after the other', async () => {
    const many = Array.from({ length: 40 }, (_, index) => row(1000 + index, 'pve1'));
    const refusals = Object.fromEntries(
      many.map((_, index) => [`GET /nodes/pve1/qemu/${1000 + index}/config`, refused(401, 'Authentication failed!')]),
    );
    const { seen, paths } = await discover(
      tinyCluster({
        'GET /cluster/resources': resources(...many, ...OTHERS),
        'GET /nodes/pve1/qemu?full=1': ok([]),
        ...refusals,
      }),
    );
    expect(paths.filter((path) => /\/qemu\/10\d\d\/config$/.test(path)).length).toBeLessThanOrEqual(12);
    expect(scopeOf(seen, 'config/pve1')).toMatchObject({
      coverage: 'error',
      message: expect.stringContaining('41 of 41'),
    });
    expect(scopeOf(seen, 'config/pve2')).toMatchObject({ coverage: 'complete' });
    expect(seen.guests).toHaveLength(42);
  });

  it('leaves no guests when the listing fails, and reads what else there is', async () => {
    const { seen } = await discover(tinyCluster({ 'GET /cluster/resources': refused(500, 'some trouble') }));
    expect(seen.guests).toEqual([]);
    expect(scopeOf(seen, 'guests')).toMatchObject({ coverage: 'error', count: 0 });
    expect(scopeOf(seen, 'storage')).toMatchObject({ coverage: 'error' });
    expect(scopeOf(seen, 'nodes')).toMatchObject({ coverage: 'error' });
    expect(scopeOf(seen, 'tasks/pve1')).toMatchObject({ coverage: 'complete' });
    expect(seen.nodes.map(({ name, status, isComplete }) => ({ name, status, isComplete }))).toEqual([
      { name: 'pve1', status: 'online', isComplete: false },
      { name: 'pve2', status: 'online', isComplete: true },
    ]);
  });

  it('is not complete with rows that cannot be read', async () => {
    const { seen } = await discover(
      tinyCluster({ 'GET /cluster/resources': resources(row(100, 'pve1'), ...OTHERS, { type: 'qemu', name: 'who' }) }),
    );
    expect(scopeOf(seen, 'guests')).toMatchObject({
      coverage: 'error',
      message: expect.stringContaining('1 row that'),
    });
    expect(scopeOf(seen, 'storage')).toMatchObject({ coverage: 'error' });
  });

  it('is filtered as long as the rights are not known', async () => {
    const { seen } = await discover(tinyCluster({ 'GET /access/permissions': refused(500, 'some trouble') }));
    expect(seen.permissions).toBeNull();
    expect(scopeOf(seen, 'permissions')).toMatchObject({ coverage: 'error' });
    expect(scopeOf(seen, 'guests')).toMatchObject({ coverage: 'filtered' });
    expect(guestOf(seen, 100).complete).not.toContain('pool');
  });

  it('tells nodes by the listing when their status is refused', async () => {
    const offline = { ...NODE_ROWS[1], status: 'unknown' };
    const { seen, paths } = await discover(
      tinyCluster({
        'GET /cluster/status': refused(500, 'some trouble'),
        'GET /cluster/resources': ok([NODE_ROWS[0], offline, row(100, 'pve1'), row(101, 'pve2')]),
        'GET /nodes/pve1/status': ok({ pveversion: 'pve-manager/8.4.9/x' }),
      }),
    );
    expect(seen).toMatchObject({ quorate: null, identity: { clusterName: null, nodeNames: ['pve1', 'pve2'] } });
    expect(scopeOf(seen, 'nodes')).toMatchObject({ coverage: 'error' });
    expect(seen.nodes[0]).toMatchObject({ document: { version: '8.4.9' }, isComplete: true });
    expect(seen.nodes[1]).toMatchObject({ status: 'unknown', unobservable: 'the state of node pve2 is unknown' });
    expect(guestOf(seen, 101).unobservable).toBe('the state of node pve2 is unknown');
    expect(paths).not.toContain('/nodes/pve2/qemu?full=1');
  });

  it('says that a node is off while the cluster has a quorum', async () => {
    const { seen } = await discover(
      tinyCluster({
        'GET /cluster/status': ok([
          { type: 'cluster', name: 'tiny', quorate: 1 },
          { type: 'node', name: 'pve1', online: 1, local: 1 },
          { type: 'node', name: 'pve2', online: 0 },
        ]),
        'GET /cluster/resources': ok([
          NODE_ROWS[0],
          { type: 'node', node: 'pve2', status: 'offline' },
          row(100, 'pve1'),
          row(101, 'pve2', { tags: 'a;b', pool: 'p', hastate: 'fence' }),
        ]),
      }),
    );
    expect(guestOf(seen, 101)).toMatchObject({
      unobservable: 'node pve2 is offline',
      document: { node: 'pve2', tags: ['a', 'b'], pool: 'p' },
    });
    expect(guestOf(seen, 101).document).not.toHaveProperty(['ha.state']);
    expect(seen.nodes[1]).toMatchObject({ status: 'offline', unobservable: null, document: { status: 'offline' } });
    expect(scopeOf(seen, 'tasks/pve2')).toMatchObject({ coverage: 'unreachable', message: 'node pve2 is offline' });
  });
});

describe('a run', () => {
  it.each<[name: string, changes: ReplayAnswers, code: string]>([
    ['a credential is refused', { 'GET /version': refused(401, 'Authentication failed!') }, 'unauthenticated'],
    [
      'the rights are refused',
      { 'GET /access/permissions': refused(401, 'Authentication failed!') },
      'unauthenticated',
    ],
    ['something else answers', { 'GET /version': { status: 200, body: '<html>' } }, 'malformed'],
  ])('ends when %s', async (_name, changes, code) => {
    await expect(discover(tinyCluster(changes))).rejects.toMatchObject({ code });
  });

  it('goes on without a version', async () => {
    const { seen, paths } = await discover(
      tinyCluster({
        'GET /version': refused(500, 'some trouble'),
        'GET /nodes/pve1/status': ok({ pveversion: 'pve-manager/8.4.3/x' }),
      }),
    );
    expect(seen.version).toBeNull();
    expect(paths).toContain('/nodes/pve1/status');
    expect(seen.nodes[0]?.document['version']).toBe('8.4.3');
  });

  it('ends when it is interrupted', async () => {
    const controller = new AbortController();
    const onProgress = (message: string): void => {
      if (message === 'reading nodes and guests') controller.abort();
    };
    await expect(discover(tinyCluster(), { signal: controller.signal, onProgress })).rejects.toMatchObject({
      code: 'interrupted',
    });
  });

  it('tells how far it is', async () => {
    const told: string[] = [];
    await discover(tinyCluster(), {
      onProgress: (message, done, total) => told.push(done === undefined ? message : `${message} ${done}/${total}`),
    });
    expect(told).toEqual([
      'reading the cluster',
      'reading nodes and guests',
      'reading configurations 1/3',
      'reading configurations 2/3',
      'reading configurations 3/3',
      'reading tasks and the cluster log',
    ]);
  });

  it.each<[scopes: DiscoverOptions['scopes'], guests: number[], calls: string[]]>([
    [
      ['vms'],
      [100, 101],
      [
        '/cluster/log?max=500',
        '/nodes/pve1/qemu/100/config',
        '/nodes/pve1/qemu?full=1',
        '/nodes/pve1/tasks?source=all&limit=500',
        '/nodes/pve2/qemu/101/config',
        '/nodes/pve2/qemu?full=1',
        '/nodes/pve2/tasks?source=all&limit=500',
      ],
    ],
    [
      ['containers'],
      [200],
      [
        '/cluster/log?max=500',
        '/nodes/pve1/lxc',
        '/nodes/pve1/lxc/200/config',
        '/nodes/pve1/tasks?source=all&limit=500',
        '/nodes/pve2/lxc',
        '/nodes/pve2/tasks?source=all&limit=500',
      ],
    ],
    [['nodes'], [], ['/nodes/pve2/status']],
    [['storage'], [], ['/storage']],
    [
      ['tasks'],
      [],
      ['/cluster/log?max=500', '/nodes/pve1/tasks?source=all&limit=500', '/nodes/pve2/tasks?source=all&limit=500'],
    ],
  ])('asks only for what was requested: %j', async (scopes, guests, calls) => {
    const { seen, paths } = await discover(tinyCluster(), { scopes });
    expect(seen.requested).toEqual(scopes);
    expect(vmids(seen)).toEqual(guests);
    const certificates = '/nodes/localhost/certificates/info';
    const always = ['/version', certificates, '/access/permissions', '/cluster/status', '/cluster/resources'];
    expect(paths.filter((path) => !always.includes(path)).sort()).toEqual(calls);
    expect(scopeOf(seen, 'storage')?.coverage).toBe(scopes.includes('storage') ? 'complete' : 'skipped');
    expect(scopeOf(seen, 'nodes')?.coverage).toBe(scopes.includes('nodes') ? 'complete' : 'skipped');
  });

  it('reads a single host', async () => {
    const { seen } = await discover(
      tinyCluster({
        'GET /cluster/status': ok([{ type: 'node', name: 'pve1', online: 1, local: 1 }]),
        'GET /cluster/resources': ok([NODE_ROWS[0], row(100, 'pve1')]),
        'GET /nodes/pve1/lxc': ok([]),
      }),
    );
    expect(seen).toMatchObject({ quorate: null, identity: { clusterName: null, nodeNames: ['pve1'] } });
    expect(seen.scopes.every(({ coverage }) => coverage === 'complete')).toBe(true);
    expect(seen.nodes[0]).toMatchObject({
      isComplete: true,
      document: { status: 'online', version: '8.4.1', cpus: 4, memoryBytes: 8e9 },
    });
  });
});
