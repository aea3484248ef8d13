import { describe, expect, it } from '@jest/globals';
import { call, getRow, getRows, messages, newestTask } from './client.ts';
import { openLab } from './labs.ts';

const QUIET = { vms: 0, containers: 0 } as const;

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
