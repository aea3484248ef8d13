import { beforeAll, describe, expect, it } from '@jest/globals';
import type { LabGuestView } from '../../src/lab/controls.ts';
import { openWorld, type World } from '../helpers/world.ts';

const [ALICE, BOB] = ['alice@pve', 'bob@pve!ops'];

interface Row {
  vmid: number;
  kind: string;
  event: string | null;
  path: string | null;
  before: unknown;
  after: unknown;
  actor: string;
  token: string | null;
  via: string;
  effectiveAt: string;
  notBefore: string;
}

/** `status running → stopped by alice@pve at 5`, with the seconds of the server's time since the world began. */
async function told(world: World, query = '--kind from-log'): Promise<string[]> {
  const { rows } = await world.rollcall(`show-changes ${query} -o json`);
  return (rows as unknown as Row[]).map(
    ({ vmid, kind, event, path, before, after, actor, token, via, effectiveAt, notBefore }) => {
      // It lies within the window that it is said to lie in.
      if (event === 'from-log') expect(Date.parse(notBefore)).toBeLessThanOrEqual(Date.parse(effectiveAt));
      const what = path === null ? kind : `${path} ${JSON.stringify(before)} → ${JSON.stringify(after)}`;
      const by = token === null ? actor : `${actor}!${token}`;
      const seconds = (Date.parse(effectiveAt) - Date.parse('2026-11-21T10:00:00Z')) / 1000;
      return `${vmid} ${what} by ${by} via ${via} at ${seconds}${event === 'from-log' ? '' : ` (${event})`}`;
    },
  );
}

function pick(world: World, kind: 'qemu' | 'lxc', power: string): LabGuestView {
  const guest = world.lab
    .guests()
    .find(
      (one) => one.kind === kind && one.power === power && one.haState === null && one.config['template'] === undefined,
    );
  if (guest === undefined) throw new Error(`the lab has no ${power} ${kind}`);
  return guest;
}

async function open(): Promise<World> {
  const world = await openWorld({ nodes: 2, vms: 4, containers: 2 });
  expect((await world.rollcall('discover-all --quiet')).status).toBe(0);
  world.clock.advance(5_000);
  return world;
}

/** Two things, by one and by another, five seconds after each other. */
function inTurn(world: World, ...acts: (() => unknown)[]): void {
  for (const act of acts) {
    act();
    world.clock.advance(5_000);
  }
}

async function expectWhole(world: World): Promise<void> {
  const verified = await world.rollcall('verify -o json');
  expect(verified.json).toMatchObject({ ok: true, problems: [] });
}

describe('what came and went between two runs', () => {
  let world: World;

  beforeAll(async () => {
    world = await open();
  });

  it('is told of a restart, by who stopped it and who started it', async () => {
    const { vmid } = pick(world, 'qemu', 'running');
    inTurn(
      world,
      () => world.lab.as(ALICE).stop(vmid),
      () => world.lab.as(BOB).start(vmid),
    );
    await world.rollcall('discover-all');
    expect(await told(world)).toEqual([
      `${vmid} status "running" → "stopped" by ${ALICE} via qmstop at 5`,
      `${vmid} status "stopped" → "running" by ${BOB} via qmstart at 10`,
    ]);
    await expectWhole(world);
  });

  it('is marked in the table, and told once', async () => {
    const before = await told(world);
    world.clock.advance(60_000);
    await world.rollcall('discover-all');
    expect(await told(world)).toEqual(before);
    const table = await world.rollcall('show-changes --flat --kind from-log');
    expect(table.stdout).toContain('from log: status running → stopped');
  });
});

