import { beforeEach, describe, expect, it } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-status.ts';
import { openWorld, type World } from '../helpers/world.ts';
import { type FieldState, ok, openField } from './field-world.ts';

const MIB = 1024 ** 2;
const VM = 100;
const CT = 200;

type Told = [path: unknown, before: unknown, after: unknown, actor: unknown, confidence: unknown];

function told(rows: readonly Record<string, unknown>[]): Told[] {
  const seen = rows.filter(({ event }) => event !== 'from-log');
  const all = seen.map(({ path, before, after, actor, confidence }): Told => [path, before, after, actor, confidence]);
  return all.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
}

describe('a value that waits for a restart', () => {
  let world: World;

  /** What a run 30 s after the last one recorded of a guest. */
  async function discover(vmid = VM): Promise<Told[]> {
    world.clock.advance(30_000);
    expect((await world.rollcall('discover-all')).status).toBe(EXIT.done);
    return told((await world.rollcall(`show-changes --guest ${vmid} --since 10s -o json`)).rows);
  }

  async function shown(vmid = VM): Promise<Record<string, unknown>> {
    const [row = {}] = (await world.rollcall(`list-${vmid === VM ? 'vms' : 'containers'} --name '*' -o json`)).rows;
    return row;
  }

  beforeEach(async () => {
    world = await openWorld({ vms: 1 });
    world.lab.as('root@pam').setConfig(VM, { memory: 96 });
    world.lab.as('root@pam').stop(VM);
    world.lab.as('root@pam').start(VM);
    await world.rollcall('discover-all');
    world.clock.advance(30_000);
  });

  it('is told from the one in effect, takes effect by a restart, each by whoever did it', async () => {
    world.lab.as('alice@pve').setConfig(VM, { memory: 200, cpu: 'host' });
    expect(await discover()).toEqual([
      ['pending.cpu.cputype', null, 'host', 'alice@pve', 'exact'],
      ['pending.memory', null, 200, 'alice@pve', 'exact'],
    ]);
    expect(await shown()).toMatchObject({
      memoryBytes: 96 * MIB,
      document: { memory: 96, 'pending.memory': 200, 'pending.cpu.cputype': 'host' },
    });
    const sheet = (await world.rollcall(`show-vm ${VM}`)).stdout;
    expect(sheet).toContain(
      '\nPENDING, until the next restart\ncpu.cputype  x86-64-v2-AES → host\nmemory       96 → 200 MiB\n',
    );
    expect(await discover()).toEqual([]);

    world.lab.as('bob@pve').reboot(VM);
    expect(await discover()).toEqual([
      ['cpu.cputype', 'x86-64-v2-AES', 'host', 'bob@pve', 'exact'],
      ['memory', 96, 200, 'bob@pve', 'exact'],
      ['pending.cpu.cputype', 'host', null, 'bob@pve', 'exact'],
      ['pending.memory', 200, null, 'bob@pve', 'exact'],
    ]);
    expect(await shown()).toMatchObject({ memoryBytes: 200 * MIB });
    expect((await world.rollcall(`show-vm ${VM}`)).stdout).not.toContain('PENDING');
    expect((await world.rollcall('verify')).status).toBe(0);
  });

  it('is told from a value that reaches the guest at once', async () => {
    world.lab.as('alice@pve').setConfig(VM, { memory: 200, name: 'renamed' });
    expect(await discover()).toEqual([
      ['name', 'web-01', 'renamed', 'alice@pve', 'exact'],
      ['pending.memory', null, 200, 'alice@pve', 'exact'],
    ]);
  });

  it('that was set and took effect within one window was made by whoever set it', async () => {
    world.lab.as('alice@pve').setConfig(VM, { memory: 200 });
    world.lab.as('bob@pve').reboot(VM);
    expect(await discover()).toEqual([['memory', 96, 200, 'alice@pve', 'exact']]);
  });

  it('goes by whoever reverts it, sets it back, or writes another one', async () => {
    world.lab.as('alice@pve').setConfig(VM, { memory: 200, cpu: 'host' });
    await discover();
    world.lab.as('bob@pve').setConfig(VM, { revert: 'memory' });
    expect(await discover()).toEqual([['pending.memory', 200, null, 'bob@pve', 'exact']]);
    world.lab.as('carol@pve').setConfig(VM, { cpu: 'max' });
    expect(await discover()).toEqual([['pending.cpu.cputype', 'host', 'max', 'carol@pve', 'exact']]);
    world.lab.as('dave@pve').setConfig(VM, { cpu: 'x86-64-v2-AES' });
    expect(await discover()).toEqual([['pending.cpu.cputype', 'max', null, 'dave@pve', 'exact']]);
  });

  it('may be that something goes', async () => {
    world.lab.as('alice@pve').setConfig(VM, { delete: 'cpu' });
    expect(await discover()).toEqual([['pending.delete.cpu', null, true, 'alice@pve', 'exact']]);
    expect((await world.rollcall(`show-vm ${VM}`)).stdout).toMatch(/\nPENDING.*\ncpu +removed\n/);
    world.lab.as('bob@pve').stop(VM);
    expect(await discover()).toEqual([
      ['cpu.cputype', 'x86-64-v2-AES', null, 'bob@pve', 'exact'],
      ['pending.delete.cpu', true, null, 'bob@pve', 'exact'],
      ['status', 'running', 'stopped', 'bob@pve', 'exact'],
    ]);
  });

  it('takes effect by the first of several who may have done it, likely', async () => {
    world.lab.as('alice@pve').setConfig(VM, { memory: 200 });
    await discover();
    world.lab.as('bob@pve').stop(VM);
    world.lab.as('carol@pve').start(VM);
    expect(await discover()).toEqual([
      ['memory', 96, 200, 'bob@pve', 'likely'],
      ['pending.memory', 200, null, 'bob@pve', 'likely'],
    ]);
  });

  it('of a container has a known end only', async () => {
    world.lab.as('alice@pve').setConfig(CT, { features: 'nesting=1' });
    expect(await discover(CT)).toEqual([['pending.features.nesting', null, 1, null, 'none']]);
    world.lab.as('bob@pve').reboot(CT);
    expect(await discover(CT)).toEqual([
      ['features.nesting', null, 1, 'bob@pve', 'exact'],
      ['pending.features.nesting', 1, null, 'bob@pve', 'exact'],
    ]);
  });

  it('costs one more call when the file has changed, and none while it stays', async () => {
    world.lab.as('alice@pve').setConfig(VM, { memory: 200 });
    world.lab.as('alice@pve').snapshot(CT, 'before');
    const asked = async () => {
      world.lab.requests.splice(0);
      await discover();
      return world.lab.requests.map(({ path }) => path).filter((path) => path.endsWith('/pending'));
    };
    expect((await asked()).sort()).toEqual([`/nodes/pve1/lxc/${CT}/pending`, `/nodes/pve1/qemu/${VM}/pending`]);
    expect(await asked()).toEqual([]);
    world.lab.as('alice@pve').setConfig(VM, { revert: 'memory', name: 'other' });
    // Its digest proves that nothing is pending.
    expect(await asked()).toEqual([]);
    expect(await shown()).toMatchObject({
      name: 'other',
      document: expect.not.objectContaining({ 'pending.memory': 200 }),
    });
  });

  it('is not taken for one in effect when it cannot be read', async () => {
    world.lab.as('alice@pve').setConfig(VM, { memory: 200 });
    world.lab.faults.add({ match: /\/pending$/, effect: { kind: 'status', status: 500, reason: 'no' } });
    world.clock.advance(30_000);
    const { status, stdout } = await world.rollcall('discover-all');
    expect(status).toBe(EXIT.partial);
    expect(stdout).toContain('config/pve1');
    expect(await shown()).toMatchObject({ memoryBytes: 96 * MIB, document: { memory: 96 } });
    world.lab.faults.clear();
    // A run read the line before it read the value.
    expect(await discover()).toEqual([['pending.memory', null, 200, 'alice@pve', 'likely']]);
  });
});

