import { describe, expect, it } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-status.ts';
import type { LabOptions } from '../../src/lab/lab.ts';
import { openWorld, type World } from '../helpers/world.ts';

const MINUTE_MS = 60_000;

/** A cluster of three nodes that was read twice, and the guests of its third node. */
async function settled(options: LabOptions = {}): Promise<{ world: World; onThird: readonly number[] }> {
  const world = await openWorld({ nodes: 3, vms: 12, containers: 0, ...options });
  await world.rollcall('discover-all');
  await discover(world);
  const onThird = world.lab.guests().filter(({ node }) => node === 'pve3');
  expect(onThird.length).toBeGreaterThan(0);
  return { world, onThird: onThird.map(({ vmid }) => vmid) };
}

async function discover(world: World, more = '') {
  world.clock.advance(MINUTE_MS);
  return world.rollcall(`discover-all -o json ${more}`);
}

async function presences(world: World, line = 'list-vms --all -o json') {
  const { rows } = await world.rollcall(line);
  return new Map(rows.map((row) => [row['vmid'] ?? row['name'], row['presence']]));
}

describe('a node that was removed from the cluster', () => {
  it('is gone, with who removed it, and its guests are named once as left behind', async () => {
    const { world, onThird } = await settled();
    world.clock.advance(MINUTE_MS);
    world.lab.removeNode('pve3');

    const first = await discover(world);
    expect(first.status).toBe(EXIT.done);
    expect(first.rows).toMatchObject([{ outcome: 'complete', removedHosts: [] }]);
    expect(first.rows[0]?.['warnings']).toEqual([
      {
        code: 'leftover',
        scope: 'guests',
        message: `${onThird.length} guests left behind on pve3, which is not a member of the cluster`,
        hint: 'on a node, move what is still needed from /etc/pve/nodes/pve3 to the folder of a member, and delete the rest',
      },
    ]);
    const second = await discover(world);
    expect(second).toMatchObject({ status: EXIT.done, rows: [{ outcome: 'complete', warnings: [] }] });

    expect(await presences(world, 'list-nodes --all -o json')).toEqual(
      new Map([
        ['pve1', 'present'],
        ['pve2', 'present'],
        ['pve3', 'gone'],
      ]),
    );
    const changes = await world.rollcall('show-changes -o json --kind removed');
    expect(changes.rows).toMatchObject([
      { resourceKind: 'node', name: 'pve3', actor: 'root@pam', via: 'deleting node', confidence: 'exact' },
    ]);
    const status = await world.rollcall('sync-status');
    expect(status.stdout).toContain(
      `${onThird.length} guests unobservable: leftover: /etc/pve/nodes/pve3 is not of a member of the cluster`,
    );
  });

  it('leaves behind guests that are there again when their configurations are moved to a member', async () => {
    const { world, onThird } = await settled();
    const [moved, ...others] = onThird;
    world.lab.removeNode('pve3');
    await discover(world);
    for (const vmid of others) expect((await presences(world)).get(vmid)).toBe('unobservable');

    world.lab.moveFolder('pve3', 'pve2');
    const recovered = await discover(world);
    expect(recovered).toMatchObject({ status: EXIT.done, rows: [{ outcome: 'complete', removedHosts: [] }] });
    const changes = await world.rollcall(`show-changes -o json --guest ${moved}`);
    expect(changes.rows.at(-1)).toMatchObject({ event: 'migrated' });
    expect((await presences(world)).get(moved)).toBe('present');
  });

  it('leaves behind guests that are gone when their configurations are deleted', async () => {
    const { world, onThird } = await settled();
    world.lab.removeNode('pve3');
    await discover(world);
    world.lab.clearFolder('pve3');
    // The guard holds back many removals at once that no task names.
    const ran = await discover(world, '--accept-removals');
    expect(ran.status).toBe(EXIT.done);
    const after = await presences(world);
    for (const vmid of onThird) expect(after.get(vmid)).toBe('gone');
  });

  it('is gone for a token, too, that may not read the status of the cluster', async () => {
    const { world } = await settled();
    world.env['PROXMOX_VE_API_TOKEN'] = world.lab.auditorToken;
    for (const account of ['rollcall@pve', 'rollcall@pve!ro']) {
      world.lab.acl.revoke(account, '/');
      world.lab.acl.grant(account, '/vms', 'PVEAuditor');
      world.lab.acl.grant(account, '/nodes', 'PVEAuditor');
    }
    await discover(world);
    world.lab.clearRequests();
    await discover(world);
    expect(world.lab.requests.filter(({ path }) => path === '/nodes')).toEqual([]);
    world.lab.removeNode('pve3');
    const remove = world.lab.faults.add({ match: /^GET \/nodes$/, effect: { kind: 'status', status: 501 } });
    await discover(world);
    expect((await presences(world, 'list-nodes --all -o json')).get('pve3')).toBe('unobservable');
    remove();
    await discover(world);
    expect((await presences(world, 'list-nodes --all -o json')).get('pve3')).toBe('gone');
  });
});

