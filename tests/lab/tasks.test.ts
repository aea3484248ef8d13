import { describe, expect, it } from '@jest/globals';
import type { Lab } from '../../src/lab/lab.ts';
import { call, getRow, getRows, messages } from './client.ts';
import { NOON, openLab, stoppedClock } from './labs.ts';

const QUIET = { vms: 0, containers: 0 } as const;
const MINUTE = 60_000;

async function post(lab: Lab, path: string, body: Record<string, string | number> = {}): Promise<string> {
  const reply = await call(lab, 'POST', path, { body });
  expect(reply).toMatchObject({ status: 200 });
  return String(reply.json['data']);
}

function statusOf(lab: Lab, upid: string) {
  const node = upid.split(':')[1] ?? '';
  return getRow(lab, `/nodes/${node}/tasks/${encodeURIComponent(upid)}/status`);
}

async function logOf(lab: Lab, upid: string): Promise<unknown[]> {
  const node = upid.split(':')[1] ?? '';
  const rows = await getRows(lab, `/nodes/${node}/tasks/${encodeURIComponent(upid)}/log?limit=0`);
  return rows.map((row) => row['t']);
}

describe('how tasks go', () => {
  it('each as long as a rule says, by type, guest and node, until the rule is used up or taken away', async () => {
    const { clock, forward } = stoppedClock();
    const lab = await openLab({ ...QUIET, clock });
    for (const vmid of [100, 101, 102]) lab.as('root@pam').create('qemu', { vmid });
    lab.taskRules.add({ type: 'qmstart', durationMs: MINUTE });
    lab.taskRules.add({ type: ['qmstart', 'qmstop'], vmid: 101, node: 'pve1', times: 1, durationMs: 2 * MINUTE });
    lab.taskRules.add({ vmid: 102, node: 'pve2', durationMs: 9 * MINUTE });
    const upids = [100, 101, 102].map((vmid) => lab.as('root@pam').start(vmid));
    const running = () =>
      lab
        .tasks()
        .filter(({ exit }) => exit === null)
        .map(({ id }) => id);
    expect(running()).toEqual(['100', '101', '102']);
    forward(MINUTE);
    expect(running()).toEqual(['101']);
    forward(MINUTE);
    expect(running()).toEqual([]);
    expect(await statusOf(lab, upids[1] ?? '')).toMatchObject({ status: 'stopped', exitstatus: 'OK' });
    lab.as('root@pam').stop(101);
    expect(running()).toEqual([]);
    lab.taskRules.clear();
    lab.as('root@pam').start(101);
    expect(running()).toEqual([]);
    const remove = lab.taskRules.add({ durationMs: MINUTE });
    remove();
    lab.as('root@pam').stop(100);
    expect(running()).toEqual([]);
  });

  it('one fails although it was accepted, and nothing has happened', async () => {
    const { clock, forward } = stoppedClock();
    const lab = await openLab({ ...QUIET, clock });
    lab.as('root@pam').create('qemu', { vmid: 100 });
    lab.taskRules.add({ type: 'qmstart', durationMs: MINUTE, ending: { kind: 'fails', text: 'start failed: no KVM' } });
    const upid = await post(lab, '/nodes/pve1/qemu/100/status/start');
    expect(await statusOf(lab, upid)).toMatchObject({ status: 'running' });
    forward(MINUTE);
    expect(await statusOf(lab, upid)).toMatchObject({ status: 'stopped', exitstatus: 'start failed: no KVM' });
    expect(await logOf(lab, upid)).toEqual(['TASK ERROR: start failed: no KVM']);
    expect(await messages(lab)).toContain(`end task ${upid} start failed: no KVM`);
    expect(lab.guest(100).power).toBe('stopped');
    lab.taskRules.clear();
    lab.taskRules.add({ type: 'qmstart', ending: { kind: 'fails', text: 'late trouble', isDone: true } });
    const done = await post(lab, '/nodes/pve1/qemu/100/status/start');
    expect(await statusOf(lab, done)).toMatchObject({ exitstatus: 'late trouble' });
    expect(lab.guest(100).power).toBe('running');
  });

  it('one ends with warnings, and what it was for has happened', async () => {
    const lab = await openLab(QUIET);
    lab.as('root@pam').create('qemu', { vmid: 100 });
    lab.taskRules.add({ type: 'qmstart', ending: { kind: 'warns', count: 2 } });
    const upid = await post(lab, '/nodes/pve1/qemu/100/status/start');
    expect(await statusOf(lab, upid)).toMatchObject({ exitstatus: 'WARNINGS: 2' });
    expect(await logOf(lab, upid)).toEqual(['TASK WARNINGS: 2']);
    expect(lab.guest(100).power).toBe('running');
  });

  it('one hangs until it is stopped, and then leaves no lock', async () => {
    const { clock, forward } = stoppedClock();
    const lab = await openLab({ ...QUIET, clock });
    lab.as('root@pam').create('qemu', { vmid: 100 });
    lab.taskRules.add({ type: 'qmigrate', ending: { kind: 'hangs' } });
    const upid = await post(lab, '/nodes/pve1/qemu/100/migrate', { target: 'pve2' });
    forward(1000 * MINUTE);
    expect(await statusOf(lab, upid)).toMatchObject({ status: 'running' });
    expect(lab.guest(100)).toMatchObject({ node: 'pve1', lock: 'migrate' });
    expect((await call(lab, 'DELETE', `/nodes/pve1/tasks/${encodeURIComponent(upid)}`)).status).toBe(200);
    expect(await statusOf(lab, upid)).toMatchObject({ status: 'stopped', exitstatus: 'received interrupt' });
    expect(lab.guest(100)).toMatchObject({ node: 'pve1', lock: null });
    lab.taskRules.clear();
    lab.taskRules.add({ type: 'qmigrate', ending: { kind: 'hangs', isDone: true } });
    await post(lab, '/nodes/pve1/qemu/100/migrate', { target: 'pve2' });
    expect(lab.guest(100).node).toBe('pve2');
  });

  it('the process of one dies: nobody knows how it ended, and its lock stays', async () => {
    const { clock, forward } = stoppedClock();
    const lab = await openLab({ ...QUIET, clock });
    lab.as('root@pam').create('qemu', { vmid: 100 });
    lab.taskRules.add({ type: 'qmsnapshot', durationMs: MINUTE, lines: ['saving'], ending: { kind: 'dies' } });
    const upid = await post(lab, '/nodes/pve1/qemu/100/snapshot', { snapname: 'one' });
    expect(lab.guest(100)).toMatchObject({ lock: 'snapshot', snapshots: [] });
    forward(MINUTE);
    expect(await statusOf(lab, upid)).toMatchObject({ status: 'stopped', exitstatus: 'unexpected status' });
    expect(await logOf(lab, upid)).toEqual(['saving']);
    expect(lab.guest(100)).toMatchObject({ lock: 'snapshot', snapshots: [] });
    lab.taskRules.clear();
    lab.as('root@pam').create('qemu', { vmid: 101 });
    lab.taskRules.add({ type: 'qmsnapshot', ending: { kind: 'dies', isDone: true } });
    await post(lab, '/nodes/pve1/qemu/101/snapshot', { snapname: 'one' });
    expect(lab.guest(101)).toMatchObject({ lock: null, snapshots: ['one'] });
  });

  it('its log grows while it runs', async () => {
    const { clock, forward } = stoppedClock();
    const lab = await openLab({ ...QUIET, clock });
    lab.as('root@pam').create('qemu', { vmid: 100 });
    lab.taskRules.add({ durationMs: 3 * MINUTE, lines: ['a third', 'two thirds'] });
    const upid = await post(lab, '/nodes/pve1/qemu/100/status/start');
    expect(await logOf(lab, upid)).toEqual(['no content']);
    forward(MINUTE);
    expect(await logOf(lab, upid)).toEqual(['a third']);
    forward(MINUTE);
    expect(await logOf(lab, upid)).toEqual(['a third', 'two thirds']);
    forward(MINUTE);
    expect(await logOf(lab, upid)).toEqual(['a third', 'two thirds', 'TASK OK']);
  });

  it('a node that is lost takes its tasks with it', async () => {
    const { clock, forward } = stoppedClock();
    const lab = await openLab({ ...QUIET, clock, taskDurationMs: MINUTE, taskEffect: 'at-end' });
    const root = lab.as('root@pam');
    root.create('qemu', { vmid: 100, node: 'pve2' });
    root.create('qemu', { vmid: 101, node: 'pve2' });
    forward(MINUTE);
    const upid = root.migrate(100, 'pve1');
    root.start(101);
    lab.node('pve2').powerOff();
    forward(MINUTE);
    expect(lab.guest(100)).toMatchObject({ node: 'pve2', lock: 'migrate' });
    expect(lab.guest(101)).toMatchObject({ power: 'stopped', lock: null });
    expect((await call(lab, 'GET', `/nodes/pve2/tasks/${encodeURIComponent(upid)}/status`)).status).toBe(595);
    lab.node('pve2').powerOn();
    expect(await statusOf(lab, upid)).toMatchObject({ status: 'stopped', exitstatus: 'unexpected status' });
    expect((await messages(lab)).some((line) => line.startsWith(`end task ${upid}`))).toBe(false);
    root.start(101);
    forward(MINUTE);
    expect(lab.guest(101).power).toBe('running');
  });
});

