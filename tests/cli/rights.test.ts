import { describe, expect, it } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-status.ts';
import { openWorld, type World } from '../helpers/world.ts';

async function discover(world: World, more = '') {
  world.clock.advance(60_000);
  return world.rollcall(`discover-all ${more}`);
}

/** A token that may see one guest, and nothing else. */
async function narrow(): Promise<World> {
  const world = await openWorld({ nodes: 2, vms: 4 });
  world.env['PROXMOX_VE_API_TOKEN'] = world.lab.auditorToken;
  for (const account of ['rollcall@pve', 'rollcall@pve!ro']) {
    world.lab.acl.revoke(account, '/');
    world.lab.acl.grant(account, '/vms/100', 'PVEAuditor');
  }
  return world;
}

describe('a token that may see one guest', () => {
  it('is told once what it lacks, and its runs are complete within its rights', async () => {
    const world = await narrow();
    const first = await discover(world);
    expect(first.status).toBe(EXIT.done);
    expect(first.stdout).not.toContain('unseen');
    expect(first.stderr).toBe(
      'warning: the token lacks Sys.Audit on /nodes, Sys.Audit on /, VM.Audit on /vms, Datastore.Audit on /storage, Sys.Syslog on /: only what it may see is listed\n' +
        'hint: see `rollcall providers test` for the pveum lines that give it these rights\n',
    );
    const second = await discover(world);
    expect(second).toMatchObject({
      status: EXIT.done,
      stdout: 'lab: 1 guest, nothing changed (complete)\n',
      stderr: '',
    });
    const status = await world.rollcall('sync-status');
    expect(status.stdout).toMatch(/^lab +complete +just now +just now /m);
    expect(status.stdout.match(/^ {2}.*$/gm)).toEqual([
      expect.stringMatching(
        /^ {2}limited by its rights since .*: the token lacks Sys.Audit on \/nodes, .*Sys.Syslog on \/$/,
      ),
    ]);
    const [guest] = (await world.rollcall('list-vms -o json')).rows;
    expect(guest).toMatchObject({ vmid: 100, lastSeenAt: world.clock.now().toISOString() });
  });
});

describe('a run whose configurations are all refused', () => {
  it('is partial, and says so once with what is missing', async () => {
    const world = await openWorld({ nodes: 2, vms: 4, containers: 2 });
    await discover(world);
    world.lab.faults.add({
      match: /\/config$/,
      effect: { kind: 'status', status: 403, reason: 'Permission check failed (/vms/100, VM.Audit)' },
    });
    const ran = await discover(world);
    expect(ran.status).toBe(EXIT.partial);
    expect(ran.stdout.match(/^unseen.*$/gm)).toEqual([
      expect.stringMatching(
        /^unseen +config\/pve1, config\/pve2 +every configuration was refused \(403\); missing: VM.Audit on \/vms, since /,
      ),
    ]);
    expect((await world.rollcall('show-changes -o json --kind changed')).rows).toEqual([]);
    const quiet = await discover(world, '--quiet');
    expect(quiet.stderr.match(/every configuration was refused/g)).toHaveLength(1);
  });

  it('is partial when some are', async () => {
    const world = await openWorld({ nodes: 1, vms: 3, containers: 0 });
    const reason = 'Permission check failed (/vms/100, VM.Audit)';
    world.lab.faults.add({ match: /qemu\/100\/config$/, effect: { kind: 'status', status: 403, reason } });
    const ran = await discover(world);
    expect(ran.status).toBe(EXIT.partial);
    expect(ran.stdout).toContain('1 of 3 configurations could not be read');
  });
});

describe('LAST COMPLETE', () => {
  it('is the last run that read all that it was asked for', async () => {
    const world = await openWorld({ nodes: 2, vms: 3 });
    const lastComplete = async () => (await world.rollcall('sync-status -o json')).rows[0]?.['lastCompleteAt'];
    expect(await lastComplete()).toBeUndefined();
    const remove = world.lab.faults.add({ match: /qemu\/100\/config$/, effect: { kind: 'status', status: 500 } });
    await discover(world);
    expect(await lastComplete()).toBeNull();
    remove();
    await discover(world);
    const completeAt = world.clock.now().toISOString();
    expect(await lastComplete()).toBe(completeAt);
    world.lab.node('pve2').powerOff();
    world.lab.forgetStats('pve2');
    expect((await discover(world)).status).toBe(EXIT.partial);
    expect(await lastComplete()).toBe(completeAt);
    expect((await world.rollcall('sync-status')).stdout).toMatch(/^lab +partial +just now +1 min ago /m);
  });
});

describe('`providers test`', () => {
  it('tells what NoAccess hides, and how to take it back', async () => {
    const world = await openWorld({ nodes: 1, vms: 4, containers: 0 });
    world.env['PROXMOX_VE_API_TOKEN'] = world.lab.auditorToken;
    expect(await world.rollcall('providers test')).toMatchObject({ status: EXIT.done });
    world.lab.acl.grant('rollcall@pve', '/pool/prod', 'NoAccess');
    world.lab.acl.grant('admin@pve', '/pool/test', 'NoAccess');
    const tested = await world.rollcall('providers test');
    expect(tested.status).toBe(EXIT.partial);
    expect(tested.stdout.match(/^FAILED .*$/gm)).toEqual([
      expect.stringMatching(/^FAILED +guests +NoAccess on \/pool\/prod hides its guests$/),
    ]);
    expect(tested.stderr).toBe("hint: pveum acl delete /pool/prod --users 'rollcall@pve' --roles NoAccess\n");
  });
});
