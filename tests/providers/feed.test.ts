import { afterEach, describe, expect, it } from '@jest/globals';
import type { Lab, LabGuestView, LabOptions } from '../../src/lab/lab.ts';
import type { FeedCursor, FeedNews } from '../../src/providers/provider.ts';
import { type FeedLab, openFeedLab } from '../helpers/feed-lab.ts';

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

/** Looks once before something is done and once after it. */
async function look(world: FeedLab, cursor: FeedCursor | null, ms = 10_000): Promise<FeedNews> {
  world.clock.pass(ms);
  world.calls();
  return world.provider.poll({ cursor });
}

function told({ mentioned }: FeedNews): string[] {
  return mentioned.map(({ kind, vmid, reason }) => `${kind}/${vmid} ${reason}`);
}

type Act = (lab: Lab, guests: { vm: LabGuestView; off: LabGuestView; ct: LabGuestView }) => string[];

const DEEDS: Readonly<Record<string, Act>> = {
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
  'a disk that grows': (lab, { vm: { vmid, config } }) => {
    const disk = Object.keys(config).find((key) => /^(?:scsi|virtio|sata)\d$/.test(key)) ?? 'scsi0';
    lab.as('alice@pve').resize(vmid, disk, '+1G');
    return [`qemu/${vmid} maxdisk, update VM, resize`];
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

describe.each(['8.4', '9.2'] as const)('the feeds of %s', (release) => {
  it('tell of nothing when nothing happens, in two calls', async () => {
    const world = await open({ release });
    const first = await look(world, null);
    expect(first).toMatchObject({ mentioned: [], sweep: 'this is the first look' });
    const second = await look(world, first.cursor);
    expect(world.calls().sort()).toEqual(['/cluster/log', '/cluster/resources']);
    expect(second).toMatchObject({ mentioned: [], sweep: null });
  });

  it.each(Object.entries(DEEDS))('mention %s, once', async (_, act) => {
    const world = await open({ release });
    const { lab } = world;
    const guests = {
      vm: pick(lab, 'qemu', 'running'),
      off: pick(lab, 'qemu', 'stopped'),
      ct: pick(lab, 'lxc', 'running'),
    };
    const first = await look(world, null);
    const expected = act(lab, guests);
    const second = await look(world, first.cursor);
    expect({ told: told(second), sweep: second.sweep }).toEqual({ told: expected, sweep: null });
    expect(world.calls()).toHaveLength(2);
    // What could not be stored is found again from the cursor before.
    expect(told(await look(world, first.cursor))).toEqual(expected);
    const { cursor } = await world.provider.discoverNews(second, { maskKey: 'key', knownUpids: new Map() });
    expect(told(await look(world, cursor))).toEqual([]);
  });
});
