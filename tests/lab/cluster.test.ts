import { describe, expect, it } from '@jest/globals';
import { call, findRow, getRow, getRows, messages } from './client.ts';
import { openLab, stoppedClock } from './labs.ts';

describe('a node that is off', () => {
  it('leaves its guests as they were for five minutes, and then only their ids', async () => {
    const { clock, forward } = stoppedClock();
    const lab = await openLab({ clock });
    const before = await findRow(lab, '/cluster/resources', { vmid: 101 });
    expect(before).toMatchObject({ node: 'pve2', status: 'running' });
    lab.node('pve2').powerOff();
    forward(299_000);
    expect(await findRow(lab, '/cluster/resources', { vmid: 101 })).toEqual(before);
    expect(await findRow(lab, '/cluster/resources', { id: 'node/pve2' })).toMatchObject({
      status: 'offline',
      maxcpu: expect.any(Number),
    });
    forward(2_000);
    const { id, vmid, node, type, tags, hastate } = before ?? {};
    expect(await findRow(lab, '/cluster/resources', { vmid: 101 })).toEqual({
      id,
      vmid,
      node,
      type,
      tags,
      hastate,
      status: 'unknown',
    });
    expect(await findRow(lab, '/cluster/resources', { id: 'node/pve2' })).toEqual({
      id: 'node/pve2',
      node: 'pve2',
      type: 'node',
      status: 'offline',
      'cgroup-mode': 2,
      hastate: 'online',
    });
    expect(await findRow(lab, '/cluster/resources', { id: 'storage/pve2/local' })).toMatchObject({ status: 'unknown' });
    expect(await findRow(lab, '/nodes', { node: 'pve2' })).toMatchObject({ status: 'offline' });
    expect(await findRow(lab, '/cluster/status', { name: 'pve2' })).toMatchObject({ online: 0 });
    expect(await findRow(lab, '/cluster/status', { type: 'cluster' })).toMatchObject({ quorate: 1 });
    const reply = await call(lab, 'GET', '/nodes/pve2/qemu');
    expect(reply).toMatchObject({ status: 595, reason: 'No route to host', text: '' });
    lab.node('pve2').powerOn();
    expect(await findRow(lab, '/cluster/resources', { vmid: 101 })).toMatchObject({
      status: 'running',
      name: before?.['name'],
    });
  });

  it('the rights are looked at before the way to the node', async () => {
    const lab = await openLab();
    lab.node('pve2').powerOff();
    expect((await call(lab, 'GET', '/nodes/pve2/status', { token: lab.noRightsToken })).status).toBe(403);
  });

  it('nobody answers when it is the one that was asked', async () => {
    const lab = await openLab();
    lab.node('pve1').powerOff();
    await expect(call(lab, 'GET', '/version')).rejects.toThrow();
    lab.node('pve1').powerOn();
    expect((await call(lab, 'GET', '/version')).status).toBe(200);
  });

  it('frozen, it hangs, though the cluster sees it', async () => {
    const lab = await openLab({ frozenDelayMs: 60 });
    lab.node('pve2').freeze();
    const startedAt = performance.now();
    expect(await call(lab, 'GET', '/nodes/pve2/qemu')).toMatchObject({ status: 596, reason: 'Connection timed out' });
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(55);
    expect(await findRow(lab, '/cluster/status', { name: 'pve2' })).toMatchObject({ online: 1 });
    lab.node('pve2').thaw();
    expect((await call(lab, 'GET', '/nodes/pve2/qemu')).status).toBe(200);
  });

  it('silent for long, nobody knows about it', async () => {
    const lab = await openLab();
    lab.forgetStats('pve2');
    expect(await findRow(lab, '/cluster/resources', { id: 'node/pve2' })).toMatchObject({ status: 'unknown' });
    expect(await findRow(lab, '/cluster/resources', { vmid: 101 })).toMatchObject({ status: 'unknown' });
    expect(() => lab.node('nope')).toThrow('the lab has no node nope');
  });
});

