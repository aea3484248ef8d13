import path from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { LabGuestView, LabOptions } from '../../src/lab/lab.ts';
import { HistoryRepository } from '../../src/repositories/history/history-repository.ts';
import type { Change } from '../../src/types/history.ts';
import { type FeedWorld, openFeedWorld } from '../helpers/feed-world.ts';
import { tempDir } from '../helpers/temp.ts';

const dir = tempDir();
let count = 0;
const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

interface World extends FeedWorld {
  /** A full run half a minute later, and what it told: `qemu/100 memory 1 → 2 by alice@pve exact`. */
  run: () => Promise<string[]>;
}

function textOf({ resourceKind, vmid, kind, event, patch, attribution }: Change): string[] {
  const { actor, confidence } = attribution;
  const by = actor === null ? 'by nobody known' : `by ${actor} ${confidence}`;
  const head = `${resourceKind}/${vmid}${event === null ? '' : ` [${event}]`}`;
  if (kind !== 'changed' || patch.length === 0) return [`${head} ${kind} ${by}`];
  return patch.map(([field, before, after]) => {
    const [old, now] = [before, after].map((value) =>
      typeof value === 'number' && value > 1e9 ? 'time' : String(value),
    );
    return `${head} ${field} ${old} → ${now} ${by}`;
  });
}

async function open(options: LabOptions = {}, prepare: (world: FeedWorld) => void = () => undefined): Promise<World> {
  const world = await openFeedWorld(path.join(dir, `details-${count++}.db`), { containers: 6, ...options });
  closers.push(world.close);
  prepare(world);
  world.clock.pass(30_000);
  await world.fullRun();
  const history = new HistoryRepository(world.connection);
  let told = (await history.listChanges({ take: 10_000 })).length;
  world.calls();
  const run = async () => {
    world.clock.pass(30_000);
    await world.fullRun();
    const changes = (await history.listChanges({ take: 10_000 })).toSorted((a, b) => a.rev - b.rev || a.seq - b.seq);
    const rows = changes.slice(told).filter(({ event }) => event !== 'observed');
    told = changes.length;
    return rows.flatMap(textOf);
  };
  return { ...world, run };
}

function pick({ lab }: FeedWorld, kind: 'qemu' | 'lxc'): LabGuestView {
  const found = lab
    .guests()
    .find(
      (guest) =>
        guest.kind === kind &&
        guest.power === 'stopped' &&
        guest.config['template'] === undefined &&
        guest.haState === null,
    );
  if (found === undefined) throw new Error(`the lab has no ${kind} that is stopped`);
  return found;
}

function snapshotCalls(world: FeedWorld): number {
  return world.calls().filter((called) => called.endsWith('/snapshot')).length;
}

describe('snapshots', () => {
  it('leave a trace when they are made, deleted and described anew, also those that are not the parent', async () => {
    let vmid = 0;
    const world = await open({}, (opened) => {
      vmid = pick(opened, 'qemu').vmid;
      opened.lab.as('alice@pve').snapshot(vmid, 'base', { description: 'first' });
    });
    const guest = `qemu/${vmid}`;
    world.lab.as('bob@pve').snapshot(vmid, 'second');
    expect(await world.run()).toEqual([
      `${guest} parent base → second by bob@pve exact`,
      `${guest} snapshot.second.parent null → base by bob@pve exact`,
      `${guest} snapshot.second.time null → time by bob@pve exact`,
    ]);
    world.lab.as('alice@pve').describeSnapshot(vmid, 'base', 'the first one');
    expect(await world.run()).toEqual([`${guest} snapshot.base.description first → the first one by nobody known`]);
    world.lab.as('carol@pve').deleteSnapshot(vmid, 'base');
    expect(await world.run()).toEqual([
      `${guest} snapshot.base.description the first one → null by carol@pve exact`,
      `${guest} snapshot.base.time time → null by carol@pve exact`,
      `${guest} snapshot.second.parent base → null by carol@pve exact`,
    ]);
  });

  it('are asked of the guests only that have changed', async () => {
    let vmid = 0;
    const world = await open({ vms: 30, containers: 10 }, (opened) => {
      vmid = pick(opened, 'qemu').vmid;
      opened.lab.as('alice@pve').snapshot(vmid, 'base');
    });
    await world.run();
    expect(snapshotCalls(world)).toBe(0);
    const other = world.lab.guests().find((guest) => guest.kind === 'qemu' && guest.vmid !== vmid);
    if (other === undefined) throw new Error('there is one VM only');
    world.lab.as('bob@pve').setConfig(other.vmid, { description: 'it has no snapshot' });
    await world.run();
    expect(snapshotCalls(world)).toBe(0);
    world.lab.as('bob@pve').setConfig(vmid, { description: 'it has one' });
    await world.run();
    expect(snapshotCalls(world)).toBe(1);
  });

  it('are asked of 50 guests in one run where none were asked before', async () => {
    const world = await open({ vms: 70 }, ({ lab }) => {
      for (const { kind, vmid, config } of lab.guests())
        if (kind === 'qemu' && config['template'] === undefined) lab.as('alice@pve').snapshot(vmid, 'base');
    });
    const { connection } = world;
    await connection.db.$executeRawUnsafe(
      `UPDATE "guests" SET "readSections" = '["placement","power","pool","ha","config"]'`,
    );
    await world.run();
    expect(snapshotCalls(world)).toBe(50);
  });

  it('of containers are told as well', async () => {
    const world = await open();
    const { vmid } = pick(world, 'lxc');
    world.lab.as('alice@pve').snapshot(vmid, 'one');
    await world.run();
    world.lab.as('bob@pve').snapshot(vmid, 'two');
    world.clock.pass(5_000);
    world.lab.as('alice@pve').deleteSnapshot(vmid, 'one');
    expect(await world.run()).toEqual([
      `lxc/${vmid} parent one → two by bob@pve exact`,
      `lxc/${vmid} snapshot.two.time null → time by bob@pve exact`,
      `lxc/${vmid} snapshot.one.time time → null by alice@pve exact`,
    ]);
  });

  it('are told by a poll', async () => {
    const world = await open();
    const { vmid } = pick(world, 'qemu');
    await world.poll();
    world.lab.as('alice@pve').snapshot(vmid, 'one');
    await world.poll();
    await world.told();
    world.lab.as('bob@pve').snapshot(vmid, 'two');
    await world.poll();
    expect(await world.told()).toEqual([
      `qemu/${vmid} changed parent snapshot.two.parent snapshot.two.time by bob@pve`,
    ]);
  });
});

