import { afterEach, describe, expect, it } from '@jest/globals';
import type { Lab, LabGuestView, LabOptions } from '../../src/lab/lab.ts';
import type { FeedCursor, FeedPoll } from '../../src/providers/provider.ts';
import { type FeedLab, openFeedLab } from '../helpers/feed-lab.ts';
import { MASK_KEY } from '../helpers/mask-key.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function open(options: LabOptions = {}, token?: (lab: Lab) => string): Promise<FeedLab> {
  const world = await openFeedLab(options, token);
  closers.push(world.close);
  return world;
}

function pick(lab: Lab, kind: 'qemu' | 'lxc', power: LabGuestView['power']): LabGuestView {
  const found = lab.guests().find((guest) => {
    const isPlain =
      guest.config['template'] === undefined && guest.haState === null && guest.config['lock'] === undefined;
    return guest.kind === kind && guest.power === power && isPlain;
  });
  if (found === undefined) throw new Error(`the lab has no ${kind} that is ${power}`);
  return found;
}

type Row = Record<string, unknown>;

/** From now on the listing has these rows instead. */
function showRows(lab: Lab, alter: (row: Row) => Row): void {
  const nodes = ['pve1', 'pve2'].map((node) => ({ type: 'node', id: `node/${node}`, node, status: 'online' }));
  const guests = lab.guests().map(({ kind, vmid, node, name, power }) => {
    return { type: kind, id: `${kind}/${vmid}`, vmid, node, name, status: power };
  });
  const storage = { type: 'storage', id: 'storage/pve1/local', storage: 'local', node: 'pve1', content: 'images' };
  const body = JSON.stringify({ data: [...nodes, ...guests, storage].map(alter) });
  lab.faults.clear();
  lab.faults.add({ match: /cluster\/resources/, effect: { kind: 'body', body } });
}

const NOTHING_KNOWN = { maskKey: MASK_KEY, knownTasks: new Map() };

/** Polls after `ms` have passed. */
async function pollFeeds(world: FeedLab, cursor: FeedCursor | null, ms = 10_000): Promise<FeedPoll> {
  world.clock.pass(ms);
  world.calls();
  return world.provider.poll({ cursor });
}

function told({ changed }: FeedPoll): string[] {
  return changed.map(({ kind, nativeId, reason }) => `${kind}/${nativeId} ${reason}`);
}

type Act = (lab: Lab, guests: { vm: LabGuestView; off: LabGuestView; ct: LabGuestView }, release: string) => string[];

const ACTIVITIES: Readonly<Record<string, Act>> = {
  'an edit': (lab, { vm: { vmid } }) => {
    lab.as('alice@pve').setConfig(vmid, { description: 'hello' });
    return [`qemu/${vmid} update VM`];
  },
  'an edit that shows in the listing': (lab, { off: { vmid } }) => {
    lab.as('alice@pve').setConfig(vmid, { memory: 768 });
    return [`qemu/${vmid} maxmem, update VM`];
  },
  'an edit of a container that shows in the listing': (lab, { ct: { vmid } }) => {
    lab.as('alice@pve').setConfig(vmid, { hostname: 'renamed' });
    return [`lxc/${vmid} name`];
  },
  'an edit of a container that shows nowhere': (lab, { ct: { vmid } }) => {
    lab.as('alice@pve').setConfig(vmid, { description: 'hello' });
    return [];
  },
  'a start': (lab, { off: { vmid } }) => {
    lab.as('alice@pve').start(vmid);
    return [`qemu/${vmid} status, qmstart`];
  },
  'a shutdown': (lab, { ct: { vmid } }) => {
    lab.as('alice@pve').shutdown(vmid);
    return [`lxc/${vmid} status, vzshutdown`];
  },
  'a reset': (lab, { vm: { vmid } }) => {
    lab.as('alice@pve').reset(vmid);
    return [`qemu/${vmid} qmreset`];
  },
  'a migration': (lab, { vm: { vmid, node } }) => {
    lab.as('alice@pve').migrate(vmid, node === 'pve1' ? 'pve2' : 'pve1');
    return [`qemu/${vmid} node, qmigrate`];
  },
  'a clone': (lab, { off: { vmid } }) => {
    lab.as('alice@pve').clone(vmid, { newid: 900 });
    return ['qemu/900 appeared'];
  },
  'a new machine': (lab) => {
    lab.as('alice@pve').create('qemu', { vmid: 901, name: 'new', memory: 512 });
    return ['qemu/901 appeared, qmcreate'];
  },
  'a removal': (lab, { off: { vmid } }) => {
    lab.as('alice@pve').destroy(vmid);
    return [`qemu/${vmid} vanished`];
  },
  'a vmid that is used again': (lab, { off: { vmid, node, name } }) => {
    lab.as('alice@pve').destroy(vmid);
    lab.as('bob@pve').create('qemu', { vmid, node, name });
    return [`qemu/${vmid} tags, maxcpu, maxmem, maxdisk, pool, qmdestroy, qmcreate`];
  },
  'a vmid that becomes a container': (lab, { off: { vmid, node } }) => {
    lab.as('alice@pve').destroy(vmid);
    lab.as('bob@pve').create('lxc', { vmid, node, name: 'ct', rootfs: 'local-lvm:4' });
    return [`lxc/${vmid} appeared, qmdestroy, vzcreate`, `qemu/${vmid} vanished`];
  },
  'a snapshot': (lab, { vm: { vmid } }) => {
    lab.as('alice@pve').snapshot(vmid, 'before');
    return [`qemu/${vmid} qmsnapshot`];
  },
  'a snapshot and the return to it': (lab, { off: { vmid } }) => {
    lab.as('alice@pve').snapshot(vmid, 'before');
    lab.as('bob@pve').rollback(vmid, 'before');
    return [`qemu/${vmid} qmsnapshot, qmrollback`];
  },
  'a disk that grows': (lab, { vm: { vmid, config } }, release) => {
    const disk = Object.keys(config).find((key) => /^(?:scsi|virtio|sata)\d$/.test(key)) ?? 'scsi0';
    lab.as('alice@pve').resize(vmid, disk, '+1G');
    // Not a task before 8.
    return [`qemu/${vmid} maxdisk, update VM${release === '7.4' ? '' : ', resize'}`];
  },
  'a pool': (lab, { ct: { vmid, pool } }) => {
    lab.as('alice@pve').setPool(vmid, pool === 'prod' ? null : 'prod');
    return [`lxc/${vmid} pool`];
  },
  'being put under HA': (lab, { vm: { vmid } }) => {
    lab.as('alice@pve').setHa(vmid, 'started');
    return [`qemu/${vmid} ha`];
  },
  'a backup': (lab, { vm: { vmid } }) => {
    lab.as('alice@pve').backup(vmid);
    return [];
  },
};