describe('what tasks do at their end', () => {
  const open = async () => {
    const { clock, forward } = stoppedClock();
    const lab = await openLab({ ...QUIET, clock, taskDurationMs: MINUTE, taskEffect: 'at-end' });
    const root = lab.as('root@pam');
    root.create('qemu', { vmid: 100, scsi0: 'local-lvm:8' });
    expect(lab.guest(100).lock).toBe('create');
    forward(MINUTE);
    expect(lab.guest(100).lock).toBeNull();
    return { lab, root, forward };
  };

  it('a start holds the file of the guest, without a lock that is seen', async () => {
    const { lab, root, forward } = await open();
    root.start(100);
    expect(lab.guest(100)).toMatchObject({ power: 'stopped', lock: null });
    const reason = "can't lock file '/var/lock/qemu-server/lock-100.conf' - got timeout";
    expect(await call(lab, 'PUT', '/nodes/pve1/qemu/100/config', { body: { cores: 2 } })).toMatchObject({
      status: 500,
      reason,
    });
    forward(MINUTE);
    expect(lab.guest(100).power).toBe('running');
    expect((await call(lab, 'PUT', '/nodes/pve1/qemu/100/config', { body: { cores: 2 } })).status).toBe(200);
  });

  it.each<[string, (lab: Lab) => unknown, Partial<ReturnType<Lab['guest']>>]>([
    ['snapshot', (lab) => lab.as('root@pam').snapshot(100, 'one'), { snapshots: ['one'] }],
    ['migrate', (lab) => lab.as('root@pam').migrate(100, 'pve2'), { node: 'pve2' }],
  ])('a lock (%s) is seen until then, and refuses others', async (lock, begin, after) => {
    const { lab, root, forward } = await open();
    begin(lab);
    expect(lab.guest(100)).toMatchObject({ node: 'pve1', snapshots: [], lock });
    expect(() => root.setConfig(100, { cores: 2 })).toThrow(`VM is locked (${lock})`);
    forward(MINUTE);
    expect(lab.guest(100)).toMatchObject({ lock: null, ...after });
  });

  it('backup, deletion of a snapshot, rollback, clone, restore and destruction have theirs', async () => {
    const { lab, root, forward } = await open();
    root.snapshot(100, 'one');
    forward(MINUTE);
    const lockDuring = (begin: () => unknown, vmid = 100): string | null => {
      begin();
      const { lock } = lab.guest(vmid);
      forward(MINUTE);
      return lock;
    };
    const vzdump = () => call(lab, 'POST', '/nodes/pve1/vzdump', { body: { vmid: 100, storage: 'backup' } });
    await vzdump();
    expect(lockDuring(() => undefined)).toBe('backup');
    const [backup] = await getRows(lab, '/nodes/pve1/storage/backup/content?content=backup');
    expect(lockDuring(() => root.rollback(100, 'one'))).toBe('rollback');
    expect(lockDuring(() => root.deleteSnapshot(100, 'one'))).toBe('snapshot-delete');
    expect(lab.guest(100).snapshots).toEqual([]);
    expect(lockDuring(() => root.clone(100, { newid: 101, full: true, target: 'pve2' }), 101)).toBe('clone');
    expect(lab.guest(101)).toMatchObject({ node: 'pve2', lock: null });
    const volid = String(backup?.['volid']);
    expect(lockDuring(() => root.restore(volid, { vmid: 102 }), 102)).toBe('create');
    expect(lockDuring(() => root.restore(volid, { vmid: 102, force: true }), 102)).toBe('create');
    expect(lockDuring(() => root.destroy(100))).toBe('destroyed');
    expect(lab.guests().map(({ vmid, lock }) => [vmid, lock])).toEqual([
      [101, null],
      [102, null],
    ]);
  });

  it('a clone that fails is gone again', async () => {
    const { lab, root, forward } = await open();
    lab.taskRules.add({ type: 'qmclone', ending: { kind: 'fails', text: 'clone failed: no space left on device' } });
    root.clone(100, { newid: 101, full: true });
    expect(lab.guest(101).lock).toBe('clone');
    forward(MINUTE);
    expect(() => lab.guest(101)).toThrow(RangeError);
  });

  it('what cannot be fails at once, and what has become impossible meanwhile at the end', async () => {
    const { lab, root, forward } = await open();
    const upid = root.rollback(100, 'nope');
    expect(await statusOf(lab, upid)).toMatchObject({ exitstatus: "snapshot 'nope' does not exist" });
    const migration = root.migrate(100, 'pve2');
    lab.node('pve2').powerOff();
    forward(MINUTE);
    expect(await statusOf(lab, migration)).toMatchObject({ exitstatus: 'migration aborted' });
    expect(lab.guest(100)).toMatchObject({ node: 'pve1', lock: null });
  });

  it('works with the real clock', async () => {
    const lab = await openLab({ ...QUIET, taskEffect: 'at-end' });
    lab.as('root@pam').create('qemu', { vmid: 100 });
    lab.taskRules.add({ type: 'qmstart', durationMs: 40 });
    lab.as('root@pam').start(100);
    expect(lab.guest(100).power).toBe('stopped');
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(lab.guest(100).power).toBe('running');
  });
});