describe('a value that was set twice', () => {
  it('has both steps in place of the one that they add up to', async () => {
    const world = await open();
    const { vmid, config } = pick(world, 'qemu', 'stopped');
    inTurn(
      world,
      () => world.lab.as(ALICE).setConfig(vmid, { memory: 8192, tags: 'draft' }),
      () => world.lab.as(BOB).setConfig(vmid, { memory: 3072 }),
    );
    await world.rollcall('discover-all');
    const memory = Number(config['memory']);
    expect(await told(world, `--guest ${vmid} --path memory --since 1m --kind changed`)).toEqual([
      `${vmid} memory ${memory} → 8192 by ${ALICE} via update VM at 5`,
      `${vmid} memory 8192 → 3072 by ${BOB} via update VM at 10`,
    ]);
    expect(await told(world, `--guest ${vmid} --path tags --since 1m --kind changed`)).toHaveLength(1);
    await expectWhole(world);
  });

  it('has both steps when it is what it was, also where it waits for a restart', async () => {
    const world = await open();
    const [off, on] = [pick(world, 'qemu', 'stopped'), pick(world, 'qemu', 'running')];
    const [memory, cores] = [Number(off.config['memory']), Number(on.config['cores'])];
    inTurn(
      world,
      () => world.lab.as(ALICE).setConfig(off.vmid, { memory: 8192 }),
      () => world.lab.as(BOB).setConfig(off.vmid, { memory }),
      () => world.lab.as(ALICE).setConfig(on.vmid, { cores: cores + 1 }),
      () => world.lab.as(BOB).setConfig(on.vmid, { cores }),
    );
    await world.rollcall('discover-all');
    expect((await told(world)).toSorted()).toEqual(
      [
        `${off.vmid} memory ${memory} → 8192 by ${ALICE} via update VM at 5`,
        `${off.vmid} memory 8192 → ${memory} by ${BOB} via update VM at 10`,
        `${on.vmid} pending.cores null → ${cores + 1} by ${ALICE} via update VM at 15`,
        `${on.vmid} pending.cores ${cores + 1} → null by ${BOB} via update VM at 20`,
      ].toSorted(),
    );
    await expectWhole(world);
  });

  it('tells what a rollback undid', async () => {
    const world = await open();
    const { vmid, config } = pick(world, 'qemu', 'stopped');
    world.lab.as(ALICE).snapshot(vmid, 'before');
    await world.rollcall('discover-all --quiet');
    world.clock.advance(5_000);
    inTurn(
      world,
      () => world.lab.as(ALICE).setConfig(vmid, { memory: 8192 }),
      () => world.lab.as(BOB).rollback(vmid, 'before'),
    );
    await world.rollcall('discover-all');
    expect(await told(world)).toEqual([
      `${vmid} memory ${Number(config['memory'])} → 8192 by ${ALICE} via update VM at 10`,
      `${vmid} memory 8192 → ${Number(config['memory'])} by ${BOB} via qmrollback at 15`,
    ]);
    await expectWhole(world);
  });
});

describe('a guest that lived between two runs', () => {
  it('is in the history with its creator and remover, and gone', async () => {
    const world = await open();
    inTurn(
      world,
      () => world.lab.as(ALICE).create('qemu', { vmid: 777, name: 'brief', node: 'pve2' }),
      () => world.lab.as(BOB).destroy(777),
      () => world.lab.as(BOB).create('lxc', { vmid: 777, name: 'brief', node: 'pve1', hostname: 'brief' }),
      () => world.lab.as(ALICE).destroy(777),
    );
    await world.rollcall('discover-all');
    const lives = [
      `777 created by ${ALICE} via qmcreate at 5`,
      `777 removed by ${BOB} via qmdestroy at 10`,
      `777 created by ${BOB} via vzcreate at 15`,
      `777 removed by ${ALICE} via vzdestroy at 20`,
    ];
    expect(await told(world)).toEqual(lives);
    expect((await world.rollcall('show-changes --flat --kind from-log')).stdout).toContain('from log: created on pve2');
    expect((await world.rollcall('list-vms -o json')).rows.map(({ vmid }) => vmid)).not.toContain(777);
    world.clock.advance(60_000);
    await world.rollcall('discover-all');
    expect(await told(world)).toEqual(lives);
    await expectWhole(world);
  });

  it('may be one between two others of the same vmid', async () => {
    const world = await open();
    const { vmid, node } = pick(world, 'qemu', 'stopped');
    inTurn(
      world,
      () => world.lab.as(ALICE).destroy(vmid),
      () => world.lab.as(BOB).create('qemu', { vmid, node, name: 'second' }),
      () => world.lab.as(ALICE).destroy(vmid),
      () => world.lab.as(BOB).create('qemu', { vmid, node, name: 'third' }),
    );
    await world.rollcall('discover-all');
    expect(await told(world)).toEqual([
      `${vmid} created by ${BOB} via qmcreate at 10`,
      `${vmid} removed by ${ALICE} via qmdestroy at 15`,
    ]);
    expect(await told(world, `--guest ${vmid} --since 1m --kind removed`)).toHaveLength(2);
    await expectWhole(world);
  });

  it('may be a clone, which its log tells', async () => {
    const world = await open();
    const { vmid } = pick(world, 'qemu', 'stopped');
    inTurn(
      world,
      () => world.lab.as(ALICE).clone(vmid, { newid: 778, name: 'copy', full: true }),
      () => world.lab.as(BOB).destroy(778),
    );
    await world.rollcall('discover-all');
    expect(await told(world)).toEqual([
      `778 created by ${ALICE} via qmclone at 5`,
      `778 removed by ${BOB} via qmdestroy at 10`,
    ]);
    expect(await told(world, '--kind cloned')).toHaveLength(1);
  });
});

