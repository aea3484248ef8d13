import { describe, expect, it } from '@jest/globals';
import type { Lab } from '../../src/lab/lab.ts';
import { call, findRow, getRow, getRows, messages, newestTask, type Row } from './client.ts';
import { openLab, stoppedClock } from './labs.ts';

const QUIET = { vms: 0, containers: 0 } as const;

describe('identity', () => {
  async function identity(lab: Lab, vmid: number): Promise<Row> {
    const config = lab.guest(vmid).config;
    return {
      uuid: config['smbios1'],
      genid: config['vmgenid'],
      ctime: String(config['meta']).replace(/.*ctime=/, ''),
      mac: /=([0-9A-F:]{17})/.exec(String(config['net0']))?.[1],
    };
  }

  it('is kept, renewed or inherited as the real server does it', async () => {
    const { clock, forward } = stoppedClock();
    const lab = await openLab({ ...QUIET, clock });
    const root = lab.as('root@pam');
    root.create('qemu', { vmid: 100, name: 'a', net0: 'virtio,bridge=vmbr0', scsi0: 'local-lvm:4' });
    const original = await identity(lab, 100);
    root.snapshot(100, 'before');
    const volid = root.backup(100);
    forward(60_000);

    root.migrate(100, 'pve2');
    expect(await identity(lab, 100)).toEqual(original);
    root.rollback(100, 'before');
    expect(await identity(lab, 100)).toEqual({
      ...original,
      genid: expect.not.stringMatching(String(original['genid'])),
    });

    const copy = root.clone(100, { name: 'b' });
    const cloned = await identity(lab, copy);
    expect(cloned['ctime']).toBe(original['ctime']);
    for (const key of ['uuid', 'genid', 'mac']) expect(cloned[key]).not.toBe(original[key]);

    root.restore(volid, { vmid: 300, node: 'pve1' });
    expect(await identity(lab, 300)).toEqual({
      ...original,
      genid: expect.not.stringMatching(String(original['genid'])),
    });
    root.restore(volid, { vmid: 301, node: 'pve1', unique: true });
    const unique = await identity(lab, 301);
    for (const key of ['uuid', 'genid', 'mac']) expect(unique[key]).not.toBe(original[key]);
    expect(unique['ctime']).toBe(original['ctime']);

    root.deleteSnapshot(100, 'before');
    root.destroy(100);
    root.create('qemu', { vmid: 100, node: 'pve2', net0: 'virtio,bridge=vmbr0' });
    const reused = await identity(lab, 100);
    for (const key of ['uuid', 'genid', 'mac', 'ctime']) expect(reused[key]).not.toBe(original[key]);
  });

  it("a clone's task has the vmid of the source and runs where the source is", async () => {
    const lab = await openLab(QUIET);
    const root = lab.as('root@pam!lab');
    root.create('qemu', { vmid: 100, name: 'tmpl', scsi0: 'shared:4' });
    root.template(100);
    expect(root.clone(100, { newid: 150, target: 'pve3', pool: 'prod' })).toBe(150);
    expect(await newestTask(lab)).toMatchObject({ type: 'qmclone', id: '100', user: 'root@pam', tokenid: 'lab' });
    expect(lab.guest(150)).toMatchObject({ node: 'pve3', pool: 'prod', name: 'Copy-of-VM-tmpl' });
    expect(lab.guest(150).config['scsi0']).toBe('shared:100/base-100-disk-0.qcow2/150/vm-150-disk-0.qcow2,size=4G');
    expect(lab.guest(150).config['template']).toBeUndefined();
  });

  it('a container is cloned with a new MAC address, restored over itself and made a template at once', async () => {
    const lab = await openLab(QUIET);
    const root = lab.as('root@pam');
    root.create('lxc', { vmid: 200, name: 'ct', net0: 'name=eth0,bridge=vmbr0,ip=dhcp' });
    root.clone(200, { newid: 201, name: 'copy' });
    expect(lab.guest(201).config).toMatchObject({ hostname: 'copy', rootfs: 'local-lvm:vm-201-disk-0,size=4G' });
    expect(lab.guest(201).config['net0']).not.toBe(lab.guest(200).config['net0']);
    const volid = root.backup(200);
    root.setConfig(200, { hostname: 'changed' });
    root.restore(volid, { force: true });
    expect(lab.guest(200).config['hostname']).toBe('ct');
    root.template(201);
    expect((await newestTask(lab))['type']).toBe('vzrestore');
    expect(await getRow(lab, '/nodes/pve1/lxc/201/config')).toMatchObject({ template: 1 });
  });
});

describe('snapshots', () => {
  it('form a tree, and going back brings the configuration back', async () => {
    const lab = await openLab(QUIET);
    const root = lab.as('root@pam');
    root.create('qemu', { vmid: 100, cores: 1 });
    root.start(100);
    root.snapshot(100, 'one', { hasRam: true });
    root.snapshot(100, 'two', { description: 'second' });
    root.setConfig(100, { cores: 4, onboot: 1 });
    const rows = await getRows(lab, '/nodes/pve1/qemu/100/snapshot');
    expect(rows.map((row) => [row['name'], row['parent']])).toEqual([
      ['one', undefined],
      ['two', 'one'],
      ['current', 'two'],
    ]);
    root.rollback(100, 'one');
    expect(lab.guest(100)).toMatchObject({ power: 'running', config: { cores: 1, parent: 'one' } });
    root.rollback(100, 'two');
    expect(lab.guest(100).power).toBe('stopped');
    root.deleteSnapshot(100, 'one');
    root.deleteSnapshot(100, 'two');
    expect(lab.guest(100)).toMatchObject({ snapshots: [] });
    expect(lab.guest(100).config['parent']).toBeUndefined();
    const lines = await messages(lab);
    for (const line of ['snapshot VM 100: one', 'rollback snapshot VM 100: two', 'delete snapshot VM 100: one'])
      expect(lines).toContain(line);
  });

  it('a name that is used, unknown or reserved', async () => {
    const lab = await openLab(QUIET);
    const root = lab.as('root@pam');
    root.create('qemu', { vmid: 100 });
    root.snapshot(100, 'base');
    root.snapshot(100, 'base');
    expect(await newestTask(lab)).toMatchObject({ status: "snapshot name 'base' already used" });
    root.rollback(100, 'nope');
    expect(await newestTask(lab)).toMatchObject({ type: 'qmrollback', status: "snapshot 'nope' does not exist" });
    root.deleteSnapshot(100, 'nope');
    expect(await newestTask(lab)).toMatchObject({ type: 'qmdelsnapshot', status: "snapshot 'nope' does not exist" });
    const reply = await call(lab, 'POST', '/nodes/pve1/qemu/100/snapshot', { body: { snapname: 'x' } });
    expect(reply.json['errors']).toEqual({ snapname: "invalid format - invalid configuration ID 'x'\n" });
    expect(() => root.snapshot(100, 'current')).toThrow('reserved name');
    await call(lab, 'PUT', '/nodes/pve1/qemu/100/snapshot/base/config', { body: { description: 'changed' } });
    expect(await findRow(lab, '/nodes/pve1/qemu/100/snapshot', { name: 'base' })).toMatchObject({
      description: 'changed',
    });
    expect(await getRow(lab, '/nodes/pve1/qemu/100/config?snapshot=base')).toMatchObject({
      snaptime: expect.any(Number),
    });
    expect(await call(lab, 'GET', '/nodes/pve1/qemu/100/config?snapshot=nope')).toMatchObject({ status: 500 });
    expect(() => root.template(100)).toThrow('contains snapshots');
  });
});
