import { describe, expect, it } from '@jest/globals';
import { powerState } from '../../src/providers/proxmox/power-state.ts';
import type { ReplayAnswers } from '../helpers/replay-server.ts';
import { openWorld } from '../helpers/world.ts';
import { type FieldGuest, type FieldState, type FieldWorld, ok, openField } from './field-world.ts';

const UPID = 'UPID:pve1:0012A001:00ABCDEF:6927D100:vzdump::root@pam:';
const BACKUP = { upid: UPID, node: 'pve1', starttime: 1_764_217_088, type: 'vzdump', id: '', user: 'root@pam' };

function running(vmid: number, name: string, more: object = {}): FieldGuest {
  return { type: 'qemu', vmid, name, status: 'running', uptime: 50, ...more };
}

/** The node's list with QEMU's own states. */
function full(...rows: object[]): ReplayAnswers {
  return { 'GET /nodes/pve1/qemu?full=1': ok(rows.map((row) => ({ status: 'running', cpus: 1, ...row }))) };
}

async function statuses(world: FieldWorld): Promise<unknown[]> {
  const { rows } = await world.rollcall('list-vms -o json');
  return rows.map(({ vmid, status, qmpstatus }) => [vmid, status, qmpstatus]);
}

describe('power states', () => {
  it.each([
    ['running', undefined, undefined, { status: 'running', qmpstatus: null, doubt: 'pause' }],
    ['running', 'running', 'backup', { status: 'running', qmpstatus: null, doubt: null }],
    ['running', 'paused', undefined, { status: 'suspended', qmpstatus: 'paused', doubt: null }],
    ['running', 'io-error', 'backup', { status: 'suspended', qmpstatus: 'io-error', doubt: null }],
    ['running', 'prelaunch', '', { status: 'suspended', qmpstatus: 'prelaunch', doubt: null }],
    ['running', 'prelaunch', 'backup', { status: 'stopped', qmpstatus: null, doubt: 'all' }],
    ['running', 'paused', 'backup', { status: 'running', qmpstatus: null, doubt: 'all' }],
    ['running', 'finish-migrate', undefined, { status: 'running', qmpstatus: null, doubt: 'all' }],
    ['stopped', 'stopped', 'suspended', { status: 'suspended', qmpstatus: null, doubt: null }],
    ['stopped', 'stopped', 'backup', { status: 'stopped', qmpstatus: null, doubt: null }],
    ['unknown', undefined, undefined, null],
  ])('%s, %s, lock %s', (status, qmpstatus, lock, expected) => {
    expect(powerState('qemu', { status, qmpstatus, lock })).toEqual(expected);
  });

  it('of a container need no word of QEMU', () => {
    expect(powerState('lxc', { status: 'running' })).toEqual({ status: 'running', qmpstatus: null, doubt: null });
  });
});

describe('a machine with a process that does not run', () => {
  const guests = [running(103, 'win10'), running(104, 'full-disk'), running(105, 'starting'), running(106, 'web')];
  const answers = full(
    { vmid: 103, name: 'win10', qmpstatus: 'paused' },
    { vmid: 104, name: 'full-disk', qmpstatus: 'io-error' },
    { vmid: 105, name: 'starting', qmpstatus: 'prelaunch' },
    { vmid: 106, name: 'web', qmpstatus: 'running' },
  );

  it('is suspended, and the lists say why', async () => {
    const world = await openField({ guests, answers });
    await world.rollcall('discover-all');
    const { stdout } = await world.rollcall('list-vms --status suspended');
    expect(stdout).toMatch(/win10 +pve1 +suspended \(paused\)/);
    expect(stdout).toMatch(/full-disk +pve1 +suspended \(io-error\)/);
    expect(stdout).toMatch(/starting +pve1 +suspended \(prelaunch\)/);
    expect((await world.rollcall('list-vms --status running -o name')).stdout).toBe('pve/106\n');
    expect((await world.rollcall('show-vm 104')).stdout).toMatch(/^status +suspended \(io-error\)/m);
    expect((await world.rollcall('list-vms -o csv --columns vmid,status,qmpstatus')).stdout).toContain(
      '104,suspended,io-error\n',
    );
  });

  it('stays so while the node cannot tell, and a list without QEMU’s states is read where there is no other', async () => {
    const world = await openField({ guests, answers });
    await world.rollcall('discover-all');
    world.advance(5);
    world.set({ guests });
    expect((await world.rollcall('discover-all')).status).toBe(0);
    expect(await statuses(world)).toContainEqual([104, 'suspended', 'io-error']);
    expect((await world.rollcall('show-changes --since 1m -o json')).rows).toEqual([]);
    // Its process ended and began again, which any list tells.
    world.advance(5);
    world.set({ guests: [{ type: 'qemu', vmid: 104, name: 'full-disk', status: 'stopped' }] });
    await world.rollcall('discover-all');
    world.advance(5);
    world.set({ guests: [running(104, 'full-disk')] });
    await world.rollcall('discover-all');
    expect(await statuses(world)).toContainEqual([104, 'running', null]);
  });

  it('costs no call more than before', async () => {
    const world = await openField({ guests, answers });
    await world.rollcall('discover-all');
    expect(world.requests.filter(({ path }) => path.startsWith('/nodes/pve1/qemu?'))).toHaveLength(1);
    expect(world.requests.map(({ path }) => path)).not.toContain('/nodes/pve1/qemu');
  });
});

