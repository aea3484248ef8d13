import path from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Lab, LabGuestView, LabOptions } from '../../src/lab/lab.ts';
import { InventoryRepository } from '../../src/repositories/inventory/inventory-repository.ts';
import { RunStepRepository } from '../../src/repositories/notify/run-steps.ts';
import { SyncRepository } from '../../src/repositories/sync/sync-repository.ts';
import { actBefore } from '../helpers/act-before.ts';
import { type FeedWorld, openFeedWorld } from '../helpers/feed-world.ts';
import { tempDir } from '../helpers/temp.ts';

const dir = tempDir();
let count = 0;
const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function open(options: LabOptions = {}, token?: (lab: Lab) => string): Promise<FeedWorld> {
  const world = await openFeedWorld(path.join(dir, `guests-${count++}.db`), options, token);
  closers.push(world.close);
  world.clock.pass(60_000);
  world.calls();
  return world;
}

function pick(lab: Lab, kind: 'qemu' | 'lxc', power: LabGuestView['power']): LabGuestView {
  const found = lab.guests().find((guest) => {
    const isPlain = guest.config['template'] === undefined && guest.haState === null;
    return guest.kind === kind && guest.power === power && isPlain;
  });
  if (found === undefined) throw new Error(`the lab has no ${kind} that is ${power}`);
  return found;
}

function refOf({ kind, vmid }: Pick<LabGuestView, 'kind' | 'vmid'>) {
  return { kind, nativeId: String(vmid) };
}

const DONE = { open: null, results: [{ outcome: 'complete' }] };

