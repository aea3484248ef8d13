import path from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Lab, LabGuestView, LabOptions } from '../../src/lab/lab.ts';
import { rules } from '../../src/providers/proxmox/rules/rules.ts';
import { SyncRepository } from '../../src/repositories/sync/sync-repository.ts';
import { SyncService } from '../../src/services/sync/sync-service.ts';
import { actBefore } from '../helpers/act-before.ts';
import { type FeedWorld, openFeedWorld } from '../helpers/feed-world.ts';
import { MASK_KEY } from '../helpers/mask-key.ts';
import { CONFIG } from '../helpers/plans.ts';
import { tempDir } from '../helpers/temp.ts';

const dir = tempDir();
let count = 0;
const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function open(options: LabOptions = {}, token?: (lab: Lab) => string): Promise<FeedWorld> {
  const world = await openFeedWorld(path.join(dir, `changed-${count++}.db`), options, token);
  closers.push(world.close);
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

async function document({ inventory }: FeedWorld, vmid: number) {
  return (await inventory.listGuests()).find((guest) => guest.vmid === vmid)?.document;
}

describe('a poll of the feeds', () => {
  it('makes two calls and no statement while nothing happens', async () => {
    const world = await open({ vms: 40 });
    const before = world.connection.statementCount();
    for (let polls = 0; polls < 3; polls++) {
      expect(await world.poll()).toMatchObject({ result: null, fullRun: null });
      expect(world.calls().sort()).toEqual(['/cluster/log', '/cluster/resources']);
    }
    expect(world.connection.statementCount()).toBe(before);
  });

  it('makes twelve calls a minute to 1,000 guests, and one more for an edit', async () => {
    const world = await open({ nodes: 4, vms: 700, containers: 300 });
    const { vmid } = pick(world.lab, 'qemu', 'running');
    let calls = 0;
    for (let polls = 0; polls < 6; polls++) {
      await world.poll();
      calls += world.calls().length;
    }
    expect(calls).toBe(12);
    world.lab.as('alice@pve').setConfig(vmid, { description: 'hello' });
    await world.poll();
    expect(world.calls()).toHaveLength(3);
    expect(await world.told()).toEqual([`qemu/${vmid} changed description by alice@pve`]);
  });

  it('records an edit with who made it, in one further call', async () => {
    const world = await open();
    const { vmid, node } = pick(world.lab, 'qemu', 'running');
    world.lab.as('alice@pve').setConfig(vmid, { description: 'hello' });
    const { result } = await world.poll();
    expect(world.calls()).toEqual(['/cluster/resources', '/cluster/log', `/nodes/${node}/qemu/${vmid}/config`]);
    expect(result).toMatchObject({ outcome: 'complete', summary: { changed: 1, removed: 0, new: 0 } });
    expect(await world.told()).toEqual([`qemu/${vmid} changed description by alice@pve`]);
    expect(await world.poll()).toMatchObject({ result: null });
    await world.fullRun();
    expect(await world.told()).toEqual([]);
  });

  it('stores the run as one of the feeds, which says nothing of the provider as a whole', async () => {
    const world = await open();
    const { db } = world.connection;
    const before = await db.provider.findFirstOrThrow();
    world.lab.as('alice@pve').setConfig(pick(world.lab, 'qemu', 'running').vmid, { description: 'hello' });
    await world.poll();
    const after = await db.provider.findFirstOrThrow();
    const runs = await db.syncRun.findMany({ where: { trigger: 'feed' } });
    expect(runs).toMatchObject([{ outcome: 'complete' }]);
    expect(after).toMatchObject({
      lastCompleteAt: before.lastCompleteAt,
      incompleteSince: before.incompleteSince,
      permissions: before.permissions,
      identity: before.identity,
      leaseHolder: null,
    });
  });

  it('records a start from the guest itself, before the listing tells it, and once', async () => {
    const world = await open({ broadcastLagMs: 8000 });
    const { vmid, node } = pick(world.lab, 'qemu', 'stopped');
    world.clock.pass(9000);
    world.lab.as('alice@pve').start(vmid);
    await world.poll(1000);
    expect(world.calls().slice(2).sort()).toEqual([
      `/nodes/${node}/qemu/${vmid}/status/current`,
      `/nodes/${node}/tasks`,
    ]);
    expect(await world.told()).toEqual([`qemu/${vmid} changed status by alice@pve`]);
    for (let polls = 0; polls < 4; polls++) {
      expect(await world.poll(6000)).toMatchObject({ result: null });
      expect(world.calls()).toHaveLength(2);
    }
    await world.fullRun();
    expect(await world.told()).toEqual([]);
  });

  it('does not take back a change that another full run has recorded from newer answers', async () => {
    const world = await open({ broadcastLagMs: 8000 });
    const { vmid } = pick(world.lab, 'qemu', 'stopped');
    world.lab.as('alice@pve').start(vmid);
    await world.fullRun();
    for (let polls = 0; polls < 5; polls++) await world.poll(3000);
    expect(await world.told()).toEqual([`qemu/${vmid} changed status by alice@pve`]);
  });

  it.each(['8.4', '9.2'] as const)('records what was done to guests with who did it (%s)', async (release) => {
    const world = await open({ release, vms: 12, containers: 4 });
    const { lab } = world;
    const alice = lab.as('alice@pve');
    const [vm, off, ct] = [pick(lab, 'qemu', 'running'), pick(lab, 'qemu', 'stopped'), pick(lab, 'lxc', 'running')];
    const other = vm.node === 'pve1' ? 'pve2' : 'pve1';
    const story: [() => unknown, string[]][] = [
      [() => alice.migrate(vm.vmid, other), [`qemu/${vm.vmid} changed migrated node by alice@pve`]],
      [() => alice.snapshot(off.vmid, 'before'), [`qemu/${off.vmid} changed parent by alice@pve`]],
      [() => lab.as('bob@pve').setConfig(off.vmid, { cores: 7 }), [`qemu/${off.vmid} changed cores by bob@pve`]],
      [() => alice.rollback(off.vmid, 'before'), [`qemu/${off.vmid} changed rolled-back cores by alice@pve`]],
      [() => alice.clone(off.vmid, { newid: 900, name: 'twin' }), ['qemu/900 created cloned by alice@pve']],
      [() => lab.as('bob@pve').destroy(900), ['qemu/900 removed by bob@pve']],
      [() => alice.shutdown(ct.vmid), [`lxc/${ct.vmid} changed status by alice@pve`]],
      [() => alice.setConfig(ct.vmid, { memory: 333 }), [`lxc/${ct.vmid} changed memory`]],
      [() => alice.setPool(ct.vmid, ct.pool === 'prod' ? null : 'prod'), [`lxc/${ct.vmid} changed pool`]],
      [() => alice.setHa(off.vmid, 'stopped'), [`qemu/${off.vmid} changed ha.state`]],
      [
        () => alice.setHa(off.vmid, 'started'),
        [`qemu/${off.vmid} changed status by root@pam`, `qemu/${off.vmid} changed ha.state`],
      ],
      [
        () => alice.migrate(off.vmid, off.node === 'pve1' ? 'pve2' : 'pve1'),
        [`qemu/${off.vmid} changed migrated node by alice@pve`],
      ],
    ];
    for (const [act, expected] of story) {
      act();
      const { result, fullRun } = await world.poll();
      expect({ told: await world.told(), fullRun, outcome: result?.outcome }).toEqual({
        told: expected,
        fullRun: null,
        outcome: 'complete',
      });
    }
    await world.fullRun();
    expect(await world.told()).toEqual([]);
  });

  it('watches a host that is in no cluster', async () => {
    const world = await open({ clusterName: null, nodes: 1, vms: 4 });
    const [vm, off] = [pick(world.lab, 'qemu', 'running'), pick(world.lab, 'qemu', 'stopped')];
    world.lab.as('alice@pve').shutdown(vm.vmid);
    world.lab.as('bob@pve').destroy(off.vmid);
    await world.poll();
    expect((await world.told()).sort()).toEqual(
      [`qemu/${vm.vmid} changed status by alice@pve`, `qemu/${off.vmid} removed by bob@pve`].sort(),
    );
  });

  it('saves a machine to disk and takes it back', async () => {
    const world = await open();
    const { vmid } = pick(world.lab, 'qemu', 'running');
    world.lab.as('alice@pve').suspend(vmid, { toDisk: true });
    await world.poll();
    expect((await world.told()).join()).toContain(`qemu/${vmid} changed status`);
    expect(await document(world, vmid)).toMatchObject({ status: 'suspended' });
    world.lab.as('bob@pve').start(vmid);
    await world.poll();
    expect(await document(world, vmid)).toMatchObject({ status: 'running' });
    await world.told();
    await world.fullRun();
    expect(await world.told()).toEqual([]);
  });

  it('tells a vmid that is used again from the machine that had it', async () => {
    const world = await open();
    const { lab } = world;
    const { vmid, node } = pick(lab, 'qemu', 'stopped');
    lab.as('alice@pve').destroy(vmid);
    lab.as('bob@pve').create('qemu', { vmid, node, name: 'reborn', memory: 512 });
    await world.poll();
    expect(await world.told()).toEqual([
      `qemu/${vmid} removed replaced by alice@pve`,
      `qemu/${vmid} created by bob@pve`,
    ]);
    lab.as('alice@pve').destroy(vmid);
    lab.as('bob@pve').create('lxc', { vmid, node, name: 'ct', rootfs: 'local-lvm:4' });
    await world.poll();
    expect(await world.told()).toEqual([
      `qemu/${vmid} removed replaced by alice@pve`,
      `lxc/${vmid} created by bob@pve`,
    ]);
    await world.fullRun();
    expect(await world.told()).toEqual([]);
  });

  it('records a change before its task has ended, and the rest of it after', async () => {
    const world = await open({ taskDurationMs: 25_000 });
    const { lab } = world;
    const { vmid } = pick(lab, 'qemu', 'stopped');
    lab.as('alice@pve').start(vmid);
    await world.poll();
    expect(await world.told()).toEqual([`qemu/${vmid} changed status by alice@pve`]);
    await world.poll();
    await world.poll();
    expect(world.calls().length).toBeGreaterThan(2);
    await world.fullRun();
    expect(await world.told()).toEqual([]);
  });

  it('names who edited a machine between the poll and the read', async () => {
    const world = await open();
    const { lab } = world;
    const { vmid } = pick(lab, 'qemu', 'running');
    lab.as('alice@pve').setConfig(vmid, { description: 'one' });
    const undo = actBefore(lab, /\/config$/, () => lab.as('bob@pve').setConfig(vmid, { description: 'two' }));
    await world.poll();
    undo();
    expect(await world.told()).toEqual([
      `qemu/${vmid} changed from-log description by alice@pve`,
      `qemu/${vmid} changed from-log description by bob@pve`,
    ]);
    await world.poll();
    expect(await world.told()).toEqual([]);
  });

  it('reads a guest again that moved while it was read', async () => {
    const world = await open();
    const { lab } = world;
    const { vmid, node } = pick(lab, 'qemu', 'running');
    lab.as('alice@pve').setConfig(vmid, { description: 'one' });
    const undo = actBefore(lab, /\/config$/, () => lab.as('bob@pve').migrate(vmid, node === 'pve1' ? 'pve2' : 'pve1'));
    expect(await world.poll()).toMatchObject({ result: null });
    undo();
    await world.poll();
    expect((await world.told()).sort()).toEqual([
      `qemu/${vmid} changed description by alice@pve`,
      `qemu/${vmid} changed migrated node by bob@pve`,
    ]);
  });
});

describe('an inconclusive poll', () => {
  it('removes nothing when a node dies, and asks for a full run', async () => {
    const world = await open();
    world.lab.node('pve2').powerOff();
    expect(await world.poll()).toMatchObject({ result: null, fullRun: 'node pve2 was online and is offline' });
    expect(await world.poll()).toMatchObject({ result: null, fullRun: null });
    expect(await world.told()).toEqual([]);
  });

  it('leaves a guest that is hidden to a full run', async () => {
    const world = await open();
    const { lab } = world;
    const [hidden, ...others] = lab.guests();
    lab.acl.revoke('rollcall@pve!ro', '/');
    for (const path of ['/nodes', '/storage', ...others.map(({ vmid }) => `/vms/${vmid}`)]) {
      lab.acl.grant('rollcall@pve!ro', path, 'PVEAuditor');
    }
    lab.acl.grant('rollcall@pve!ro', '/', 'LogReader', false);
    const { result, fullRun } = await world.poll();
    expect(result).toBeNull();
    expect(fullRun).not.toBeNull();
    expect(await world.told()).toEqual([]);
    const guest = (await world.inventory.listGuests()).find(({ vmid }) => vmid === hidden?.vmid);
    expect(guest?.presence).toBe('present');
  });

  it('leaves a guest that is missing from a short listing to a full run', async () => {
    const world = await open({ vms: 12 });
    const heal = world.lab.faults.add({ match: /cluster\/resources/, effect: { kind: 'shorten', keep: 0.8 } });
    const { result, fullRun } = await world.poll();
    expect(result).toBeNull();
    expect(fullRun).not.toBeNull();
    heal();
    await world.poll();
    await world.poll();
    expect(await world.told()).toEqual([]);
    expect((await world.inventory.listGuests()).map(({ presence }) => presence)).not.toContain('gone');
  });

  it('asks for a full run when a configuration could not be read', async () => {
    const world = await open();
    const { vmid } = pick(world.lab, 'qemu', 'running');
    world.lab.as('alice@pve').setConfig(vmid, { description: 'hello' });
    const heal = world.lab.faults.add({ match: /\/config/, effect: { kind: 'status', status: 596 } });
    expect(await world.poll()).toMatchObject({ result: null, fullRun: expect.stringContaining('could not be read') });
    heal();
    await world.fullRun();
    expect(await world.told()).toEqual([`qemu/${vmid} changed description by alice@pve`]);
  });

  it('records nothing while another run has the lease, and all of it afterwards', async () => {
    const world = await open();
    const { vmid } = pick(world.lab, 'qemu', 'running');
    const repository = new SyncRepository(world.connection);
    const provider = await world.connection.db.provider.findFirstOrThrow();
    const lease = await repository.acquireLease(provider.id, {
      holder: '2@there',
      now: world.clock.now(),
      ttlMs: 60_000,
    });
    world.lab.as('alice@pve').setConfig(vmid, { description: 'hello' });
    expect(await world.poll()).toMatchObject({ result: { outcome: 'failed', error: { code: 'locked' } } });
    await repository.releaseLease(provider.id, lease);
    await world.poll();
    expect(await world.told()).toEqual([`qemu/${vmid} changed description by alice@pve`]);
  });

  it('tells that the cluster does not answer, and finds what happened meanwhile', async () => {
    const world = await open();
    const { vmid } = pick(world.lab, 'qemu', 'running');
    world.lab.as('alice@pve').setConfig(vmid, { description: 'hello' });
    const heal = world.lab.faults.add({ match: /cluster\/resources/, effect: { kind: 'reset' } });
    const statements = world.connection.statementCount();
    expect(await world.poll()).toMatchObject({ result: { outcome: 'failed', success: false }, fullRun: null });
    expect(world.connection.statementCount()).toBe(statements);
    heal();
    await world.poll();
    expect(await world.told()).toEqual([`qemu/${vmid} changed description by alice@pve`]);
  });
});

describe('a poll without the right to the log', () => {
  it('records what tasks and the listing tell, and leaves quiet edits to a full run', async () => {
    const world = await open({}, (lab) => {
      lab.acl.revoke('rollcall@pve!ro', '/');
      lab.acl.grant('rollcall@pve!ro', '/', 'PVEAuditor');
      return lab.auditorToken;
    });
    const { lab } = world;
    const [vm, off] = [pick(lab, 'qemu', 'running'), pick(lab, 'qemu', 'stopped')];
    lab.as('alice@pve').start(off.vmid);
    lab.as('alice@pve').setConfig(vm.vmid, { description: 'quiet' });
    await world.poll();
    expect(await world.told()).toEqual([`qemu/${off.vmid} changed status by alice@pve`]);
    await world.poll();
    expect(await world.told()).toEqual([]);
    await world.fullRun();
    expect(await world.told()).toEqual([`qemu/${vm.vmid} changed description`]);
    expect(await document(world, vm.vmid)).toMatchObject({ description: 'quiet' });
  });
});

/** A provider whose poll reports one changed guest. */
function serviceWithChange(world: FeedWorld, takenAt: Date, name = CONFIG.name): SyncService {
  const fail = () => Promise.reject(new Error('nothing is to be read'));
  const changed = [{ kind: 'qemu' as const, nativeId: '100', reason: 'update VM' }];
  return new SyncService({
    rules,
    provider: {
      poll: () => Promise.resolve({ cursor: { takenAt }, changed, fullRun: null }),
      discoverChanged: fail,
      discover: fail,
      probeAbsent: fail,
      probeStorages: fail,
      readLog: fail,
      readDetails: fail,
    },
    repository: new SyncRepository(world.connection),
    config: { ...CONFIG, name },
    maskKey: MASK_KEY,
    clock: world.clock.now,
    newId: () => 'x'.repeat(16),
    holder: '1@here',
    isDead: () => false,
  });
}

describe('changes of a poll', () => {
  it('of a provider of which nothing is known are left to a full run', async () => {
    const world = await open();
    const service = serviceWithChange(world, world.clock.now(), 'elsewhere');
    expect(await service.syncChanged(null)).toMatchObject({ result: null, fullRun: 'no guest is known yet' });
  });

  it('older than the last full run are polled again', async () => {
    const world = await open();
    const cursor = { takenAt: new Date(0) };
    const service = serviceWithChange(world, new Date(world.clock.now().getTime() - 1));
    expect(await service.syncChanged(cursor)).toEqual({ cursor, result: null, fullRun: null });
  });

  it('end with an interruption, and with a bug', async () => {
    const world = await open();
    const service = serviceWithChange(world, world.clock.now());
    await expect(service.syncChanged(null, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'interrupted',
    });
    await expect(service.syncChanged(null)).rejects.toThrow('nothing is to be read');
    expect(await world.connection.db.provider.findFirst()).toMatchObject({ leaseHolder: null });
  });
});
