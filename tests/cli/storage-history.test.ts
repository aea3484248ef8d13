import { describe, expect, it } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-status.ts';
import { openWorld, type World } from '../helpers/world.ts';

const HOUR_MS = 3_600_000;

async function settled(): Promise<World> {
  const world = await openWorld({ nodes: 2, vms: 2, containers: 0 });
  await world.rollcall('discover-all');
  await discover(world);
  return world;
}

async function discover(world: World, more = '') {
  world.clock.advance(60_000);
  return world.rollcall(`discover-all -o json ${more}`);
}

async function changesOf(world: World, name: string) {
  const { rows } = await world.rollcall('show-changes -o json --kind storage');
  return rows.filter((row) => row['name'] === name).map(({ kind, path, after }) => [kind, path, path ? after : null]);
}

async function stored(world: World, name: string) {
  const { rows } = await world.rollcall('list-storage --all -o json');
  return rows.filter((row) => row['name'] === name);
}

describe('a storage that is disabled', () => {
  it('is the same storage, and so when it is enabled again', async () => {
    const world = await settled();
    world.lab.storage('backup').disable();
    const disabled = await discover(world);
    expect(disabled).toMatchObject({ status: EXIT.done, rows: [{ outcome: 'complete' }] });
    const list = await world.rollcall('list-storage --name backup');
    expect(list.stdout).toMatch(/^NAME .*DISABLED\nbackup +nfs +yes +pve1,pve2 +backup +- +- +- +yes\n$/);
    world.lab.storage('backup').enable();
    await discover(world);
    expect(await changesOf(world, 'backup')).toEqual([
      ['created', null, null],
      ['changed', 'disabled', true],
      ['changed', 'disabled', null],
    ]);
    expect(await stored(world, 'backup')).toMatchObject([{ presence: 'present' }]);
    expect((await world.rollcall('show-changes --flat --kind storage')).stdout).toMatch(
      /lab\/backup \(storage\) +disabled /,
    );
  });

  it('is known from the first run', async () => {
    const world = await settled();
    expect(await stored(world, 'archive')).toMatchObject([
      { presence: 'present', document: { type: 'nfs', disabled: true, nodes: ['pve1', 'pve2'] } },
    ]);
    world.lab.storage('archive').enable();
    await discover(world);
    expect(await changesOf(world, 'archive')).toEqual([
      ['created', null, null],
      ['changed', 'disabled', null],
    ]);
  });
});

describe('a storage that nodes cannot reach', () => {
  it('is recorded for each node when that changes, and told by sync-status', async () => {
    const world = await settled();
    world.lab.storage('shared').goOffline('pve2');
    expect((await discover(world)).status).toBe(EXIT.done);
    expect((await world.rollcall('sync-status')).stdout).toContain('  storage shared is not available on pve2\n');
    world.lab.storage('shared').goOffline('pve1');
    await discover(world);
    await discover(world);
    world.lab.storage('shared').comeBack('pve1');
    world.lab.storage('shared').comeBack('pve2');
    await discover(world);
    expect(await changesOf(world, 'shared')).toEqual([
      ['created', null, null],
      ['changed', 'unavailableOn', ['pve2']],
      ['changed', 'unavailableOn', ['pve1', 'pve2']],
      ['changed', 'unavailableOn', null],
    ]);
    expect((await world.rollcall('sync-status')).stdout).not.toContain('not available');
  });

  it('is not one whose node is off, or has just started', async () => {
    const world = await settled();
    world.lab.node('pve2').powerOff();
    world.lab.forgetStats('pve2');
    await discover(world);
    expect(await changesOf(world, 'shared')).toEqual([['created', null, null]]);
    world.lab.node('pve2').powerOn();
    await discover(world);
    expect(await changesOf(world, 'shared')).toEqual([['created', null, null]]);
  });
});