describe('reading just some guests', () => {
  it.each([
    { vms: 4, containers: 2, nodes: 2 },
    { vms: 150, containers: 50, nodes: 4 },
  ])('takes as many calls to a small cluster as to a large one: %j', async (size) => {
    const world = await open(size);
    const vm = pick(world.lab, 'qemu', 'stopped');
    world.lab.as('alice@pve').start(vm.vmid);
    expect(await world.service.syncGuests([refOf(vm)])).toMatchObject(DONE);
    const ofGuest = `/nodes/${vm.node}/qemu/${vm.vmid}`;
    expect(world.calls().sort()).toEqual(
      [
        '/access/permissions',
        '/cluster/log',
        '/cluster/resources',
        `${ofGuest}/config`,
        `${ofGuest}/status/current`,
        `/nodes/${vm.node}/tasks`,
      ].sort(),
    );
    expect(await world.told()).toEqual([`qemu/${vm.vmid} changed status by alice@pve`]);
    await world.fullRun();
    expect(await world.told()).toEqual([]);
  });

  it('records nothing of a guest that is as it was, and nothing of others', async () => {
    const world = await open();
    const [vm, ct] = [pick(world.lab, 'qemu', 'running'), pick(world.lab, 'lxc', 'running')];
    world.lab.as('alice@pve').setConfig(ct.vmid, { memory: 333 });
    expect(await world.service.syncGuests([refOf(vm)])).toEqual({ results: [], open: null });
    expect(await world.told()).toEqual([]);
    expect(await world.service.syncGuests([])).toEqual({ results: [], open: null });
  });

  it('stores the run as one of an action, which says nothing of the provider as a whole', async () => {
    const world = await open();
    const { db } = world.connection;
    const before = await db.provider.findFirstOrThrow();
    const runs = new RunStepRepository(world.connection);
    const ended = await runs.lastEnd();
    const vm = pick(world.lab, 'qemu', 'stopped');
    world.lab.as('alice@pve').start(vm.vmid);
    await world.service.syncGuests([refOf(vm)]);
    const { lastCompleteAt, incompleteSince, permissions, identity } = before;
    expect(await db.provider.findFirstOrThrow()).toMatchObject({
      lastCompleteAt,
      incompleteSince,
      permissions,
      identity,
      leaseHolder: null,
    });
    expect(await runs.lastEnd()).toEqual(ended);
    const inventory = new InventoryRepository(world.connection);
    expect(await inventory.lastCompleteRunAt(before.id)).toEqual(ended);
    expect(await inventory.listRuns(before.id, 1)).toMatchObject([{ trigger: 'action' }]);
    expect(await db.syncRun.findMany({ where: { trigger: 'action' } })).toMatchObject([{ outcome: 'complete' }]);
  });

  it.each(['8.4', '9.2'] as const)('records what was done, with who did it (%s)', async (release) => {
    const world = await open({ release, vms: 12, containers: 4, broadcastLagMs: 9000 });
    const { lab, service } = world;
    const alice = lab.as('alice@pve');
    const [vm, off, ct] = [pick(lab, 'qemu', 'running'), pick(lab, 'qemu', 'stopped'), pick(lab, 'lxc', 'running')];
    const other = vm.node === 'pve1' ? 'pve2' : 'pve1';
    const twin = { kind: 'qemu', nativeId: '900', isNew: true, nodes: [off.node] } as const;
    const story: [() => unknown, Parameters<typeof service.syncGuests>[0][number], string[]][] = [
      [() => alice.migrate(vm.vmid, other), refOf(vm), [`qemu/${vm.vmid} changed migrated node by alice@pve`]],
      [() => alice.snapshot(off.vmid, 'old'), refOf(off), [`qemu/${off.vmid} changed parent by alice@pve`]],
      [() => alice.setConfig(off.vmid, { cores: 7 }), refOf(off), [`qemu/${off.vmid} changed cores by alice@pve`]],
      [() => alice.rollback(off.vmid, 'old'), refOf(off), [`qemu/${off.vmid} changed rolled-back cores by alice@pve`]],
      [() => alice.clone(off.vmid, { newid: 900, name: 'twin' }), twin, ['qemu/900 created cloned by alice@pve']],
      [() => alice.start(900), refOf({ kind: 'qemu', vmid: 900 }), ['qemu/900 changed status by alice@pve']],
      [() => alice.stop(900), refOf({ kind: 'qemu', vmid: 900 }), ['qemu/900 changed status by alice@pve']],
      [() => alice.destroy(900), refOf({ kind: 'qemu', vmid: 900 }), ['qemu/900 removed by alice@pve']],
      [() => alice.shutdown(ct.vmid), refOf(ct), [`lxc/${ct.vmid} changed status by alice@pve`]],
      [
        () => alice.create('qemu', { vmid: 901, node: 'pve1', name: 'gold', memory: 512 }),
        { kind: 'qemu', nativeId: '901', isNew: true },
        ['qemu/901 created by alice@pve'],
      ],
      [() => alice.template(901), refOf({ kind: 'qemu', vmid: 901 }), ['qemu/901 changed template by alice@pve']],
    ];
    for (const [act, guest, expected] of story) {
      world.clock.pass(2_000);
      act();
      const { open, results } = await service.syncGuests([guest]);
      expect({ open, told: await world.told() }).toEqual({ open: null, told: expected });
      expect(results).toHaveLength(1);
    }
    expect(world.calls().length).toBeLessThanOrEqual(story.length * 9);
    await world.fullRun();
    expect(await world.told()).toEqual([]);
  });

  it('reads several in one go', async () => {
    const world = await open({ vms: 24 });
    const { lab } = world;
    const off = lab.guests().filter(({ kind, power, haState }) => kind === 'qemu' && power === 'stopped' && !haState);
    const [first, second] = off;
    if (first === undefined || second === undefined) throw new Error('too few machines are off');
    lab.as('alice@pve').start(first.vmid);
    lab.as('bob@pve').destroy(second.vmid);
    expect(await world.service.syncGuests([refOf(first), refOf(second)])).toMatchObject(DONE);
    expect((await world.told()).sort()).toEqual(
      [`qemu/${first.vmid} changed status by alice@pve`, `qemu/${second.vmid} removed by bob@pve`].sort(),
    );
  });

  it('waits for a new guest to be listed, and tells where it never is', async () => {
    const world = await open();
    const { lab, service } = world;
    const guest = { kind: 'qemu', nativeId: '900', isNew: true, nodes: ['pve1'] } as const;
    lab.as('alice@pve').create('qemu', { vmid: 900, node: 'pve1', name: 'made', memory: 512 });
    lab.faults.add({ match: /cluster\/resources/, times: 2, effect: { kind: 'omit', entries: /"vmid":900\b/ } });
    expect(await service.syncGuests([guest])).toMatchObject(DONE);
    expect(await world.told()).toEqual(['qemu/900 created by alice@pve']);
    expect(await service.syncGuests([{ ...guest, nativeId: '901' }])).toEqual({
      results: [],
      open: 'qemu/901 could not be read: it is not listed yet',
    });
  });

  it('finds a guest again that its listing has on the node it has left', async () => {
    const world = await open();
    const { lab, service } = world;
    const vm = pick(lab, 'qemu', 'running');
    const target = vm.node === 'pve1' ? 'pve2' : 'pve1';
    const undo = actBefore(lab, /\/config$/, () => lab.as('alice@pve').migrate(vm.vmid, target));
    expect(await service.syncGuests([refOf(vm)])).toMatchObject(DONE);
    undo();
    expect(await world.told()).toEqual([`qemu/${vm.vmid} changed migrated node by alice@pve`]);
  });

  it('removes nothing that is missing from a listing while its vmid is in use', async () => {
    const world = await open();
    const vm = pick(world.lab, 'qemu', 'running');
    const omit = { kind: 'omit', entries: new RegExp(`"vmid":${vm.vmid}\\b`) } as const;
    world.lab.faults.add({ match: /cluster\/resources/, effect: omit });
    expect(await world.service.syncGuests([refOf(vm)])).toEqual({
      results: [],
      open: `qemu/${vm.vmid} cannot be told from the feeds`,
    });
    expect(await world.told()).toEqual([]);
  });

  it('leaves a guest that others made in between to the run that finds it, with who made it', async () => {
    const world = await open();
    const vm = pick(world.lab, 'qemu', 'stopped');
    world.lab.as('bob@pve').create('qemu', { vmid: 900, node: 'pve1', name: 'made', memory: 512 });
    world.clock.pass(1_000);
    world.lab.as('alice@pve').start(vm.vmid);
    world.clock.pass(1_000);
    await world.service.syncGuests([refOf(vm)]);
    expect(await world.told()).toEqual([`qemu/${vm.vmid} changed status by alice@pve`]);
    world.clock.pass(5_000);
    await world.fullRun();
    expect(await world.told()).toEqual(['qemu/900 created by bob@pve']);
  });

  it('tells a machine from another that has taken its vmid', async () => {
    const world = await open();
    const { lab } = world;
    const { vmid, node } = pick(lab, 'qemu', 'stopped');
    lab.as('alice@pve').destroy(vmid);
    lab.as('bob@pve').create('lxc', { vmid, node, name: 'ct', rootfs: 'local-lvm:4' });
    expect(await world.service.syncGuests([{ kind: 'qemu', nativeId: String(vmid) }])).toMatchObject(DONE);
    expect(await world.told()).toEqual([
      `qemu/${vmid} removed replaced by alice@pve`,
      `lxc/${vmid} created by bob@pve`,
    ]);
  });

  it('is not sure of who did it where the token may not see what others did', async () => {
    const world = await open();
    const { lab } = world;
    const vm = pick(lab, 'qemu', 'running');
    lab.acl.revoke('rollcall@pve!ro', '/');
    lab.acl.grant('rollcall@pve!ro', '/vms', 'PVEAuditor');
    lab.acl.grant('rollcall@pve!ro', '/nodes', 'PVEAuditor');
    lab.as('rollcall@pve!ro').setConfig(vm.vmid, { cores: 7 });
    await world.service.syncGuests([refOf(vm)]);
    const change = (await world.history.listChanges()).at(-1);
    expect(change?.attribution).toMatchObject({ actor: 'rollcall@pve', confidence: 'likely' });
  });
});

