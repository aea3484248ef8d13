import { describe, expect, it } from '@jest/globals';
import type { Lab } from '../../src/lab/lab.ts';
import type { Method } from '../../src/lab/router.ts';
import { call, getRow, getRows, newestTask, type Row } from './client.ts';
import { openLab, stoppedClock } from './labs.ts';

const QUIET = { vms: 0, containers: 0 } as const;

type Body = Record<string, string | number>;

/** VM 100 and container 200 on pve1, with a local disk each; 101 with a shared one. */
async function open(options: Parameters<typeof openLab>[0] = {}): Promise<Lab> {
  const lab = await openLab({ ...QUIET, ...options });
  const root = lab.as('root@pam');
  root.create('qemu', { vmid: 100, scsi0: 'local-lvm:8', net0: 'virtio,bridge=vmbr0' });
  root.create('qemu', { vmid: 101, scsi0: 'shared:8' });
  root.create('lxc', { vmid: 200, rootfs: 'local-lvm:4' });
  return lab;
}

const VM = '/nodes/pve1/qemu/100';
const CT = '/nodes/pve1/lxc/200';

async function ask(lab: Lab, method: Method, path: string, body?: Body): Promise<string> {
  const reply = await call(lab, method, path, { ...(body && { body }) });
  const errors = reply.json['errors'];
  if (errors) return `400 ${JSON.stringify(errors)}`;
  return reply.status === 200 ? '200' : `${reply.status} ${reply.reason}`;
}

/** How a call that was taken ended: by the exit text of its task. */
async function exitOf(lab: Lab, method: Method, path: string, body: Body = {}): Promise<unknown> {
  const answer = await ask(lab, method, path, body);
  return answer === '200' ? lab.tasks().at(-1)?.exit : answer;
}

async function logOf(lab: Lab): Promise<unknown[]> {
  const { upid } = await newestTask(lab);
  return (await getRows(lab, `/nodes/pve1/tasks/${encodeURIComponent(String(upid))}/log`)).map(({ t }) => t);
}

