import { describe, expect, it } from '@jest/globals';
import { call, getRow, getRows, messages, newestTask, type Row } from './client.ts';
import { openLab } from './labs.ts';

const QUIET = { vms: 0, containers: 0 } as const;

describe('configuration', () => {
  it('of a running VM some keys wait for the next start', async () => {
    const lab = await openLab(QUIET);
    const root = lab.as('root@pam');
    root.create('qemu', { vmid: 100, name: 'web', memory: 512, cpu: 'host' });
    root.start(100);
    root.setConfig(100, { memory: 1024, onboot: 1, cpu: null, net0: 'virtio,bridge=vmbr1' });
    expect(await getRow(lab, '/nodes/pve1/qemu/100/config')).toMatchObject({ memory: '1024', onboot: 1 });
    expect(await getRow(lab, '/nodes/pve1/qemu/100/config?current=1')).toMatchObject({
      memory: '512',
      cpu: 'host',
      onboot: 1,
    });
    const pending = await getRows(lab, '/nodes/pve1/qemu/100/pending');
    expect(pending).toContainEqual({ key: 'memory', value: '512', pending: '1024' });
    expect(pending).toContainEqual({ key: 'cpu', value: 'host', delete: 1 });
    expect((await messages(lab))[0]).toBe(
      'update VM 100: -delete cpu -memory 1024 -net0 virtio,bridge=vmbr1 -onboot 1',
    );
    root.reboot(100);
    expect(await getRow(lab, '/nodes/pve1/qemu/100/config?current=1')).toMatchObject({ memory: '1024' });
    expect(lab.guest(100).config['cpu']).toBeUndefined();
  });

  it('a pending change can be taken back', async () => {
    const lab = await openLab(QUIET);
    lab.as('root@pam').create('qemu', { vmid: 100, cores: 2 });
    lab.as('root@pam').start(100);
    lab.as('root@pam').setConfig(100, { cores: 4, sockets: 2 });
    await call(lab, 'PUT', '/nodes/pve1/qemu/100/config', { body: { revert: 'cores' } });
    expect(lab.guest(100).config).toMatchObject({ cores: 2, sockets: 2 });
  });

  it('of a container nothing tells that it happened', async () => {
    const lab = await openLab(QUIET);
    const root = lab.as('root@pam');
    root.create('lxc', { vmid: 200, name: 'ct' });
    root.start(200);
    const before = [await messages(lab), await getRows(lab, '/nodes/pve1/tasks')];
    const changes = { memory: '640', description: 'changed', tty: 3, tags: 'b;a', nameserver: null };
    root.setConfig(200, changes);
    expect([await messages(lab), await getRows(lab, '/nodes/pve1/tasks')]).toEqual(
      before.map((list) => expect.arrayContaining(list)),
    );
    expect((await messages(lab)).length).toBe(before[0]?.length);
    expect(lab.guest(200).config).toMatchObject({ memory: 640, description: 'changed\n', tty: 3, tags: 'a;b' });
    expect(await getRows(lab, '/nodes/pve1/lxc/200/pending')).toContainEqual({ key: 'tty', pending: 3 });
  });

  it('sorts tags that are set later, hides passwords, adds MAC addresses and sizes', async () => {
    const lab = await openLab(QUIET);
    const root = lab.as('root@pam');
    root.create('qemu', {
      vmid: 100,
      tags: 'web;prod',
      scsi0: 'local-lvm:32,iothread=1',
      net0: 'model=virtio,bridge=vmbr0',
    });
    expect(lab.guest(100).config).toMatchObject({
      tags: 'web;prod',
      scsi0: 'local-lvm:vm-100-disk-0,iothread=1,size=32G',
      net0: expect.stringMatching(/^virtio=BC:24:11(:[0-9A-F]{2}){3},bridge=vmbr0$/),
    });
    root.setConfig(100, { tags: 'web;prod;new', cipassword: 'secret', scsi1: 'shared:4' });
    expect(lab.guest(100).config).toMatchObject({
      tags: 'new;prod;web',
      cipassword: '**********',
      scsi1: 'shared:100/vm-100-disk-0.qcow2,size=4G',
    });
    expect((await messages(lab))[0]).toBe('update VM 100: -cipassword <hidden> -scsi1 shared:4 -tags web;prod;new');
    root.setConfig(100, { scsi1: null });
    expect(lab.guest(100).config).toMatchObject({ unused0: 'shared:100/vm-100-disk-0.qcow2' });
  });

  it.each([
    [{ bogus: '1' }, 400, 'bogus'],
    [{ cores: 'x' }, 400, 'cores'],
    [{ cores: '0' }, 400, 'cores'],
    [{ memory: 'lots' }, 400, 'memory'],
    [{ name: 'bad name!' }, 400, 'name'],
    [{ tags: 'a b!' }, 400, 'tags'],
    [{ onboot: 'yes' }, 400, 'onboot'],
    [{ cpulimit: 'x' }, 400, 'cpulimit'],
    [{ delete: 'bogus' }, 400, 'delete'],
    [{ description: 'x'.repeat(9000) }, 400, 'description'],
    [{}, 500, 'no options specified'],
    [{ digest: 'f'.repeat(40), cores: '1' }, 500, 'checksum mismatch'],
    [{ scsi0: 'nope:4' }, 500, "storage 'nope' does not exist"],
  ] as const)('refuses bad parameters (%#)', async (body, status, what) => {
    const lab = await openLab(QUIET);
    lab.as('root@pam').create('qemu', { vmid: 100 });
    const reply = await call(lab, 'PUT', '/nodes/pve1/qemu/100/config', { body });
    expect(reply.status).toBe(status);
    expect(status === 400 ? Object.keys(reply.json['errors'] as Row) : [reply.reason.slice(0, what.length)]).toEqual([
      what,
    ]);
  });

  it('a lock holds, but for root with skiplock, who is no token', async () => {
    const lab = await openLab(QUIET);
    const root = lab.as('root@pam');
    root.create('qemu', { vmid: 100 });
    root.setConfig(100, { lock: 'backup' });
    expect(await call(lab, 'PUT', '/nodes/pve1/qemu/100/config', { body: { cores: 2 } })).toMatchObject({
      status: 500,
      reason: 'VM is locked (backup)',
    });
    root.start(100);
    expect(await newestTask(lab)).toMatchObject({ status: 'VM is locked (backup)' });
    const skip = { delete: 'lock', skiplock: '1' };
    expect(await call(lab, 'PUT', '/nodes/pve1/qemu/100/config', { body: skip })).toMatchObject({ status: 400 });
    lab.as('root@pam').setConfig(100, skip);
    expect(lab.guest(100).lock).toBeNull();
    expect(() => lab.as('alice@pve').setConfig(100, { skiplock: 1, cores: 1 })).toThrow(
      'Parameter verification failed.',
    );
    expect(() => lab.as('alice@pve').setConfig(100, { args: '-foo' })).toThrow("only root can set 'args' config");
  });

  it('grows and moves disks', async () => {
    const lab = await openLab(QUIET);
    const root = lab.as('root@pam');
    root.create('qemu', { vmid: 100, scsi0: 'local-lvm:8' });
    root.resize(100, 'scsi0', '+512M');
    expect(await newestTask(lab)).toMatchObject({ type: 'resize', id: '100' });
    root.moveDisk(100, 'scsi0', 'shared', { delete: false });
    expect(lab.guest(100).config).toMatchObject({
      scsi0: 'shared:100/vm-100-disk-0.qcow2,size=8704M',
      unused0: 'local-lvm:vm-100-disk-0',
    });
    root.resize(100, 'scsi0', '1G');
    expect(await newestTask(lab)).toMatchObject({ status: 'shrinking disks is not supported' });
    root.resize(100, 'scsi9', '1G');
    expect(await newestTask(lab)).toMatchObject({ status: "disk 'scsi9' does not exist" });
    expect(() => root.moveDisk(100, 'scsi0', 'nope')).toThrow("storage 'nope' does not exist");
    expect(() => root.moveDisk(100, 'scsi0', 'shared')).toThrow("you can't move to the same storage with same format");
    expect(() => root.moveDisk(100, 'scsi9', 'shared')).toThrow("disk 'scsi9' does not exist");
    const lines = await messages(lab);
    expect(lines).toContain('update VM 100: resize --disk scsi0 --size +512M');
    expect(lines).toContain('move disk VM 100: move --disk scsi0 --storage shared');
  });

  it('on 7.4 memory is a number, and a resize of a VM leaves no task', async () => {
    const lab = await openLab({ ...QUIET, release: '7.4' });
    lab.as('root@pam').create('qemu', { vmid: 100, memory: 512, scsi0: 'local-lvm:8' });
    expect(await getRow(lab, '/nodes/pve1/qemu/100/config')).toMatchObject({ memory: 512 });
    const size = { disk: 'scsi0', size: '16G' };
    expect((await call(lab, 'PUT', '/nodes/pve1/qemu/100/resize', { body: size })).json['data']).toBeNull();
    expect(await newestTask(lab)).toMatchObject({ type: 'qmcreate' });
    expect((await messages(lab))[0]).toBe('update VM 100: resize --disk scsi0 --size 16G');
  });
});