it('a guest that lived while the tasks could not be read is told of afterwards', async () => {
  const world = await open();
  const { node } = pick(world, 'qemu', 'running');
  inTurn(
    world,
    () => world.lab.as(ALICE).create('qemu', { vmid: 779, node }),
    () => world.lab.as(BOB).destroy(779),
  );
  const heal = world.lab.faults.add({ match: /\/tasks/, effect: { kind: 'status', status: 500 } });
  expect((await world.rollcall('discover-all -o json')).rows).toMatchObject([{ outcome: 'partial' }]);
  heal();
  world.clock.advance(60_000);
  await world.rollcall('discover-all --quiet');
  expect(await told(world)).toEqual([
    `779 created by ${ALICE} via qmcreate at 5`,
    `779 removed by ${BOB} via qmdestroy at 10`,
  ]);
});

describe('there and back', () => {
  it('is told of migrations, snapshots and states of HA', async () => {
    const world = await open();
    const { vmid, node } = pick(world, 'qemu', 'running');
    const other = node === 'pve1' ? 'pve2' : 'pve1';
    const container = pick(world, 'lxc', 'running').vmid;
    inTurn(
      world,
      () => world.lab.as(ALICE).migrate(vmid, other),
      () => world.lab.as(BOB).migrate(vmid, node),
      () => world.lab.as(ALICE).snapshot(vmid, 'passing'),
      () => world.lab.as(BOB).deleteSnapshot(vmid, 'passing'),
      () => world.lab.as(BOB).reboot(container),
      () => world.lab.as(ALICE).suspend(vmid),
      () => world.lab.as(BOB).resume(vmid),
    );
    await world.rollcall('discover-all');
    expect((await told(world)).toSorted()).toEqual(
      [
        `${vmid} node "${node}" → "${other}" by ${ALICE} via qmigrate at 5`,
        `${vmid} node "${other}" → "${node}" by ${BOB} via qmigrate at 10`,
        `${vmid} parent null → "passing" by ${ALICE} via qmsnapshot at 15`,
        `${vmid} parent "passing" → null by ${BOB} via qmdelsnapshot at 20`,
        `${container} status "running" → "stopped" by ${BOB} via vzreboot at 25`,
        `${container} status "stopped" → "running" by ${BOB} via vzreboot at 25`,
        `${vmid} status "running" → "suspended" by ${ALICE} via qmpause at 30`,
        `${vmid} qmpstatus null → "paused" by ${ALICE} via qmpause at 30`,
        `${vmid} status "suspended" → "running" by ${BOB} via qmresume at 35`,
        `${vmid} qmpstatus "paused" → null by ${BOB} via qmresume at 35`,
      ].toSorted(),
    );
    expect(await told(world, '--kind migrated')).toHaveLength(2);
    const both = await told(world, '--kind migrated --kind first-seen');
    expect(both.filter((line) => line.includes('via qmigrate'))).toHaveLength(2);
    await expectWhole(world);
  });
});