describe('quorum', () => {
  it('follows the votes; two nodes have a third vote between them', async () => {
    const pair = await openLab({ nodes: 2 });
    pair.node('pve2').powerOff();
    expect(await findRow(pair, '/cluster/status', { type: 'cluster' })).toMatchObject({ quorate: 1 });
    const lab = await openLab();
    lab.node('pve2').powerOff();
    expect(await findRow(lab, '/cluster/status', { type: 'cluster' })).toMatchObject({ quorate: 1 });
    lab.node('pve3').powerOff();
    expect(await findRow(lab, '/cluster/status', { type: 'cluster' })).toMatchObject({ quorate: 0 });
    lab.quorum(true);
    expect(await findRow(lab, '/cluster/status', { type: 'cluster' })).toMatchObject({ quorate: 1 });
  });

  it('without it reads work, the others are out of sight, and writes fail', async () => {
    const lab = await openLab();
    lab.quorum(false);
    expect(await findRow(lab, '/cluster/status', { type: 'cluster' })).toMatchObject({ quorate: 0 });
    expect(await findRow(lab, '/cluster/status', { name: 'pve2' })).toMatchObject({ online: 0 });
    expect(await findRow(lab, '/cluster/ha/status/current', { id: 'quorum' })).toMatchObject({ quorate: 0 });
    expect((await call(lab, 'GET', '/nodes/pve2/qemu')).status).toBe(595);
    expect((await call(lab, 'GET', '/nodes/pve1/qemu/100/config')).status).toBe(200);
    const post = (path: string, body: Record<string, string> = {}) => call(lab, 'POST', path, { body });
    expect(await post('/nodes/pve1/qemu/103/status/start')).toMatchObject({
      status: 500,
      reason: 'cluster not ready - no quorum?',
    });
    expect(await post('/nodes/pve1/qemu', { vmid: '130' })).toMatchObject({
      status: 500,
      reason: 'cluster not ready - no quorum?',
    });
    expect(await call(lab, 'PUT', '/nodes/pve1/qemu/100/config', { body: { onboot: '1' } })).toMatchObject({
      status: 500,
      reason: expect.stringMatching(/^unable to open file .*Permission denied$/),
    });
    expect(await call(lab, 'PUT', '/pools/prod', { body: { vms: '103' } })).toMatchObject({
      status: 500,
      reason: expect.stringContaining('no quorum!'),
    });
    expect(await post('/cluster/ha/resources', { sid: 'vm:103' })).toMatchObject({
      status: 500,
      reason: expect.stringContaining('no quorum!'),
    });
    await post('/nodes/pve1/qemu/100/snapshot', { snapname: 'nq' });
    expect((await getRows(lab, '/nodes/pve1/tasks'))[0]).toMatchObject({
      status: expect.stringContaining('Permission denied'),
    });
    expect((await post('/nodes/pve1/qemu/100/status/stop')).status).toBe(200);
  });

  it('is no question for a single host', async () => {
    const lab = await openLab({ clusterName: null });
    const rows = await getRows(lab, '/cluster/status');
    expect(rows).toEqual([expect.objectContaining({ type: 'node', nodeid: 0, name: 'pve1', local: 1 })]);
    expect(await getRows(lab, '/cluster/ha/resources')).toEqual([]);
  });
});

describe('time', () => {
  it('rows may lag behind what the nodes say', async () => {
    const { clock, forward } = stoppedClock();
    const lab = await openLab({ clock, broadcastLagMs: 10_000 });
    lab.as('root@pam').stop(100);
    lab.as('root@pam').setConfig(100, { name: 'renamed' });
    const vmid = lab.as('root@pam').create('qemu', { name: 'new' });
    const row = () => findRow(lab, '/cluster/resources', { vmid: 100 });
    expect(await row()).toMatchObject({ status: 'running', name: expect.not.stringMatching('renamed') });
    expect(await findRow(lab, '/nodes/pve1/qemu', { vmid: 100 })).toMatchObject({ status: 'stopped', name: 'renamed' });
    expect(await findRow(lab, '/cluster/resources', { vmid })).toEqual({
      id: `qemu/${vmid}`,
      vmid,
      node: 'pve1',
      type: 'qemu',
      status: 'unknown',
    });
    forward(10_000);
    expect(await row()).toMatchObject({ status: 'stopped', name: 'renamed' });
    expect(await findRow(lab, '/cluster/resources', { vmid })).toMatchObject({ name: 'new', status: 'stopped' });
  });

  it('a task runs until its time is over; only then its end is in the log', async () => {
    const { clock, forward } = stoppedClock();
    const lab = await openLab({ clock, taskDurationMs: 5_000 });
    const upid = lab.as('root@pam!lab').reboot(100);
    const path = `/nodes/pve1/tasks/${encodeURIComponent(upid)}`;
    expect(await getRow(lab, `${path}/status`)).toMatchObject({ status: 'running', user: 'root@pam', tokenid: 'lab' });
    expect(await getRows(lab, `${path}/log`)).toEqual([{ n: 1, t: 'no content' }]);
    expect(await getRows(lab, '/nodes/pve1/tasks?source=active')).toEqual([
      expect.objectContaining({ upid, status: 'RUNNING', user: 'root@pam!lab', saved: '0' }),
    ]);
    expect(await findRow(lab, '/nodes/pve1/tasks', { upid })).toBeUndefined();
    expect(await findRow(lab, '/cluster/tasks', { upid })).not.toHaveProperty('status');
    expect((await messages(lab))[0]).toBe(`starting task ${upid}`);
    forward(5_000);
    expect(await getRow(lab, `${path}/status`)).toMatchObject({ status: 'stopped', exitstatus: 'OK' });
    expect((await messages(lab))[0]).toBe(`end task ${upid} OK`);
    expect(await findRow(lab, '/nodes/pve1/tasks', { upid })).toMatchObject({
      endtime: Math.floor(clock() / 1000),
      status: 'OK',
    });

    const second = lab.as('root@pam').reboot(100);
    await call(lab, 'DELETE', `/nodes/pve1/tasks/${encodeURIComponent(second)}`);
    await call(lab, 'DELETE', `/nodes/pve1/tasks/${encodeURIComponent(second)}`);
    expect(await findRow(lab, '/nodes/pve1/tasks?errors=1', { upid: second })).toMatchObject({
      status: 'received interrupt',
    });
  });

  it('lists of tasks can be paged and filtered', async () => {
    const { clock, forward } = stoppedClock();
    const lab = await openLab({ clock, vms: 2, containers: 0, nodes: 1 });
    const alice = lab.as('alice@pve');
    for (let index = 0; index < 60; index += 1) {
      forward(1_000);
      alice.reboot(100);
    }
    lab.as('root@pam').setHa(101, null);
    alice.start(101);
    const list = (query: string) => getRows(lab, `/nodes/pve1/tasks?${query}`);
    expect(await list('')).toHaveLength(50);
    const all = await list('limit=500');
    expect((await call(lab, 'GET', '/nodes/pve1/tasks?limit=0')).json).toMatchObject({ data: [], total: all.length });
    expect(await list('start=5&limit=3')).toEqual(all.slice(5, 8));
    expect(await list('vmid=101&userfilter=alice')).toHaveLength(1);
    expect(await list('statusfilter=error')).toEqual([all[0]]);
    expect(await list('statusfilter=ok,warning&typefilter=qmreboot&limit=100')).toHaveLength(60);
    const since = Math.floor(clock() / 1000) - 4;
    expect(await list(`since=${since}&typefilter=qmreboot`)).toHaveLength(5);
    expect(await list(`since=${since}&until=${since}`)).toHaveLength(1);
    expect(await getRows(lab, '/cluster/tasks')).toHaveLength(25);
    const [first] = all;
    const path = `/nodes/pve1/tasks/${encodeURIComponent(String(first?.['upid']))}`;
    expect(await getRows(lab, path)).toEqual([{ name: 'log' }, { name: 'status' }]);
    expect(await getRows(lab, `${path}/log?limit=0`)).toEqual([{ n: 1, t: 'TASK ERROR: VM 101 already running' }]);
    expect(await getRows(lab, `${path}/log?start=9&limit=1`)).toEqual([]);
    const unknown = encodeURIComponent('UPID:pve1:00000001:00000002:6B00F8A6:qmstart:100:root@pam:');
    expect(await getRow(lab, `/nodes/pve1/tasks/${unknown}/log`)).toEqual({
      n: 1,
      t: 'unable to open file - No such file or directory',
    });
    expect(await call(lab, 'GET', `/nodes/pve1/tasks/${unknown}/status`)).toMatchObject({
      status: 400,
      json: { errors: { upid: 'no such task' } },
    });
  });

  it('the cluster log is a ring', async () => {
    const lab = await openLab({ vms: 1, containers: 0 });
    const root = lab.as('root@pam');
    for (let index = 0; index < 200; index += 1) root.setConfig(100, { description: `${index} ${'ü'.repeat(900)}` });
    const lines = await messages(lab);
    expect(lines.length).toBeLessThan(30);
    expect(lines[0]).toContain('update VM 100: -description 199 \\u00fc');
    expect(await getRows(lab, '/cluster/log?max=3')).toHaveLength(3);
  });
});