describe('configuration', () => {
  const stale = { digest: 'f'.repeat(40), onboot: 1 };

  it('is refused with a digest that does not fit: PUT and POST, VM and container, disks too', async () => {
    const lab = await open();
    const ofVm = '500 checksum mismatch (file change by other user?)';
    expect(await ask(lab, 'PUT', `${VM}/config`, stale)).toBe(ofVm);
    expect(await ask(lab, 'POST', `${VM}/config`, stale)).toBe(ofVm);
    expect(await ask(lab, 'POST', `${VM}/move_disk`, { disk: 'scsi0', storage: 'shared', digest: stale.digest })).toBe(
      ofVm,
    );
    expect(await exitOf(lab, 'PUT', `${VM}/resize`, { disk: 'scsi0', size: '+1G', digest: stale.digest })).toBe(
      ofVm.slice(4),
    );
    expect(await ask(lab, 'PUT', `${CT}/config`, stale)).toBe(
      '500 detected modified configuration - file changed by other user? Try again.',
    );
    const { digest } = await getRow(lab, `${CT}/config`);
    expect(await ask(lab, 'PUT', `${CT}/config`, { digest: String(digest), onboot: 1 })).toBe('200');
  });

  it.each<[string, Body, Row]>([
    ['qemu/100', { bios: 'efi' }, { bios: "value 'efi' does not have a value in the enumeration 'seabios, ovmf'" }],
    [
      'qemu/100',
      { cores: 0, shares: 50001 },
      {
        cores: 'value must have a minimum value of 1',
        shares: 'value must have a maximum value of 50000',
      },
    ],
    ['lxc/200', { memory: 8 }, { memory: 'value must have a minimum value of 16' }],
    ['lxc/200', { hostname: 'a b' }, { hostname: 'invalid format - value does not look like a valid DNS name\n' }],
    [
      'lxc/200',
      { entrypoint: '/sbin/init' },
      {
        entrypoint: 'property is not defined in schema and the schema does not allow additional properties',
      },
    ],
    [
      'lxc/200',
      { force: 1 },
      {
        force: 'property is not defined in schema and the schema does not allow additional properties',
      },
    ],
  ])('%s %j is what the schema refuses', async (guest, body, errors) => {
    const lab = await open();
    expect(await ask(lab, 'PUT', `/nodes/pve1/${guest}/config`, body)).toBe(`400 ${JSON.stringify(errors)}`);
  });

  it('memory of a VM that runs waits for a restart, and so does a terminal of a container; both can be taken back', async () => {
    const lab = await open();
    lab.as('root@pam').start(100);
    lab.as('root@pam').start(200);
    await ask(lab, 'PUT', `${VM}/config`, { memory: 4096, name: 'web' });
    expect(await getRows(lab, `${VM}/pending`)).toContainEqual({ key: 'memory', pending: '4096' });
    expect(lab.guest(100).effective).toMatchObject({ name: 'web' });
    await ask(lab, 'PUT', `${VM}/config`, { revert: 'memory' });
    expect(lab.guest(100).config['memory']).toBeUndefined();
    await ask(lab, 'PUT', `${CT}/config`, { tty: 3, memory: 1024, swap: 0 });
    expect(await getRows(lab, `${CT}/pending`)).toContainEqual({ key: 'tty', pending: 3 });
    expect(lab.guest(200).effective).toMatchObject({ memory: 1024, swap: 0 });
    await ask(lab, 'PUT', `${CT}/config`, { delete: 'ostype' });
    expect(await getRows(lab, `${CT}/pending`)).toContainEqual({ key: 'ostype', value: 'debian', delete: 1 });
    await ask(lab, 'PUT', `${CT}/config`, { revert: 'ostype' });
    lab.as('root@pam').reboot(200);
    expect(lab.guest(200).effective).toMatchObject({ tty: 3, ostype: 'debian' });
  });

  it('disks are unlinked, with their volume where it is forced', async () => {
    const lab = await open();
    await ask(lab, 'PUT', `${VM}/unlink`, { idlist: 'scsi0' });
    expect(lab.guest(100).config).toMatchObject({ unused0: 'local-lvm:vm-100-disk-0' });
    await ask(lab, 'PUT', '/nodes/pve1/qemu/101/unlink', { idlist: 'scsi0', force: 1 });
    expect(Object.keys(lab.guest(101).config).filter((key) => /scsi0|unused/.test(key))).toEqual([]);
  });
});

describe('destroying', () => {
  it('is refused for what HA manages unless it is purged', async () => {
    const lab = await open();
    lab.as('root@pam').setHa(100, 'ignored');
    const reason = 'used in HA resources and purge parameter not set.';
    expect(await ask(lab, 'DELETE', VM)).toBe(`500 unable to remove VM 100 - ${reason}`);
    expect(await exitOf(lab, 'DELETE', `${VM}?purge=1`)).toBe('OK');
    expect(await getRows(lab, '/cluster/ha/resources')).toEqual([]);
  });

  it('names protection first, then HA, then that it runs', async () => {
    const lab = await open();
    const root = lab.as('root@pam');
    root.start(100);
    root.setHa(100, 'started');
    root.setConfig(100, { protection: 1 });
    expect(await ask(lab, 'DELETE', VM)).toContain('protection mode enabled');
    root.setConfig(100, { protection: 0 });
    expect(await ask(lab, 'DELETE', VM)).toContain('used in HA resources');
    expect(await ask(lab, 'DELETE', `${VM}?purge=1`)).toBe('500 VM 100 is running - destroy failed');
  });

  it('a locked VM makes its task fail, a locked container is refused; force is for containers', async () => {
    const lab = await open();
    const root = lab.as('root@pam');
    for (const vmid of [100, 200]) root.setConfig(vmid, { lock: 'backup' });
    expect(await exitOf(lab, 'DELETE', VM)).toBe('VM is locked (backup)');
    expect(await ask(lab, 'DELETE', CT)).toBe('500 CT is locked (backup)');
    expect(await exitOf(lab, 'DELETE', `${CT}?force=1`)).toBe('OK');
    root.create('lxc', { vmid: 201 });
    root.start(201);
    expect(await ask(lab, 'DELETE', '/nodes/pve1/lxc/201')).toBe('500 unable to destroy CT 201 - container is running');
    expect(await exitOf(lab, 'DELETE', '/nodes/pve1/lxc/201?force=1')).toBe('OK');
  });

  it('fails for a template whose linked clones are still there', async () => {
    const lab = await open();
    const root = lab.as('root@pam');
    root.template(101);
    root.clone(101, { newid: 110 });
    const base = 'shared:101/base-101-disk-0.qcow2';
    expect(await exitOf(lab, 'DELETE', '/nodes/pve1/qemu/101')).toBe(
      `base volume '${base}' is still in use by linked cloned`,
    );
    root.destroy(110);
    expect(await exitOf(lab, 'DELETE', '/nodes/pve1/qemu/101')).toBe('OK');
  });
});