describe('a rollback', () => {
  it('is told from edits after it by what the snapshot holds', async () => {
    let vmid = 0;
    const world = await open({}, (opened) => {
      vmid = pick(opened, 'qemu').vmid;
      opened.lab.as('alice@pve').setConfig(vmid, { memory: 512, cores: 1, balloon: 64, description: 'a' });
      opened.lab.as('alice@pve').snapshot(vmid, 'base');
      opened.lab.as('alice@pve').setConfig(vmid, { memory: 1024, cores: 2, balloon: 128 });
    });
    const guest = `qemu/${vmid}`;
    world.lab.as('bob@pve').rollback(vmid, 'base');
    world.clock.pass(5_000);
    world.lab.as('carol@pve').setConfig(vmid, { cores: 4 });
    world.lab.as('carol@pve').setConfig(vmid, { balloon: 64, description: 'b' });
    expect((await world.run()).toSorted()).toEqual([
      `${guest} [rolled-back] memory 1024 → 512 by bob@pve exact`,
      `${guest} balloon 128 → 64 by bob@pve likely`,
      `${guest} cores 2 → 4 by carol@pve exact`,
      `${guest} description a → b by carol@pve exact`,
    ]);
  });

  it('of a container is exact, and an edit after it nobody knows of', async () => {
    let vmid = 0;
    const world = await open({}, (opened) => {
      vmid = pick(opened, 'lxc').vmid;
      opened.lab.as('alice@pve').setConfig(vmid, { memory: 512, cores: 1 });
      opened.lab.as('alice@pve').snapshot(vmid, 'base');
      opened.lab.as('alice@pve').setConfig(vmid, { memory: 1024, cores: 2 });
    });
    world.lab.as('bob@pve').rollback(vmid, 'base');
    world.clock.pass(5_000);
    world.lab.as('carol@pve').setConfig(vmid, { cores: 4 });
    expect(await world.run()).toEqual([
      `lxc/${vmid} [rolled-back] memory 1024 → 512 by bob@pve exact`,
      `lxc/${vmid} cores 2 → 4 by nobody known`,
    ]);
  });
});

describe('two clones of one source', () => {
  it('are told apart by their logs, which are read of none that is alone', async () => {
    const world = await open();
    const { vmid } = pick(world, 'qemu');
    const alone = world.lab.as('alice@pve').clone(vmid, { full: true });
    expect(await world.run()).toEqual([`qemu/${alone} [cloned] created by alice@pve exact`]);
    expect(world.calls().filter((called) => called.endsWith('/log') && called !== '/cluster/log')).toEqual([]);
    const first = world.lab.as('alice@pve').clone(vmid, { full: true });
    const second = world.lab.as('bob@pve').clone(vmid, { full: true });
    expect((await world.run()).toSorted()).toEqual([
      `qemu/${first} [cloned] created by alice@pve exact`,
      `qemu/${second} [cloned] created by bob@pve exact`,
    ]);
    expect(world.calls().filter((called) => called.endsWith('/log') && called !== '/cluster/log')).toHaveLength(2);
  });
});
