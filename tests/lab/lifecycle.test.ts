import { describe, expect, it } from '@jest/globals';
import { call, getRow, getRows, newestTask } from './client.ts';
import { openLab } from './labs.ts';

const QUIET = { vms: 0, containers: 0 } as const;

describe('what is refused', () => {
  it('creating over a vmid, destroying what runs or is protected, restoring what is not there', async () => {
    const lab = await openLab(QUIET);
    const root = lab.as('root@pam');
    root.create('qemu', { vmid: 100, protection: 1 });
    expect(() => root.create('lxc', { vmid: 100 })).toThrow(
      "unable to create CT 100 - VM 100 already exists on node 'pve1'",
    );
    expect(() => root.destroy(100)).toThrow("can't remove VM 100 - protection mode enabled");
    root.setConfig(100, { protection: 0 });
    root.start(100);
    expect(() => root.destroy(100)).toThrow('VM 100 is running - destroy failed');
    expect(() => root.template(100)).toThrow("can't convert a running VM");
    const volid = root.backup(100);
    expect(() => root.restore(volid)).toThrow('already exists');
    expect(() => root.restore(volid, { force: true })).toThrow('is running');
    expect(() => root.restore(volid, { force: true, node: 'pve2' })).toThrow("already exists on node 'pve1'");
    expect(() => root.restore('backup:nope')).toThrow('does not exist');
    expect(() => root.clone(100, { newid: 100 })).toThrow('config file already exists');
    expect(() => root.clone(100, { target: 'nope' })).toThrow("no such cluster node 'nope'");
    expect(() => root.migrate(100, 'pve1')).toThrow('Parameter verification failed.');
    expect(() => root.migrate(100, 'nope')).toThrow("no such cluster node 'nope'");
    expect(() => root.create('qemu', { pool: 'nope' })).toThrow("no such pool 'nope'");
    expect(() => root.create('qemu', { scsi0: 'nope:1' })).toThrow("storage 'nope' does not exist");
    expect(() => root.setHa(999, 'started')).toThrow('unable to find configuration file');
    root.stop(100);
    root.destroy(100);
    expect(await newestTask(lab)).toMatchObject({ type: 'qmdestroy', id: '100', status: 'OK' });
    expect(() => lab.guest(100)).toThrow('the lab has no guest 100');
  });

  it('a migration to a node that is off is a task that fails', async () => {
    const lab = await openLab(QUIET);
    lab.as('root@pam').create('qemu', { vmid: 100 });
    lab.node('pve3').powerOff();
    lab.as('root@pam').migrate(100, 'pve3');
    expect(await newestTask(lab)).toMatchObject({ type: 'qmigrate', status: 'migration aborted' });
    expect(lab.guest(100).node).toBe('pve1');
  });
});

describe('membership', () => {
  it('pools and HA resources can be changed through the API', async () => {
    const lab = await openLab(QUIET);
    lab.as('root@pam').create('qemu', { vmid: 100 });
    const put = (path: string, body: Record<string, string>) => call(lab, 'PUT', path, { body });
    expect((await call(lab, 'POST', '/pools', { body: { poolid: 'new', comment: 'c' } })).status).toBe(200);
    expect((await put('/pools/new', { vms: '100', storage: 'shared' })).status).toBe(200);
    expect(await put('/pools/new', { vms: '100' })).toMatchObject({
      status: 500,
      reason: 'update pools failed: VM 100 is already a pool member',
    });
    expect(await put('/pools/prod', { vms: '100' })).toMatchObject({ status: 500 });
    expect((await put('/pools', { poolid: 'prod', vms: '100', 'allow-move': '1' })).status).toBe(200);
    expect(await getRow(lab, '/pools/prod')).toMatchObject({ members: [expect.objectContaining({ vmid: 100 })] });
    expect((await put('/pools/prod', { vms: '100', delete: '1' })).status).toBe(200);
    expect(await put('/pools/prod', { vms: '100', delete: '1' })).toMatchObject({ status: 500 });
    expect(await put('/pools/prod', { vms: '999' })).toMatchObject({ status: 500 });
    expect((await call(lab, 'DELETE', '/pools/new')).status).toBe(200);
    expect(await call(lab, 'GET', '/pools/new')).toMatchObject({ status: 500, reason: "pool 'new' does not exist" });
    lab.as('root@pam').setPool(100, 'test');
    expect(await call(lab, 'DELETE', '/pools/test')).toMatchObject({ status: 500 });
    lab.as('root@pam').setPool(100, null);

    expect((await call(lab, 'POST', '/cluster/ha/resources', { body: { sid: '100', comment: 'mine' } })).status).toBe(
      200,
    );
    expect(await getRow(lab, '/cluster/ha/resources/vm:100')).toMatchObject({
      sid: 'vm:100',
      state: 'started',
      comment: 'mine',
    });
    expect(lab.guest(100).power).toBe('running');
    expect(await call(lab, 'POST', '/cluster/ha/resources', { body: { sid: 'vm:100' } })).toMatchObject({
      status: 500,
    });
    expect(await call(lab, 'POST', '/cluster/ha/resources', { body: { sid: 'foo' } })).toMatchObject({ status: 400 });
    expect((await put('/cluster/ha/resources/vm:100', { state: 'ignored', group: 'gg', comment: 'x' })).status).toBe(
      200,
    );
    expect(lab.guest(100).power).toBe('running');
    expect((await call(lab, 'DELETE', '/cluster/ha/resources/vm:100')).status).toBe(200);
    expect(await call(lab, 'GET', '/cluster/ha/resources/vm:100')).toMatchObject({
      status: 500,
      reason: "no such resource 'vm:100'",
    });
    expect(await call(lab, 'DELETE', '/cluster/ha/resources/vm:100')).toMatchObject({ status: 500 });
  });
});