describe('migration', () => {
  it('of what runs needs online, or of a container restart', async () => {
    const lab = await open();
    for (const vmid of [101, 200]) lab.as('root@pam').start(vmid);
    expect(await ask(lab, 'POST', '/nodes/pve1/qemu/101/migrate', { target: 'pve2' })).toBe(
      "500 can't migrate running VM without --online",
    );
    expect(await ask(lab, 'POST', `${CT}/migrate`, { target: 'pve2' })).toBe(
      "500 can't migrate running container without --online or --restart",
    );
    expect(await exitOf(lab, 'POST', '/nodes/pve1/qemu/101/migrate', { target: 'pve2', online: 1 })).toBe('OK');
    expect(await exitOf(lab, 'POST', `${CT}/migrate`, { target: 'pve2', restart: 1 })).toBe('OK');
    expect([lab.guest(101).node, lab.guest(200).node]).toEqual(['pve2', 'pve2']);
  });

  it('of local disks needs to be asked for while it runs; the reason is in the log', async () => {
    const lab = await open();
    lab.as('root@pam').start(100);
    expect(await exitOf(lab, 'POST', `${VM}/migrate`, { target: 'pve2', online: 1 })).toBe('migration aborted');
    expect(await logOf(lab)).toEqual([
      "can't migrate local disk 'local-lvm:vm-100-disk-0': can't live migrate attached local disks without with-local-disks option",
      "ERROR: migration aborted (duration 00:00:00): Problem found while scanning volumes - can't migrate VM - check log",
      'TASK ERROR: migration aborted',
    ]);
    const whole = { target: 'pve2', online: 1, 'with-local-disks': 1, targetstorage: 'local-lvm:shared' };
    expect(await exitOf(lab, 'POST', `${VM}/migrate`, whole)).toBe('OK');
    expect(lab.guest(100)).toMatchObject({ node: 'pve2', config: { scsi0: 'shared:vm-100-disk-0,size=8G' } });
  });

  it('of devices of the node fails, and a token cannot force it', async () => {
    const lab = await open();
    lab.as('root@pam').setConfig(101, { hostpci0: '0000:01:00.0' });
    const path = '/nodes/pve1/qemu/101/migrate';
    expect(await exitOf(lab, 'POST', path, { target: 'pve2' })).toBe('migration aborted');
    expect(await logOf(lab)).toContain(
      "ERROR: migration aborted (duration 00:00:00): can't migrate VM which uses local devices: hostpci0",
    );
    expect(await ask(lab, 'POST', path, { target: 'pve2', force: 1 })).toBe(
      '400 {"force":"Only root may use this option."}',
    );
  });

  it('to where a storage is not is refused, and the precondition says so', async () => {
    const lab = await open();
    lab.storage('local-lvm').restrictTo(['pve1', 'pve3']);
    expect(await ask(lab, 'POST', `${VM}/migrate`, { target: 'pve2' })).toBe(
      "500 storage 'local-lvm' is not available on node 'pve2'",
    );
    expect(await ask(lab, 'POST', `${VM}/migrate`, { target: 'pve2', targetstorage: 'nope' })).toBe(
      "500 storage 'nope' does not exist",
    );
    expect(await getRow(lab, `${VM}/migrate`)).toMatchObject({
      running: 0,
      allowed_nodes: ['pve3'],
      not_allowed_nodes: { pve2: { unavailable_storages: ['local-lvm'] } },
      local_disks: [{ volid: 'local-lvm:vm-100-disk-0', drivename: 'scsi0', size: 8 * 1024 ** 3 }],
      local_resources: [],
    });
    lab.as('root@pam').start(100);
    expect(Object.keys(await getRow(lab, `${VM}/migrate`))).not.toContain('allowed_nodes');
  });

  it('of what is locked is refused', async () => {
    const lab = await open();
    lab.as('root@pam').setConfig(100, { lock: 'backup' });
    expect(await ask(lab, 'POST', `${VM}/migrate`, { target: 'pve2' })).toBe('500 VM is locked (backup)');
  });
});