describe('a node that is not removed', () => {
  it('stays while it is off, and while there is no quorum', async () => {
    const { world } = await settled();
    world.lab.node('pve3').powerOff();
    world.lab.forgetStats('pve3');
    await discover(world);
    world.lab.quorum(false);
    await discover(world, '--accept-removals');
    const { rows } = await world.rollcall('list-nodes --all -o json');
    expect(rows.map(({ name, presence }) => [name, presence])).toContainEqual(['pve3', 'unobservable']);
    expect((await world.rollcall('show-changes -o json --kind removed')).rows).toEqual([]);
  });

  it('stays while an answer has fewer members than the cluster counts', async () => {
    const { world } = await settled();
    const remove = world.lab.faults.add({
      match: /^GET \/cluster\/status/,
      effect: { kind: 'body', body: STATUS_WITHOUT_PVE3 },
    });
    const ran = await discover(world);
    expect(ran.status).toBe(EXIT.partial);
    expect(ran.rows[0]?.['scopes']).toContainEqual(
      expect.objectContaining({
        scope: 'nodes',
        coverage: 'error',
        message: 'the list of members is shorter than the cluster says',
      }),
    );
    expect((await presences(world, 'list-nodes --all -o json')).get('pve3')).toBe('present');
    remove();
    expect(await discover(world)).toMatchObject({ status: EXIT.done, rows: [{ summary: { changed: 0 } }] });
  });

  it('stays when the server forgets that it is in a cluster, unless that is accepted', async () => {
    const { world, onThird } = await settled();
    world.lab.pretendAlone(true);
    const ran = await discover(world);
    expect(ran.status).toBe(EXIT.partial);
    const nodes = await world.rollcall('list-nodes -o json');
    expect(nodes.rows).toContainEqual(
      expect.objectContaining({
        name: 'pve3',
        presenceReason: 'the server answers as a host in no cluster, and was in cluster lab',
      }),
    );
    const guests = await presences(world);
    for (const vmid of onThird) expect(guests.get(vmid)).toBe('unobservable');

    world.lab.pretendAlone(false);
    const back = await discover(world);
    expect(back).toMatchObject({ status: EXIT.done, rows: [{ summary: { changed: 0, removed: 0 } }] });

    world.lab.pretendAlone(true);
    await discover(world, '--accept-removals');
    expect((await presences(world, 'list-nodes --all -o json')).get('pve3')).toBe('gone');
  });
});

const STATUS_WITHOUT_PVE3 = JSON.stringify({
  data: [
    { type: 'cluster', id: 'cluster', name: 'lab', nodes: 3, quorate: 1, version: 3 },
    { type: 'node', id: 'node/pve1', name: 'pve1', online: 1, local: 1, nodeid: 1, ip: '198.51.100.11', level: '' },
    { type: 'node', id: 'node/pve2', name: 'pve2', online: 1, local: 0, nodeid: 2, ip: '198.51.100.12', level: '' },
  ],
});

it('a host that founds a cluster has its name', async () => {
  const world = await openWorld({ clusterName: null, nodes: 1, vms: 1, containers: 0 });
  await world.rollcall('discover-all');
  await discover(world);
  world.lab.foundCluster('newcluster');
  expect((await discover(world)).rows).toMatchObject([
    { outcome: 'complete', warnings: [{ message: 'lab: pve1 has founded the cluster newcluster' }] },
  ]);
  expect((await discover(world)).rows).toMatchObject([{ warnings: [] }]);
  const { rows } = await world.rollcall('providers list -o json');
  expect(rows).toMatchObject([{ clusterName: 'newcluster', nodeNames: ['pve1'] }]);
});
