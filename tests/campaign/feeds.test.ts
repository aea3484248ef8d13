import { expect, it } from '@jest/globals';
import { describeOperations, idsOf, judge, newTally, type Story, type Tally } from './judge.ts';
import { Random } from './random.ts';
import { perform } from './story.ts';
import { TROUBLES } from './trouble.ts';
import { trueGuests } from './truth.ts';
import { openCampaignWorld, type World } from './world.ts';

const WORLDS = Number(process.env['ROLLCALL_FEED_WORLDS'] ?? 2);
const FIRST_SEED = Number(process.env['ROLLCALL_SEED'] ?? 1);
const ROUNDS_PER_WORLD = 12;

it(`records each operation once with polls and full runs in any order, in ${WORLDS} worlds`, async () => {
  const tally = newTally();
  const complaints: string[] = [];
  for (let seed = FIRST_SEED; seed < FIRST_SEED + WORLDS; seed++) await playWorld(seed, tally, complaints);
  process.stdout.write(`feeds from seed ${FIRST_SEED}: ${JSON.stringify(tally)}\n`);
  expect(complaints).toEqual([]);
}, 600_000);

async function playWorld(seed: number, tally: Tally, complaints: string[]): Promise<void> {
  const random = new Random(seed);
  const durations = random.pick([0, 0, 3000, 15_000]);
  const world = await openCampaignWorld(seed, random.pick([0, 0, 90_000, -90_000]), random, {
    taskDurationMs: durations,
    release: random.pick(['8.4', '9.2']),
  });
  try {
    await world.poll();
    await world.sync();
    for (let round = 0; round < ROUNDS_PER_WORLD; round++) {
      const story = await playRound(world, random, tally);
      const found = await judge(world, story, tally);
      complaints.push(
        ...found.map(
          (text) => `seed ${seed} round ${round} (${story.trouble}; ${describeOperations(story.operations)}): ${text}`,
        ),
      );
      if (complaints.length > 20) throw new Error(complaints.join('\n'));
    }
  } finally {
    await world.close();
  }
}

/** Operations, polls and runs as chance has it, and at the end as many polls as it takes the slowest feed. */
async function playRound(world: World, random: Random, tally: Tally): Promise<Story> {
  const { lab } = world;
  const story: Story = {
    trouble: random.chance(0.4) ? random.pick(Object.keys(TROUBLES)) : 'none',
    isMidRun: random.chance(0.25),
    operations: [],
    since: world.now(),
    before: trueGuests(lab),
    idsBefore: await idsOf(world),
  };
  const spared = new Set<number>();
  const act = (pass?: () => void): void => {
    const operation = perform(lab, random, { spared, online: ['pve1', 'pve2', 'pve3'], ...(pass && { pass }) });
    if (operation === null) return;
    story.operations.push(operation);
    spared.add(operation.vmid);
  };
  world.pass(1000);
  for (let step = 2 + random.below(4); step > 0; step--) {
    const timers: NodeJS.Timeout[] = [];
    for (let operations = random.below(3); operations > 0; operations--) {
      if (story.isMidRun) timers.push(setTimeout(() => act(), random.below(30)));
      else act(() => world.pass(random.pick([1000, 2000])));
    }
    world.pass(random.pick([500, 3000, 10_000]));
    if (random.chance(0.25)) await sync(world, tally);
    else await poll(world, tally);
    if (timers.length > 0) await new Promise((resolve) => setTimeout(resolve, 31));
  }
  const heal = TROUBLES[story.trouble]?.(lab, random) ?? (() => undefined);
  for (let runs = random.below(4); runs > 0; runs--) {
    world.pass(random.pick([3000, 10_000]));
    if (random.chance(0.25)) await sync(world, tally);
    else await poll(world, tally);
  }
  heal();
  for (let polls = 0; polls < 3; polls++) {
    world.pass(10_000);
    await poll(world, tally);
  }
  // What leaves no trace in any feed is left to a full run.
  world.pass(1000);
  await sync(world, tally);
  tally.rounds++;
  tally.operations += story.operations.length;
  return story;
}

async function sync(world: World, tally: Tally): Promise<void> {
  const { outcome } = await world.sync();
  tally.runs++;
  tally.outcomes[outcome] = (tally.outcomes[outcome] ?? 0) + 1;
}

async function poll(world: World, tally: Tally): Promise<void> {
  const { result, fullRun } = await world.poll();
  const outcome = result === null ? 'nothing new' : `poll ${result.outcome}`;
  tally.outcomes[outcome] = (tally.outcomes[outcome] ?? 0) + 1;
  if (fullRun !== null) tally.troubles[fullRun] = (tally.troubles[fullRun] ?? 0) + 1;
}