describe('a backup', () => {
  const config = { name: 'archive', memory: '512', cores: 1, digest: 'd' };
  const stopped: FieldGuest = { type: 'qemu', vmid: 110, name: 'archive', status: 'stopped' };

  async function backup(before: FieldState, during: FieldState): Promise<FieldWorld> {
    const world = await openField(before);
    await world.rollcall('discover-all');
    world.advance(5);
    world.set({ ...during, tasks: [{ ...BACKUP, status: 'RUNNING' }] });
    await world.rollcall('discover-all');
    return world;
  }

  it('of a stopped machine starts nothing', async () => {
    const locked = { ...config, lock: 'backup' };
    const world = await backup(
      { guests: [stopped], configs: { 110: config } },
      {
        guests: [running(110, 'archive', { lock: 'backup' })],
        configs: { 110: locked },
        answers: full({ vmid: 110, name: 'archive', qmpstatus: 'prelaunch', lock: 'backup' }),
      },
    );
    expect(await statuses(world)).toEqual([[110, 'stopped', null]]);
    world.advance(5);
    world.set({
      guests: [stopped],
      configs: { 110: config },
      tasks: [{ ...BACKUP, endtime: 1_764_217_300, status: 'OK' }],
    });
    await world.rollcall('discover-all');
    expect((await world.rollcall('show-changes --guest 110 --kind changed -o json')).rows).toEqual([]);
    expect((await world.rollcall('list-tasks -o json')).rows).toMatchObject([{ type: 'vzdump', state: 'ok' }]);
  });

  it('that pauses a running machine leaves it running, and one that is met first is off', async () => {
    const during = {
      guests: [running(110, 'archive', { lock: 'backup' }), running(111, 'new', { lock: 'backup' })],
      answers: full(
        { vmid: 110, name: 'archive', qmpstatus: 'paused', lock: 'backup' },
        { vmid: 111, name: 'new', qmpstatus: 'prelaunch', lock: 'backup' },
      ),
    };
    const world = await backup({ guests: [running(110, 'archive')] }, during);
    expect(await statuses(world)).toEqual([
      [110, 'running', null],
      [111, 'stopped', null],
    ]);
    expect((await world.rollcall('show-changes --guest 110 --kind changed -o json')).rows).toEqual([]);
  });

  it('leaves a machine paused that somebody has paused', async () => {
    const paused = full({ vmid: 110, name: 'archive', qmpstatus: 'paused' });
    const world = await backup(
      { guests: [running(110, 'archive')], answers: paused },
      {
        guests: [running(110, 'archive', { lock: 'backup' })],
        answers: full({ vmid: 110, name: 'archive', qmpstatus: 'paused', lock: 'backup' }),
      },
    );
    expect(await statuses(world)).toEqual([[110, 'suspended', 'paused']]);
  });
});

describe('a pause', () => {
  it('and its end are changes of the power state, by whoever made them', async () => {
    const { lab, clock, ...world } = await openWorld();
    const rollcall = (line: string) => world.rollcall(line);
    await rollcall('discover-all');
    clock.advance(60_000);
    lab.as('admin@pve').suspend(100);
    await rollcall('discover-all');
    clock.advance(60_000);
    lab.as('root@pam').resume(100);
    await rollcall('discover-all');
    const { rows } = await rollcall('show-changes --guest 100 --kind changed -o json');
    const told = rows.map(
      ({ path, before, after, actor }) => `${String(path)} ${String(before)} → ${String(after)} by ${String(actor)}`,
    );
    expect(new Set(told)).toEqual(
      new Set([
        'qmpstatus null → paused by admin@pve',
        'status running → suspended by admin@pve',
        'qmpstatus paused → null by root@pam',
        'status suspended → running by root@pam',
      ]),
    );
  });
});