describe('the two answers', () => {
  const guests = [{ type: 'qemu' as const, vmid: VM, name: 'web', status: 'running' }];
  const config = { name: 'web', memory: '200', cores: 2 };

  function state(digest: string, pendingDigest: string): FieldState {
    const rows = [
      { key: 'name', value: 'web' },
      { key: 'memory', value: '96', pending: '200' },
      { key: 'cores', value: 2 },
      { key: 'net1', value: 'virtio=AA:BB:CC:00:00:01,bridge=vmbr0', delete: 1 },
      { key: 'cipassword', value: '**********', pending: '********** ' },
      { key: 'digest', value: pendingDigest },
    ];
    return {
      guests,
      configs: { [VM]: { ...config, cipassword: '**********', digest } },
      answers: { [`GET /nodes/pve1/qemu/${VM}/pending`]: ok(rows) },
    };
  }

  it('of two states of the file are not put together', async () => {
    const world = await openField(state('one', 'two'));
    expect((await world.rollcall('discover-all')).stdout).toContain('changes while it is read');
    expect(world.requests.filter(({ path }) => path.endsWith('/pending'))).toHaveLength(3);
  });

  it('give what a version before this one had stored as if it was in effect, without a change', async () => {
    // Without a digest and /pending, it is stored as that version stored it.
    const world = await openField({ guests, configs: { [VM]: config } });
    await world.rollcall('discover-all');
    expect((await world.rollcall('list-vms -o json')).rows).toMatchObject([{ memoryBytes: 200 * MIB }]);
    world.advance(5);
    world.set(state('one', 'one'));
    await world.rollcall('discover-all');
    expect((await world.rollcall('show-changes --since 1m -o json')).rows).toEqual([
      expect.objectContaining({ path: 'cipassword', before: null }),
    ]);
    const [{ document } = {}] = (await world.rollcall('list-vms -o json')).rows;
    expect(document).toMatchObject({
      memory: 96,
      'pending.memory': 200,
      'net1.bridge': 'vmbr0',
      'pending.delete.net1': true,
      'pending.cipassword': '«hidden»',
    });
    world.advance(5);
    await world.rollcall('discover-all');
    expect((await world.rollcall('show-changes --since 1m -o json')).rows).toEqual([]);
    expect((await world.rollcall('verify')).status).toBe(0);
  });
});