describe('reading some guests while another run has the lease', () => {
  it('waits until it has ended', async () => {
    const world = await open();
    const { lab, service, connection, clock } = world;
    const vm = pick(lab, 'qemu', 'stopped');
    const repository = new SyncRepository(connection);
    const { id } = await connection.db.provider.findFirstOrThrow();
    const lease = await repository.acquireLease(id, { holder: '2@there', now: clock.now(), ttlMs: 3_600_000 });
    lab.as('alice@pve').start(vm.vmid);
    expect(await service.syncGuests([refOf(vm)], { waitMs: 5_000 })).toMatchObject({
      open: expect.stringContaining('is being synced by 2@there'),
      results: [{ outcome: 'failed', error: { code: 'locked' } }],
    });
    const release = setTimeout(() => void repository.releaseLease(id, lease), 50);
    expect(await service.syncGuests([refOf(vm)], { waitMs: Number.POSITIVE_INFINITY })).toMatchObject(DONE);
    clearTimeout(release);
    expect(await world.told()).toEqual([`qemu/${vm.vmid} changed status by alice@pve`]);
  });

  it('ends when it is interrupted', async () => {
    const world = await open();
    const vm = pick(world.lab, 'qemu', 'stopped');
    const signal = AbortSignal.abort();
    await expect(world.service.syncGuests([refOf(vm)], { signal })).rejects.toMatchObject({ code: 'interrupted' });
  });
});