describe('cloning', () => {
  it('has its refusals', async () => {
    const lab = await open();
    const root = lab.as('root@pam');
    const clone = (path: string, body: Body) => ask(lab, 'POST', `${path}/clone`, { newid: 150, ...body });
    expect(await clone(VM, { full: 1, target: 'pve2' })).toBe(
      "500 can't clone VM to node 'pve2' (VM uses local storage)",
    );
    expect(await clone(VM, { full: 1, storage: 'nope' })).toBe("500 storage 'nope' does not exist");
    expect(await clone(VM, { full: 1, snapname: 'nope' })).toBe("500 snapshot 'nope' does not exist");
    root.template(101);
    expect(await clone('/nodes/pve1/qemu/101', { storage: 'shared' })).toBe(
      "500 parameter 'storage' not allowed for linked clones",
    );
    root.start(200);
    expect(await clone(CT, { full: 1 })).toBe('500 Cannot do full clones on a running container without snapshots');
    expect(await clone(VM, { full: 1, storage: 'shared', target: 'pve2' })).toBe('200');
    expect(lab.guest(150)).toMatchObject({ node: 'pve2', config: { scsi0: expect.stringContaining('shared:150/') } });
  });

  it('of a snapshot has the configuration of then', async () => {
    const lab = await open();
    lab.as('root@pam').setConfig(100, { cores: 2 });
    lab.as('root@pam').snapshot(100, 'then');
    lab.as('root@pam').setConfig(100, { cores: 4 });
    expect(await ask(lab, 'POST', `${VM}/clone`, { newid: 150, full: 1, snapname: 'then' })).toBe('200');
    expect(lab.guest(150).config).toMatchObject({ cores: 2 });
    expect(await getRow(lab, `${VM}/snapshot/then/config`)).toMatchObject({ cores: 2, snaptime: expect.any(Number) });
    expect(await ask(lab, 'GET', `${VM}/snapshot/nope/config`)).toBe("500 snapshot 'nope' does not exist");
  });
});