describe('the greatest number of tasks at the same instant', () => {
  it('is counted in all, by node, storage and type; a migration counts for both nodes', async () => {
    const { clock, forward } = stoppedClock();
    const lab = await openLab({ ...QUIET, clock });
    const root = lab.as('root@pam');
    for (const vmid of [100, 101, 102]) root.create('qemu', { vmid, scsi0: 'local-lvm:8', node: 'pve1' });
    expect(lab.concurrency()).toEqual({
      all: 1,
      perNode: { pve1: 1 },
      perStorage: { 'local-lvm': 1 },
      perType: { qmcreate: 1 },
    });
    lab.taskRules.add({ durationMs: MINUTE });
    root.start(100);
    root.start(101);
    root.migrate(102, 'pve2');
    forward(MINUTE);
    root.moveDisk(100, 'scsi0', 'shared');
    root.clone(102, { newid: 103, full: true });
    expect(lab.concurrency()).toEqual({
      all: 3,
      perNode: { pve1: 3, pve2: 1 },
      perStorage: { 'local-lvm': 2, shared: 1 },
      perType: { qmcreate: 1, qmstart: 2, qmigrate: 1, qmmove: 1, qmclone: 1 },
    });
    expect(lab.concurrency(({ type }) => type === 'qmstart')).toMatchObject({ all: 2, perNode: { pve1: 2 } });
  });
});

it('tells the tasks that it had since it began', async () => {
  const { clock } = stoppedClock();
  const lab = await openLab({ clock, taskDurationMs: 1 });
  expect(lab.tasks()).toEqual([]);
  const upid = lab.as('alice@pve').start(103);
  expect(lab.tasks()).toEqual([
    { upid, node: 'pve1', type: 'qmstart', id: '103', authid: 'alice@pve', starttime: NOON / 1000, exit: null },
  ]);
});