describe('the seed', () => {
  const everything = async (seed: number): Promise<string> => {
    const { clock } = stoppedClock();
    const lab = await openLab({ clock, seed });
    lab.as('alice@pve').create('qemu', { net0: 'virtio' });
    const paths = [
      '/cluster/resources',
      '/cluster/log',
      '/cluster/tasks',
      '/nodes/pve1/qemu/100/config',
      '/access/permissions',
      '/nodes/pve1/tasks',
    ];
    const texts = [];
    for (const path of paths) texts.push((await call(lab, 'GET', path)).text);
    return JSON.stringify([lab.guests(), lab.token, texts]);
  };

  it('the same seed and clock give the same answers, another seed gives others', async () => {
    expect(await everything(7)).toBe(await everything(7));
    expect(await everything(7)).not.toBe(await everything(8));
  });

  it('has something of everything', async () => {
    const lab = await openLab();
    const guests = lab.guests();
    expect(guests.filter((guest) => guest.kind === 'qemu')).toHaveLength(12);
    expect(guests.filter((guest) => guest.kind === 'lxc')).toHaveLength(4);
    for (const has of [
      guests.some((guest) => guest.config['template'] === 1),
      guests.some((guest) => guest.power === 'stopped'),
      guests.some((guest) => guest.haState === 'started'),
      guests.some((guest) => guest.pool === 'test'),
      guests.some((guest) => guest.snapshots.length > 0),
      new Set(guests.map((guest) => guest.node)).size === 3,
    ]) {
      expect(has).toBe(true);
    }
  });

  it('10,000 guests on 32 nodes are listed', async () => {
    const lab = await openLab({ nodes: 32, vms: 8_000, containers: 2_000 });
    const rows = await getRows(lab, '/cluster/resources?type=vm', { token: lab.auditorToken });
    expect(rows).toHaveLength(10_000);
    expect(new Set(rows.map((row) => row['vmid'])).size).toBe(10_000);
    expect(new Set(rows.map((row) => row['node'])).size).toBe(32);
    expect(await getRows(lab, '/nodes/pve32/qemu')).toHaveLength(250);
  });
});