describe('disks', () => {
  it('are moved or given away, not both and not neither', async () => {
    const lab = await open();
    const move = (body: Body) => ask(lab, 'POST', `${VM}/move_disk`, { disk: 'scsi0', ...body });
    expect(await move({})).toContain("both 'storage' and 'target-vmid' missing, either needs to be set");
    expect(await move({ storage: 'shared', 'target-vmid': 101 })).toContain(
      "either set 'storage' or 'target-vmid', but not both",
    );
    expect(await move({ disk: 'scsi77', storage: 'shared' })).toContain(
      "value 'scsi77' does not have a value in the enumeration 'ide0,",
    );
    expect(await move({ 'target-vmid': 101 })).toBe("500 Target disk key 'scsi0' is already in use for VM '101'");
    lab.as('root@pam').start(100);
    expect(await move({ 'target-vmid': 101, 'target-disk': 'scsi3' })).toContain('500 Cannot move disk of running VM');
    lab.as('root@pam').stop(100);
    expect(await move({ 'target-vmid': 101, 'target-disk': 'scsi3' })).toBe('200');
    expect(lab.tasks().at(-1)).toMatchObject({ type: 'qmmove', id: '100-scsi0>101-scsi3', exit: 'OK' });
    expect(lab.guest(100).config['scsi0']).toBeUndefined();
    expect(lab.guest(101).config['scsi3']).toBe('local-lvm:vm-101-disk-0,size=8G');
  });

  it('in snapshots are not moved away', async () => {
    const lab = await open();
    lab.as('root@pam').snapshot(100, 'one');
    const body = { disk: 'scsi0', storage: 'shared' };
    expect(await ask(lab, 'POST', `${VM}/move_disk`, { ...body, delete: 1 })).toBe(
      "500 you can't move a disk with snapshots and delete the source",
    );
    expect(
      await ask(lab, 'POST', `${VM}/move_disk`, { disk: 'scsi0', 'target-vmid': 101, 'target-disk': 'ide1' }),
    ).toBe("500 Can't move disk 'scsi0' which is used by a snapshot");
    expect(await ask(lab, 'POST', `${VM}/move_disk`, body)).toBe('200');
    expect(await ask(lab, 'PUT', `${VM}/resize`, { disk: 'scsi0', size: 'big' })).toContain('regex pattern');
  });
});

describe('backups', () => {
  it('of nothing, or of all and one, are refused; notes name the guest; protected ones stay', async () => {
    const lab = await open();
    const vzdump = (body: Body) => ask(lab, 'POST', '/nodes/pve1/vzdump', { storage: 'backup', ...body });
    expect(await vzdump({})).toBe('400 {"vmid":"property is missing"}');
    expect(await vzdump({ all: 1, vmid: 100 })).toBe('400 {"all":"option conflicts with option \'vmid\'"}');
    expect(await vzdump({ vmid: 100, ionice: 9 })).toBe('400 {"ionice":"value must have a maximum value of 8"}');
    await vzdump({ vmid: 100, protected: 1, 'notes-template': '{{guestname}} {{vmid}} {{node}} {{cluster}} {{x}}' });
    const list = '/nodes/pve1/storage/backup/content';
    const [backup] = await getRows(lab, list);
    expect(backup).toMatchObject({ notes: 'VM 100 100 pve1 lab {{x}}', protected: 1 });
    const path = `${list}/${encodeURIComponent(String(backup?.['volid']))}`;
    expect(await exitOf(lab, 'DELETE', path)).toContain('cannot remove protected volume');
    expect(await ask(lab, 'PUT', path, { protected: 0, notes: 'mine' })).toBe('200');
    expect(await getRow(lab, path)).toMatchObject({ notes: 'mine', format: 'vma.zst' });
    expect(await exitOf(lab, 'DELETE', path)).toBe('OK');
    expect(lab.tasks().at(-1)).toMatchObject({ type: 'imgdel', id: '100@backup' });
    expect(await getRows(lab, list)).toEqual([]);
    expect(await exitOf(lab, 'DELETE', path)).toContain('failed - No such file or directory');
    expect(await ask(lab, 'PUT', path, { notes: 'x' })).toContain('does not exist');
    expect((await call(lab, 'DELETE', path, { token: lab.auditorToken })).reason).toBe(
      'Permission check failed (/storage/backup, Datastore.Allocate)',
    );
  });

  it('of all guests of a pool, or without some', async () => {
    const lab = await open();
    lab.as('root@pam').setPool(100, 'prod');
    const backedUp = async (body: Body): Promise<unknown[]> => {
      await ask(lab, 'POST', '/nodes/pve1/vzdump', { storage: 'backup', ...body });
      const rows = await getRows(lab, '/nodes/pve1/storage/backup/content');
      for (const { volid } of rows)
        await call(lab, 'DELETE', `/nodes/pve1/storage/backup/content/${encodeURIComponent(String(volid))}`);
      return rows.map(({ vmid }) => vmid);
    };
    expect(await backedUp({ pool: 'prod' })).toEqual([100]);
    expect(await backedUp({ all: 1, exclude: '100,200' })).toEqual([101]);
    lab.as('root@pam').setConfig(100, { lock: 'snapshot' });
    await ask(lab, 'POST', '/nodes/pve1/vzdump', { storage: 'backup', vmid: 100 });
    expect(await logOf(lab)).toContain('ERROR: Backup of VM 100 failed - VM is locked (snapshot)');
  });

  it('are not restored over what is protected or locked', async () => {
    const lab = await open();
    const root = lab.as('root@pam');
    const archive = root.backup(100);
    const restore = (body: Body = {}) =>
      exitOf(lab, 'POST', '/nodes/pve1/qemu', { vmid: 100, archive, force: 1, ...body });
    root.setConfig(100, { protection: 1 });
    expect(await restore()).toBe('500 unable to restore VM 100 - protection mode enabled');
    root.setConfig(100, { protection: 0, lock: 'backup' });
    expect(await restore()).toBe('500 VM is locked (backup)');
    root.setConfig(100, { lock: null, skiplock: 1 });
    expect(await restore({ storage: 'nope' })).toBe("500 storage 'nope' does not exist");
    expect(await restore({ pool: 'nope' })).toBe("500 no such pool 'nope'");
    expect(await restore({ start: 1 })).toBe('OK');
    expect(lab.guest(100).power).toBe('running');
  });
});