describe('each once', () => {
  it('also when the run that read it first could not read the guests', async () => {
    const world = await open();
    const { vmid } = pick(world, 'qemu', 'running');
    inTurn(
      world,
      () => world.lab.as(ALICE).setConfig(vmid, { description: 'one' }),
      () => world.lab.as(BOB).setConfig(vmid, { description: 'two' }),
    );
    const heal = world.lab.faults.add({
      match: /\/qemu\/\d+\/(config|pending)/,
      effect: { kind: 'status', status: 500 },
    });
    for (let runs = 0; runs < 2; runs++) {
      const partial = await world.rollcall('discover-all -o json');
      expect(partial.rows).toMatchObject([{ outcome: 'partial' }]);
      world.clock.advance(60_000);
    }
    expect(await told(world)).toEqual([]);
    heal();
    for (let runs = 0; runs < 3; runs++) {
      world.clock.advance(60_000);
      await world.rollcall('discover-all --quiet');
    }
    expect((await told(world)).map((line) => line.split(' by ')[1])).toEqual([
      `${ALICE} via update VM at 5`,
      `${BOB} via update VM at 10`,
    ]);
    await expectWhole(world);
  });

  it('also when a part of the configurations cannot be read for a long time', async () => {
    const world = await open();
    const { vmid, node } = pick(world, 'qemu', 'running');
    const other = world.lab.guests().find((one) => one.kind === 'qemu' && one.node === node && one.vmid !== vmid)?.vmid;
    expect(other).toBeDefined();
    world.lab.faults.add({ match: new RegExp(`/qemu/${other}/config`), effect: { kind: 'status', status: 500 } });
    await world.rollcall('discover-all --quiet');
    world.clock.advance(5_000);
    inTurn(
      world,
      () => world.lab.as(ALICE).setConfig(vmid, { description: 'one' }),
      () => world.lab.as(BOB).setConfig(vmid, { description: 'two' }),
    );
    for (let runs = 0; runs < 4; runs++) {
      await world.rollcall('discover-all --quiet');
      world.clock.advance(200_000);
    }
    expect(await told(world)).toHaveLength(2);
    await expectWhole(world);
  });

  it('and nothing from before the first run, or of tasks that failed', async () => {
    const world = await openWorld({ nodes: 2, vms: 4, containers: 2 });
    const { vmid } = pick(world, 'qemu', 'running');
    inTurn(
      world,
      () => world.lab.as(ALICE).stop(vmid),
      () => world.lab.as(BOB).start(vmid),
      () => world.lab.as(ALICE).create('qemu', { vmid: 779 }),
      () => world.lab.as(BOB).destroy(779),
    );
    await world.rollcall('discover-all --quiet');
    world.clock.advance(5_000);
    inTurn(
      world,
      () => world.lab.as(ALICE).start(vmid),
      () => world.lab.as(BOB).start(vmid),
    );
    await world.rollcall('discover-all --quiet');
    expect(await told(world)).toEqual([]);
  });
});

describe('time travel', () => {
  it('is the same before and after, and a prune keeps the chain whole', async () => {
    const world = await open();
    const { vmid, config } = pick(world, 'qemu', 'stopped');
    const start = world.clock.now().toISOString();
    for (let round = 0; round < 12; round++) {
      inTurn(
        world,
        () => world.lab.as(ALICE).setConfig(vmid, { memory: 8192 }),
        () => world.lab.as(BOB).setConfig(vmid, { memory: Number(config['memory']) }),
        () => world.lab.as(ALICE).create('qemu', { vmid: 800 + round }),
        () => world.lab.as(BOB).destroy(800 + round),
      );
      await world.rollcall('discover-all --quiet');
    }
    expect(await told(world)).toHaveLength(48);
    const past = await world.rollcall(`list-vms --at ${start} -o json`);
    const now = await world.rollcall('list-vms -o json');
    const figures = ({ rows }: typeof now) => rows.map(({ vmid: id, memoryBytes }) => [id, memoryBytes]);
    expect(figures(past)).toEqual(figures(now));
    await expectWhole(world);
    world.clock.advance(86_400_000);
    expect((await world.rollcall('prune --keep 1h --yes')).status).toBe(0);
    await expectWhole(world);
  });
});