describe.each(['7.4', '8.4', '9.2'] as const)('the feeds of %s', (release) => {
  it('tell of nothing when nothing happens, in two calls', async () => {
    const world = await open({ release });
    const first = await pollFeeds(world, null);
    expect(first).toMatchObject({ changed: [], fullRun: 'this is the first poll' });
    const second = await pollFeeds(world, first.cursor);
    expect(world.calls().sort()).toEqual(['/cluster/log', '/cluster/resources']);
    expect(second).toMatchObject({ changed: [], fullRun: null });
  });

  it.each(Object.entries(ACTIVITIES))('report %s as a change, once', async (_, act) => {
    const world = await open({ release });
    const { lab } = world;
    const guests = {
      vm: pick(lab, 'qemu', 'running'),
      off: pick(lab, 'qemu', 'stopped'),
      ct: pick(lab, 'lxc', 'running'),
    };
    const first = await pollFeeds(world, null);
    const expected = act(lab, guests, release);
    const second = await pollFeeds(world, first.cursor);
    expect({ told: told(second), fullRun: second.fullRun }).toEqual({ told: expected, fullRun: null });
    expect(world.calls()).toHaveLength(2);
    // What could not be stored is found again from the cursor before.
    expect(told(await pollFeeds(world, first.cursor))).toEqual(expected);
    const { cursor } = await world.provider.discoverChanged(second, NOTHING_KNOWN);
    expect(told(await pollFeeds(world, cursor))).toEqual([]);
  });
});