describe('through the API', () => {
  it('creates, clones, migrates, backs up, restores and destroys', async () => {
    const lab = await openLab(QUIET);
    const post = (path: string, body: Record<string, string | number> = {}) => call(lab, 'POST', path, { body });
    expect((await post('/nodes/pve1/qemu', { vmid: 100, name: 'web', scsi0: 'local-lvm:4', start: 1 })).status).toBe(
      200,
    );
    expect(
      (await post('/nodes/pve1/lxc', { vmid: 200, hostname: 'ct', ostemplate: 'local:vztmpl/debian.tar.zst' })).status,
    ).toBe(200);
    expect((await post('/nodes/pve1/qemu/100/config', { cores: 2 })).json['data']).toMatch(
      /:qmconfig:100:root@pam!lab:$/,
    );
    expect((await post('/nodes/pve1/qemu/100/clone', { newid: 101, full: 1 })).status).toBe(200);
    expect(await post('/nodes/pve1/qemu/100/clone', { newid: 102, full: 0 })).toMatchObject({
      status: 500,
      reason: expect.stringContaining('Linked clone feature'),
    });
    expect((await post('/nodes/pve1/qemu/101/migrate', { target: 'pve2' })).status).toBe(200);
    expect(
      (await post('/nodes/pve1/lxc/200/move_volume', { volume: 'rootfs', storage: 'shared', delete: 1 })).status,
    ).toBe(200);
    expect((await post('/nodes/pve1/vzdump', { all: 1, storage: 'backup' })).json['data']).toMatch(
      /:vzdump::root@pam!lab:$/,
    );
    const backups = await getRows(lab, '/nodes/pve1/storage/backup/content?content=backup');
    expect(backups.map((row) => row['vmid'])).toEqual([100, 200]);
    const archive = String(backups[0]?.['volid']);
    expect((await post('/nodes/pve1/qemu', { vmid: 150, archive, unique: 1 })).json['data']).toMatch(/:qmrestore:150:/);
    const ostemplate = String(backups[1]?.['volid']);
    expect((await post('/nodes/pve1/lxc', { vmid: 250, ostemplate, restore: 1 })).json['data']).toMatch(
      /:vzrestore:250:/,
    );
    expect((await post('/nodes/pve1/qemu/150/move_disk', { disk: 'scsi0', storage: 'shared' })).status).toBe(200);
    expect((await post('/nodes/pve1/qemu/150/template')).json['data']).toMatch(/:qmtemplate:150:/);
    expect((await post('/nodes/pve1/qemu/100/snapshot', { snapname: 'one', vmstate: 1 })).status).toBe(200);
    expect((await post('/nodes/pve1/qemu/100/snapshot/one/rollback')).status).toBe(200);
    expect((await call(lab, 'DELETE', '/nodes/pve1/qemu/100/snapshot/one?force=1')).status).toBe(200);
    for (const verb of ['suspend', 'resume', 'reset', 'reboot', 'shutdown']) {
      expect((await post(`/nodes/pve1/qemu/100/status/${verb}`)).status).toBe(200);
    }
    expect((await call(lab, 'DELETE', '/nodes/pve1/qemu/100?purge=1')).status).toBe(200);
    expect(lab.guests().map((guest) => guest.vmid)).toEqual([200, 101, 150, 250]);
    expect(await post('/nodes/pve1/vzdump', { vmid: '999', storage: 'backup' })).toMatchObject({ status: 200 });
    expect(await newestTask(lab)).toMatchObject({ type: 'vzdump', status: 'job errors' });
    expect(await post('/nodes/pve1/vzdump', { vmid: '200', storage: 'nope' })).toMatchObject({ status: 400 });
    expect(await post('/nodes/pve1/vzdump', { vmid: '200', storage: 'local-lvm' })).toMatchObject({ status: 500 });
    expect(await post('/nodes/pve1/qemu', { name: 'x' })).toMatchObject({ status: 400 });
  });
});