describe('shutting down a system that takes no notice', () => {
  it('fails when the time has passed, and with forceStop it is stopped then', async () => {
    const { clock, forward } = stoppedClock();
    const lab = await open({ clock });
    const root = lab.as('root@pam');
    for (const vmid of [100, 200]) {
      root.start(vmid);
      lab.ignoreShutdown(vmid);
    }
    const shutDown = async (path: string, body: Body = {}) => exitOf(lab, 'POST', `${path}/status/shutdown`, body);
    expect(await shutDown(VM, { timeout: 5 })).toBeNull();
    forward(4_999);
    expect(lab.tasks().at(-1)?.exit).toBeNull();
    forward(1);
    expect(lab.tasks().at(-1)?.exit).toBe('VM quit/powerdown failed - got timeout');
    expect(lab.guest(100).power).toBe('running');
    await shutDown(CT);
    forward(60_000);
    expect(lab.tasks().at(-1)?.exit).toBe("command 'lxc-stop -n 200 --nokill --timeout 60' failed: exit code 1");
    await shutDown(VM, { timeout: 5, forceStop: 1 });
    expect(lab.guest(100).power).toBe('running');
    forward(5_000);
    expect([lab.tasks().at(-1)?.exit, lab.guest(100).power]).toEqual(['OK', 'stopped']);
    root.start(100);
    await ask(lab, 'POST', `${VM}/status/reboot`, { timeout: 2 });
    forward(2_000);
    expect(lab.tasks().at(-1)).toMatchObject({ type: 'qmreboot', exit: 'VM quit/powerdown failed - got timeout' });
    lab.ignoreShutdown(100, false);
    expect(await shutDown(VM)).toBe('OK');
    expect(await ask(lab, 'POST', `${VM}/status/shutdown`, { timeout: -1 })).toContain('minimum value of 0');
  });
});

