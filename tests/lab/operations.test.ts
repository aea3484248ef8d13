import { describe, expect, it } from '@jest/globals';
import { call, findRow, getRow, getRows, messages, type Row } from './client.ts';
import { openLab, stoppedClock } from './labs.ts';

const QUIET = { vms: 0, containers: 0 } as const;

async function newestTask(lab: Awaited<ReturnType<typeof openLab>>, node = 'pve1'): Promise<Row> {
  const [task] = await getRows(lab, `/nodes/${node}/tasks?source=all&limit=1`);
  return task ?? {};
}

describe('power', () => {
  it('starts, pauses, resumes, reboots and stops a VM, each with its own task', async () => {
    const lab = await openLab(QUIET);
    const alice = lab.as('alice@pve');
    const vmid = alice.create('qemu', { name: 'web', scsi0: 'local-lvm:8' });
    alice.start(vmid);
    expect(lab.guest(vmid).power).toBe('running');
    alice.suspend(vmid);
    expect(await getRow(lab, `/nodes/pve1/qemu/${vmid}/status/current`)).toMatchObject({
      status: 'running',
      qmpstatus: 'paused',
    });
    alice.resume(vmid);
    alice.reboot(vmid);
    alice.reset(vmid);
    alice.suspend(vmid, { toDisk: true });
    expect(lab.guest(vmid)).toMatchObject({ power: 'stopped', config: { lock: 'suspended' } });
    alice.resume(vmid);
    expect(lab.guest(vmid).power).toBe('running');
    alice.shutdown(vmid);
    alice.stop(vmid);
    const tasks = await getRows(lab, '/nodes/pve1/tasks');
    expect(tasks.map((task) => task['type'])).toEqual([
      'qmstop',
      'qmshutdown',
      'qmresume',
      'qmsuspend',
      'qmreset',
      'qmreboot',
      'qmresume',
      'qmpause',
      'qmstart',
      'qmcreate',
    ]);
    expect(tasks.every((task) => task['user'] === 'alice@pve' && task['status'] === 'OK')).toBe(true);
  });

  it('a start that cannot be answers 200, and only its task fails', async () => {
    const lab = await openLab(QUIET);
    const root = lab.as('root@pam');
    root.create('qemu', { vmid: 100 });
    root.create('qemu', { vmid: 101 });
    root.template(101);
    root.start(100);
    const failures: Record<string, string> = {
      '/nodes/pve1/qemu/100/status/start': 'VM 100 already running',
      '/nodes/pve1/qemu/101/status/start': "you can't start a vm if it's a template",
      '/nodes/pve1/qemu/999/status/start': "Configuration file 'nodes/pve1/qemu-server/999.conf' does not exist",
      '/nodes/pve1/lxc/999/status/start': "Configuration file 'nodes/pve1/lxc/999.conf' does not exist",
    };
    for (const [path, status] of Object.entries(failures)) {
      const reply = await call(lab, 'POST', path);
      expect(reply.status).toBe(200);
      expect(await newestTask(lab)).toMatchObject({ upid: reply.json['data'], status });
      expect((await messages(lab))[0]).toBe(`end task ${String(reply.json['data'])} ${status}`);
    }
  });

  it.each([
    ['reboot', 'VM 100 not running'],
    ['reset', 'VM 100 not running'],
    ['suspend', 'VM 100 not running'],
    ['resume', 'VM 100 not running'],
  ])('%s of a VM that is off is refused at once', async (verb, reason) => {
    const lab = await openLab(QUIET);
    lab.as('root@pam').create('qemu', { vmid: 100 });
    expect(await call(lab, 'POST', `/nodes/pve1/qemu/100/status/${verb}`)).toMatchObject({ status: 500, reason });
  });

  it('a container that runs or is off refuses at once what a VM fails at', async () => {
    const lab = await openLab(QUIET);
    lab.as('root@pam').create('lxc', { vmid: 200 });
    for (const verb of ['stop', 'shutdown', 'suspend']) {
      const reply = await call(lab, 'POST', `/nodes/pve1/lxc/200/status/${verb}`);
      expect(reply).toMatchObject({ status: 500, reason: 'CT 200 not running' });
    }
    lab.as('root@pam').start(200);
    expect(await call(lab, 'POST', '/nodes/pve1/lxc/200/status/start')).toMatchObject({
      status: 500,
      reason: 'CT 200 already running',
    });
    lab.as('root@pam').suspend(200);
    expect(lab.guest(200).power).toBe('paused');
    lab.as('root@pam').resume(200);
    lab.as('root@pam').reboot(200);
    expect((await getRows(lab, '/nodes/pve1/tasks')).map((task) => task['type'])).toEqual([
      'vzreboot',
      'vzresume',
      'vzsuspend',
      'vzstart',
      'vzcreate',
    ]);
  });

  it('HA is asked first, by the user; root@pam then acts', async () => {
    const lab = await openLab(QUIET);
    const alice = lab.as('alice@pve');
    alice.create('qemu', { vmid: 100 });
    alice.setHa(100, 'stopped');
    alice.start(100);
    expect(lab.guest(100)).toMatchObject({ power: 'running', haState: 'started' });
    alice.stop(100);
    alice.setHa(100, 'started');
    alice.migrate(100, 'pve2');
    expect(lab.guest(100).node).toBe('pve2');
    alice.setHa(100, 'disabled');
    const tasks = [...(await getRows(lab, '/nodes/pve2/tasks')), ...(await getRows(lab, '/nodes/pve1/tasks'))];
    expect(tasks.map((task) => `${String(task['type'])} ${String(task['user'])}`)).toEqual([
      'qmshutdown root@pam',
      'qmigrate root@pam',
      'hamigrate alice@pve',
      'qmstart root@pam',
      'qmshutdown root@pam',
      'hastop alice@pve',
      'qmstart root@pam',
      'hastart alice@pve',
      'qmcreate alice@pve',
    ]);
    expect(await call(lab, 'DELETE', '/nodes/pve2/qemu/100')).toMatchObject({ status: 500 });
    alice.setHa(100, null);
    expect(lab.guest(100).haState).toBeNull();
  });
});

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

  it('a lock holds, but for root with skiplock', async () => {
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
    expect((await call(lab, 'PUT', '/nodes/pve1/qemu/100/config', { body: skip })).status).toBe(200);
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
    root.moveDisk(100, 'scsi0', 'shared');
    expect(await newestTask(lab)).toMatchObject({ type: 'qmmove', status: expect.stringContaining('same storage') });
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

describe('identity', () => {
  async function identity(lab: Awaited<ReturnType<typeof openLab>>, vmid: number): Promise<Row> {
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
    expect((await put('/cluster/ha/resources/vm:100', { state: 'ignored', group: 'g', comment: 'x' })).status).toBe(
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