describe('a poll of the feeds', () => {
  it('reads the list of tasks where the token may not read the log', async () => {
    const world = await open({}, (lab) => {
      lab.acl.revoke('rollcall@pve!ro', '/');
      lab.acl.grant('rollcall@pve!ro', '/', 'PVEAuditor');
      return lab.auditorToken;
    });
    const { lab } = world;
    const first = await pollFeeds(world, null);
    const vm = pick(lab, 'qemu', 'running');
    lab.as('alice@pve').reset(vm.vmid);
    lab.as('alice@pve').setConfig(vm.vmid, { description: 'unheard' });
    const second = await pollFeeds(world, first.cursor);
    expect(world.calls().sort()).toEqual(['/cluster/resources', '/cluster/tasks']);
    expect(told(second)).toEqual([`qemu/${vm.vmid} qmreset`]);
  });

  it('needs no cluster', async () => {
    const world = await open({ clusterName: null, nodes: 1, vms: 4 });
    const { vmid } = pick(world.lab, 'qemu', 'running');
    const first = await pollFeeds(world, null);
    world.lab.as('alice@pve').shutdown(vmid);
    expect(told(await pollFeeds(world, first.cursor))).toEqual([`qemu/${vmid} status, qmshutdown`]);
  });

  it('turns to the list of tasks when the right to the log goes', async () => {
    const world = await open();
    const { lab } = world;
    const first = await pollFeeds(world, null);
    lab.acl.revoke('rollcall@pve!ro', '/');
    lab.acl.grant('rollcall@pve!ro', '/', 'PVEAuditor');
    const second = await pollFeeds(world, first.cursor);
    expect(second).toMatchObject({ changed: [], fullRun: 'lines of the cluster log were missed' });
    const vm = pick(lab, 'qemu', 'running');
    lab.as('alice@pve').reset(vm.vmid);
    expect(told(await pollFeeds(world, second.cursor))).toEqual([`qemu/${vm.vmid} qmreset`]);
    expect(world.calls()).toContain('/cluster/tasks');
  });

  it('reads on where the log goes further back than it asked', async () => {
    const world = await open();
    const { lab } = world;
    const { vmid } = pick(lab, 'qemu', 'running');
    const first = await pollFeeds(world, null);
    for (let n = 0; n < 150; n++) lab.as('alice@pve').setConfig(vmid, { description: `note ${n}` });
    const second = await pollFeeds(world, first.cursor);
    expect({ told: told(second), fullRun: second.fullRun }).toEqual({
      told: [`qemu/${vmid} update VM`],
      fullRun: null,
    });
    expect(world.calls()).toHaveLength(3);
  });

  it('asks for a full run when lines have left the log unread, and carries on from there', async () => {
    const world = await open();
    const { lab } = world;
    const { vmid } = pick(lab, 'qemu', 'running');
    const first = await pollFeeds(world, null);
    for (let n = 0; n < 200; n++) lab.as('alice@pve').setConfig(vmid, { description: `${n} ${'x'.repeat(900)}` });
    const second = await pollFeeds(world, first.cursor);
    expect(second).toMatchObject({ changed: [], fullRun: 'lines of the cluster log were missed' });
    expect(await pollFeeds(world, second.cursor)).toMatchObject({ fullRun: null });
  });

  it('concludes nothing from what differs when a node comes or goes, and asks for a full run', async () => {
    const world = await open();
    const first = await pollFeeds(world, null);
    world.lab.node('pve2').powerOff();
    const second = await pollFeeds(world, first.cursor);
    expect(second).toMatchObject({ changed: [], fullRun: 'node pve2 was online and is offline' });
    const third = await pollFeeds(world, second.cursor);
    expect(third).toMatchObject({ changed: [], fullRun: null });
    world.lab.node('pve2').powerOn();
    expect(await pollFeeds(world, third.cursor)).toMatchObject({
      changed: [],
      fullRun: 'node pve2 was offline and is online',
    });
  });

  it('keeps changed guests until they can be read', async () => {
    const world = await open();
    const { lab } = world;
    const vm = lab.guests().find(({ kind, node }) => kind === 'qemu' && node === 'pve1');
    const first = await pollFeeds(world, null);
    lab.as('alice@pve').setConfig(vm?.vmid ?? 0, { description: 'hello' });
    lab.node('pve2').powerOff();
    const second = await pollFeeds(world, first.cursor);
    expect(second.changed).toEqual([]);
    expect(told(await pollFeeds(world, second.cursor))).toEqual([`qemu/${vm?.vmid} update VM`]);
  });

  it.each([
    ['an empty list', { kind: 'empty-list' }, /is not listed any more|list of guests is empty/],
    ['a list cut short', { kind: 'shorten', keep: 0.3 }, /missing from the listing|is not listed any more/],
    ['unreadable rows', { kind: 'body', body: '{"data":[{"type":"qemu","name":"x"}]}' }, /./],
  ] as const)('asks for a full run over %s', async (_, effect, why) => {
    const world = await open({ vms: 40 });
    const first = await pollFeeds(world, null);
    const heal = world.lab.faults.add({ match: /cluster\/resources/, effect });
    const second = await pollFeeds(world, first.cursor);
    expect(second.changed).toEqual([]);
    expect(second.fullRun).toMatch(why);
    heal();
  });

  it('leaves it to a full run when most guests changed at once', async () => {
    const world = await open({ vms: 40 });
    const { lab } = world;
    const first = await pollFeeds(world, null);
    for (const { vmid, kind } of lab.guests()) if (kind === 'qemu') lab.as('alice@pve').setConfig(vmid, { onboot: 1 });
    const second = await pollFeeds(world, first.cursor);
    expect(second).toMatchObject({ changed: [], fullRun: expect.stringMatching(/^\d+ guests changed at once$/) });
    expect(await pollFeeds(world, second.cursor)).toMatchObject({ changed: [], fullRun: null });
  });

  it('goes on when the log does not answer, and reads it later', async () => {
    const world = await open();
    const { lab } = world;
    const { vmid } = pick(lab, 'qemu', 'running');
    const first = await pollFeeds(world, null);
    lab.as('alice@pve').setConfig(vmid, { description: 'hello' });
    const heal = lab.faults.add({ match: /cluster\/log/, effect: { kind: 'status', status: 500 } });
    const second = await pollFeeds(world, first.cursor);
    expect(second).toMatchObject({ changed: [], fullRun: null });
    heal();
    expect(told(await pollFeeds(world, second.cursor))).toEqual([`qemu/${vmid} update VM`]);
  });

  it('waits for rows that lag instead of asking the guest again', async () => {
    const world = await open({ broadcastLagMs: 8000 });
    const { lab, provider } = world;
    const { vmid } = pick(lab, 'qemu', 'stopped');
    const first = await pollFeeds(world, null);
    world.clock.pass(5000);
    lab.as('alice@pve').start(vmid);
    const second = await pollFeeds(world, first.cursor, 2000);
    expect(told(second)).toEqual([`qemu/${vmid} qmstart`]);
    const { cursor } = await provider.discoverChanged(second, NOTHING_KNOWN);
    expect(await pollFeeds(world, cursor)).toMatchObject({ changed: [], fullRun: null });
  });

  it('asks again when a row does not come to say what the guest said', async () => {
    const world = await open();
    const { lab, provider } = world;
    const { vmid } = pick(lab, 'qemu', 'stopped');
    // Off again by itself before its node told the others that it was on.
    showRows(lab, (row) => ({ ...row, ...(row['vmid'] === vmid && { status: 'stopped' }) }));
    const first = await pollFeeds(world, null);
    lab.as('alice@pve').start(vmid);
    const second = await pollFeeds(world, first.cursor);
    expect(told(second)).toEqual([`qemu/${vmid} qmstart`]);
    const { cursor } = await provider.discoverChanged(second, NOTHING_KNOWN);
    const third = await pollFeeds(world, cursor);
    const fourth = await pollFeeds(world, third.cursor, 11_000);
    expect([third, fourth].map(told)).toEqual([[], [`qemu/${vmid} status`]]);
    expect(told(await pollFeeds(world, (await provider.discoverChanged(fourth, NOTHING_KNOWN)).cursor))).toEqual([]);
  });

  it('waits until a guest that is being made is whole', async () => {
    const world = await open();
    const { lab } = world;
    showRows(lab, (row) => row);
    const first = await pollFeeds(world, null);
    lab.as('alice@pve').create('qemu', { vmid: 900, name: 'new' });
    showRows(lab, (row) => ({ ...row, ...(row['vmid'] === 900 && { lock: 'create' }) }));
    const second = await pollFeeds(world, first.cursor);
    expect(second.changed).toEqual([]);
    showRows(lab, (row) => row);
    expect(told(await pollFeeds(world, second.cursor))).toEqual(['qemu/900 appeared, qmcreate, lock']);
  });

  it('asks for a full run when storages are defined anew, and tells of guests all the same', async () => {
    const world = await open();
    const { lab } = world;
    const { vmid } = pick(lab, 'qemu', 'running');
    showRows(lab, (row) => row);
    const first = await pollFeeds(world, null);
    lab.as('alice@pve').setConfig(vmid, { description: 'hello' });
    showRows(lab, (row) => ({ ...row, ...(row['type'] === 'storage' && { content: 'iso' }) }));
    const second = await pollFeeds(world, first.cursor);
    expect(told(second)).toEqual([`qemu/${vmid} update VM`]);
    expect(second.fullRun).toBe('storages were added, removed or defined anew');
  });

  it('throws when the listing cannot be read', async () => {
    const world = await open();
    const first = await pollFeeds(world, null);
    world.lab.faults.add({ match: /cluster\/resources/, effect: { kind: 'status', status: 500 } });
    await expect(pollFeeds(world, first.cursor)).rejects.toMatchObject({ name: 'AppError' });
  });

  it('takes a cursor that is not its own for none', async () => {
    const world = await open();
    expect(await pollFeeds(world, { takenAt: new Date() })).toMatchObject({ fullRun: 'this is the first poll' });
    const polled = { cursor: { takenAt: new Date() }, changed: [], fullRun: null };
    await expect(world.provider.discoverChanged(polled, NOTHING_KNOWN)).rejects.toThrow(/cursor/);
  });
});
