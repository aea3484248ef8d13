import path from 'node:path';
import { expect, it } from '@jest/globals';
import Big from 'big.js';
import { hourOf } from '../../src/types/billing.ts';
import type { GuestObservation, Observation } from '../../src/types/observation.ts';
import { Random } from '../campaign/random.ts';
import { databaseAt } from '../helpers/postgres.ts';
import { minute, observe, vm } from '../helpers/sync-state.ts';
import { tempDir } from '../helpers/temp.ts';
import { BillingWorld } from './billing-world.ts';

const STORIES = Number(process.env['ROLLCALL_BILLING_STORIES'] ?? 6);
const HOURS = Number(process.env['ROLLCALL_BILLING_HOURS'] ?? 160);
const SEED = Number(process.env['ROLLCALL_SEED'] ?? 1);
const GIB = 2 ** 30;
const dir = tempDir();

interface Machine {
  vmid: number;
  made: number;
  isRunning: boolean;
  cpus: number;
}

/** The price of a size, worked out by hand from the price list. */
function rateOf(cpus: number): string {
  if (cpus <= 2) return '0.0068493151';
  return cpus <= 4 ? '0.02' : new Big('0.01').times(cpus).toFixed();
}

function toGuest({ vmid, made, isRunning, cpus }: Machine): GuestObservation {
  const base = vm(vmid);
  return vm(vmid, {
    document: { ...base.document, status: isRunning ? 'running' : 'stopped', cores: cpus, 'smbios1.uuid': `u${made}` },
    identity: { uuid: `u${made}`, ctime: made, vmgenid: `g${made}`, macs: [`BC:24:11:00:${made % 90}:01`] },
    cpus,
    memoryBytes: 2 * GIB,
    diskBytes: 32 * GIB,
  });
}

async function tellStory(seed: number): Promise<{ hours: number; charged: number }> {
  const random = new Random(seed);
  const world = await BillingWorld.open(await databaseAt(path.join(dir, `story-${seed}.db`)), minute(0));
  let made = 1000;
  const create = (vmid: number): Machine => ({
    vmid,
    made: ++made,
    isRunning: random.chance(0.7),
    cpus: random.pick([1, 2, 4, 8]),
  });
  let machines = Array.from({ length: 16 }, (_, index) => 101 + index).map(create);
  /** By incarnation and hour: what it costs. The first size counts with which it was seen running. */
  const model = new Map<string, Map<number, string>>();
  const found = new Set<string>();
  for (let hour = 0; hour < HOURS; hour += 1) {
    for (const at of random.chance(0.5) ? [5] : [5, 35]) {
      for (const machine of machines) {
        if (random.chance(0.06)) machine.isRunning = !machine.isRunning;
        if (random.chance(0.03)) machine.cpus = random.pick([1, 2, 4, 8]);
      }
      const gone = random.pick(machines);
      if (random.chance(0.02)) machines = machines.filter((machine) => machine !== gone);
      else if (random.chance(0.08)) machines = [...machines.filter(({ vmid }) => vmid !== 103), create(103)];
      const trouble = random.below(10);
      const seen = observe(hour * 60 + at, { guests: machines.map(toGuest), ...troubleOf(trouble) });
      world.now = seen.startedAt;
      if (trouble === 3) continue;
      const outcome = await world.see(seen);
      if (trouble < 3 || outcome === 'guarded') continue;
      for (const machine of machines.filter(({ isRunning }) => isRunning)) {
        const id = world.runs.idOf(machine.vmid) ?? '';
        const hours = model.get(id) ?? new Map<number, string>();
        const key = hourOf(seen.startedAt);
        if (!hours.has(key)) hours.set(key, rateOf(machine.cpus));
        model.set(id, hours);
      }
      for (const guest of world.runs.known.guests) {
        if (found.has(guest.id) || random.chance(0.3)) continue;
        found.add(guest.id);
        await world.find(guest.id);
      }
    }
    if (random.chance(0.02)) await world.prune(minute((hour - 24) * 60), minute(hour * 60));
    // The clock of whoever bills may be anywhere.
    if (random.chance(0.2)) world.now = minute(hour * 60 + random.pick([-6000, -90, 59, 120, 6000]));
    if (random.chance(0.4)) await world.billing.propose();
    if (random.chance(0.3)) await world.billing.propose();
    if (random.chance(0.4)) await world.applyAll();
    if (random.chance(0.1)) await world.applyAll();
  }
  world.now = minute(HOURS * 60 + 120);
  await world.billing.propose();
  await world.applyAll();
  await world.billing.propose();
  await world.applyAll();
  const { servers, transactions } = await world.billing.book();
  let charged = 0;
  for (const server of servers) {
    const once = new Set<number>();
    let total = new Big(0);
    const ended = world.connection.db.guest.findUniqueOrThrow({ where: { id: server.guestId } });
    const { goneAt } = await ended;
    for (const entry of transactions) {
      if (entry.serverId !== server.id || entry.kind !== 'charge') continue;
      for (let hour = entry.fromHour ?? 0; hour < (entry.toHour ?? 0); hour += 1) {
        if (once.has(hour)) throw new Error(`${server.guestId}: hour ${hour} is charged twice (seed ${seed})`);
        once.add(hour);
      }
      total = total.plus(entry.amount ?? '0');
    }
    const expected = [...(model.get(server.guestId) ?? [])].filter(
      ([hour]) => goneAt === null || hour * 3_600_000 < goneAt.getTime(),
    );
    const sum = expected.reduce((amount, [, rate]) => amount.plus(rate), new Big(0));
    expect([seed, server.guestId, once.size, total.toFixed()]).toEqual([
      seed,
      server.guestId,
      expected.length,
      sum.toFixed(),
    ]);
    charged += once.size;
  }
  expect(servers.length).toBeGreaterThan(5);
  expect((await world.verify()).problems).toEqual([]);
  await world.connection.close();
  return { hours: [...model.values()].reduce((sum, hours) => sum + hours.size, 0), charged };
}

/** 0: a listing that was filtered; 1: of some kinds; 2: by a clock that is a day ahead; 3: the run failed. */
function troubleOf(trouble: number): Partial<Observation> {
  if (trouble === 0) return { scopes: [{ scope: 'guests', coverage: 'filtered', count: 1 }] };
  if (trouble === 1) return { requested: ['nodes', 'vms'] };
  return trouble === 2 ? { clockSkewMs: -86_400_000 } : {};
}

it(
  `charges each observed hour once, whatever happens (${STORIES} stories of ${HOURS} hours)`,
  async () => {
    const told = { hours: 0, charged: 0 };
    for (let story = 0; story < STORIES; story += 1) {
      const { hours, charged } = await tellStory(SEED + story);
      told.hours += hours;
      told.charged += charged;
    }
    process.stdout.write(
      `billing: ${told.charged} hours charged once of ${told.hours} that were observed (seed ${SEED})\n`,
    );
    expect(told.charged).toBeGreaterThan(STORIES * HOURS);
  },
  60_000 + STORIES * 60_000,
);