describe('HA', () => {
  it('is asked whether the guest is as it is wanted or not, and acts later', async () => {
    const { clock, forward } = stoppedClock();
    const lab = await open({ clock, haDelayMs: 10_000 });
    const root = lab.as('root@pam');
    root.setHa(100, 'stopped');
    const types = () =>
      lab
        .tasks()
        .map(({ type, authid }) => `${type} ${authid}`)
        .slice(3);
    expect(await exitOf(lab, 'POST', `${VM}/status/start`)).toBe('OK');
    expect(lab.guest(100)).toMatchObject({ power: 'stopped', haState: 'started' });
    forward(10_000);
    expect(lab.guest(100).power).toBe('running');
    expect(await exitOf(lab, 'POST', `${VM}/status/start`)).toBe('OK');
    forward(10_000);
    await ask(lab, 'POST', `${VM}/migrate`, { target: 'pve2', online: 1 });
    expect(lab.guest(100).node).toBe('pve1');
    forward(10_000);
    expect(lab.guest(100).node).toBe('pve2');
    expect(types()).toEqual([
      'hastart root@pam!lab',
      'qmstart root@pam',
      'hastart root@pam!lab',
      'hamigrate root@pam!lab',
      'qmigrate root@pam',
    ]);
  });

  it('stops also what does not go down, and does nothing to what it ignores', async () => {
    const { clock, forward } = stoppedClock();
    const lab = await open({ clock });
    const root = lab.as('root@pam');
    root.start(100);
    root.setHa(100, 'started');
    lab.ignoreShutdown(100);
    expect(await exitOf(lab, 'POST', `${VM}/status/shutdown`, { timeout: 8 })).toBeNull();
    forward(60_000);
    expect([lab.tasks().at(-1)?.type, lab.guest(100).power]).toEqual(['qmshutdown', 'stopped']);
    await ask(lab, 'POST', `${VM}/status/stop`);
    expect(lab.tasks().at(-1)?.type).toBe('hastop');
    root.setHa(100, 'ignored');
    await ask(lab, 'POST', `${VM}/migrate`, { target: 'pve2' });
    expect(lab.tasks().at(-1)?.type).toBe('qmigrate');
  });

  it('moves by its own call, and knows only guests that there are', async () => {
    const lab = await open({ release: '9.2' });
    lab.as('root@pam').setHa(101, 'stopped');
    const path = '/cluster/ha/resources/vm:101';
    expect((await call(lab, 'POST', `${path}/migrate`, { body: { node: 'pve3' } })).json['data']).toEqual({
      sid: 'vm:101',
      'requested-node': 'pve3',
    });
    expect(lab.guest(101).node).toBe('pve3');
    expect(await ask(lab, 'POST', `${path}/relocate`, { node: 'pve1' })).toBe('200');
    expect(lab.guest(101).node).toBe('pve1');
    expect(await ask(lab, 'POST', '/cluster/ha/resources/vm:100/migrate', { node: 'pve3' })).toBe(
      "500 no such resource 'vm:100'",
    );
    expect(await ask(lab, 'POST', '/cluster/ha/resources', { sid: 'vm:555' })).toBe(
      "500 resource 'vm:555' does not exist in cluster",
    );
  });
});

describe('the firewall of a guest', () => {
  it('has options that are set, removed and guarded by a digest', async () => {
    const lab = await open();
    const path = `${VM}/firewall/options`;
    expect(await ask(lab, 'PUT', path, { enable: 1, policy_in: 'DROP', log_level_in: 'info' })).toBe('200');
    const before = await getRow(lab, path);
    expect(before).toEqual({ enable: 1, policy_in: 'DROP', log_level_in: 'info', digest: expect.any(String) });
    expect(await ask(lab, 'PUT', path, { delete: 'policy_in', digest: String(before['digest']) })).toBe('200');
    expect(Object.keys(await getRow(lab, path)).sort()).toEqual(['digest', 'enable', 'log_level_in']);
    expect(await ask(lab, 'PUT', path, { enable: 0, digest: String(before['digest']) })).toContain(
      'detected modified configuration',
    );
    expect(await ask(lab, 'PUT', path, { policy_in: 'MAYBE' })).toContain("'ACCEPT, REJECT, DROP'");
  });
});

it('a rollback can start what it leaves off', async () => {
  const lab = await open();
  lab.as('root@pam').snapshot(100, 'one');
  await ask(lab, 'POST', `${VM}/snapshot/one/rollback`);
  expect(lab.guest(100).power).toBe('stopped');
  await ask(lab, 'POST', `${VM}/snapshot/one/rollback`, { start: 1 });
  expect(lab.guest(100).power).toBe('running');
});

it('a pool is deleted by its name as a parameter since 8', async () => {
  const lab = await open();
  await ask(lab, 'POST', '/pools', { poolid: 'new' });
  expect(await ask(lab, 'DELETE', '/pools?poolid=new')).toBe('200');
  expect(await ask(lab, 'GET', '/pools/new')).toBe("500 pool 'new' does not exist");
});