describe('a storage that is missing from the listing', () => {
  const SHORT = {
    match: /^GET \/cluster\/resources/,
    effect: { kind: 'omit', entries: /"storage":"backup"/ },
  } as const;

  it('is gone when its definition is', async () => {
    const world = await settled();
    world.lab.storage('backup').remove();
    expect((await discover(world)).status).toBe(EXIT.done);
    expect(await stored(world, 'backup')).toMatchObject([{ presence: 'gone' }]);
  });

  it('stays while it is defined, and the run is partial', async () => {
    const world = await settled();
    const remove = world.lab.faults.add(SHORT);
    const ran = await discover(world);
    expect(ran.status).toBe(EXIT.partial);
    const scopes = ran.rows.flatMap((row) => row['scopes'] as { scope: string; message?: string }[]);
    expect(scopes.find(({ scope }) => scope === 'storage')?.message).toBe(
      '/cluster/resources lacks backup, though it is defined and enabled',
    );
    expect(await stored(world, 'backup')).toMatchObject([{ presence: 'unobservable' }]);
    remove();
    expect((await discover(world)).status).toBe(EXIT.done);
    expect(await changesOf(world, 'backup')).toEqual([['created', null, null]]);
  });

  it.each([
    ['is gone when nobody defines it', 'remove', 'gone'],
    ['stays when its own definition is there', 'shorten', 'unobservable'],
  ] as const)('%s, where the definitions cannot be listed', async (_, what, presence) => {
    const world = await settled();
    world.lab.faults.add({ match: /^GET \/storage$/, effect: { kind: 'status', status: 501 } });
    if (what === 'remove') world.lab.storage('backup').remove();
    else world.lab.faults.add(SHORT);
    world.lab.clearRequests();
    await discover(world);
    expect(world.lab.requests.filter(({ path }) => path === '/storage/backup')).toHaveLength(1);
    expect(await stored(world, 'backup')).toMatchObject([{ presence }]);
  });

  it('is held back where no definition may be read, until it has stayed true for an hour', async () => {
    const world = await settled();
    // PVEAuditor has no right to read a single definition.
    world.env['PROXMOX_VE_API_TOKEN'] = world.lab.auditorToken;
    await discover(world);
    world.lab.faults.add({ match: /^GET \/storage$/, effect: { kind: 'status', status: 501 } });
    world.lab.storage('backup').remove();
    const held = await discover(world);
    expect(held.status).toBe(EXIT.partial);
    expect(held.rows[0]?.['warnings']).toMatchObject([
      {
        code: 'held',
        scope: 'storage',
        message: 'backup is missing from the list of storages, and its removal is held back',
      },
    ]);
    await discover(world);
    expect(await stored(world, 'backup')).toMatchObject([{ presence: 'unobservable' }]);
    world.clock.advance(HOUR_MS);
    expect((await discover(world)).status).toBe(EXIT.done);
    expect(await stored(world, 'backup')).toMatchObject([{ presence: 'gone' }]);
    // One that is disabled is in no listing anyway.
    expect(await stored(world, 'archive')).toMatchObject([
      { presence: 'unobservable', presenceReason: 'its definition could not be read' },
    ]);
  });

  it('is gone at once when that is accepted', async () => {
    const world = await settled();
    world.env['PROXMOX_VE_API_TOKEN'] = world.lab.auditorToken;
    await discover(world);
    world.lab.faults.add({ match: /^GET \/storage$/, effect: { kind: 'status', status: 501 } });
    world.lab.storage('backup').remove();
    expect((await discover(world, '--accept-removals')).status).toBe(EXIT.done);
    expect(await stored(world, 'backup')).toMatchObject([{ presence: 'gone' }]);
    expect(await stored(world, 'archive')).toMatchObject([{ presence: 'unobservable' }]);
  });
});

it('a storage that is listed twice for one node is told once', async () => {
  const world = await settled();
  const rows = [
    {
      type: 'storage',
      id: 'storage/pve1/local',
      storage: 'local',
      node: 'pve1',
      status: 'available',
      plugintype: 'dir',
    },
  ];
  const node = { type: 'node', id: 'node/pve1', node: 'pve1', status: 'online', uptime: 5000, maxcpu: 1, maxmem: 1 };
  const body = JSON.stringify({ data: [node, ...rows, ...rows] });
  world.lab.faults.add({ match: /^GET \/cluster\/resources/, effect: { kind: 'body', body } });
  await discover(world);
  const [local] = await stored(world, 'local');
  expect(local).toMatchObject({ document: { nodes: ['pve1'] }, onNodes: [{ node: 'pve1' }] });
});
