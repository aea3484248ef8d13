import { expect, it } from '@jest/globals';
import { describeOperations, idsOf, judge, newTally, type Story, type Tally } from './judge.ts';
import { Random } from './random.ts';
import { type Operation, perform } from './story.ts';
import { TROUBLES } from './trouble.ts';
import { trueGuests } from './truth.ts';
import { openCampaignWorld, type World } from './world.ts';

const RUNS = Number(process.env['ROLLCALL_CAMPAIGN_RUNS'] ?? 120);
const FIRST_SEED = Number(process.env['ROLLCALL_SEED'] ?? 1);
const ROUNDS_PER_WORLD = 20;

it(`records what happened and nothing else through ${RUNS} runs with faults`, async () => {
  const tally = newTally();
  const complaints: string[] = [];
  for (let seed = FIRST_SEED; tally.runs < RUNS; seed++) await playWorld(seed, tally, complaints);
  process.stdout.write(`campaign from seed ${FIRST_SEED}: ${JSON.stringify(tally, null, 2)}\n`);
  expect(complaints).toEqual([]);
}, 7_200_000);

/** A new cluster and a new database: rounds of trouble, operations and syncs, each ended by a sync without trouble. */
async function playWorld(seed: number, tally: Tally, complaints: string[]): Promise<void> {
  const random = new Random(seed);
  const world = await openCampaignWorld(seed, random.pick([0, 0, 90_000, -90_000, 300_000]), random);
  try {
    await sync(world, tally);
    for (let round = 0; round < ROUNDS_PER_WORLD && tally.runs < RUNS; round++) {
      const story = await playRound(world, random, tally);
      const found = await judge(world, story, tally);
      complaints.push(
        ...found.map(
          (text) =>
            `seed ${seed} round ${round} (${story.trouble}${story.isMidRun ? ', in mid-run' : ''}; ${describeOperations(story.operations)}): ${text}`,
        ),
      );
      if (complaints.length > 20) throw new Error(complaints.join('\n'));
    }
  } finally {
    await world.close();
  }
}

async function playRound(world: World, random: Random, tally: Tally): Promise<Story> {
  const { lab } = world;
  const trouble = random.pick(Object.keys(TROUBLES));
  const story = {
    trouble,
    isMidRun: false,
    operations: [] as Operation[],
    since: world.now(),
    before: trueGuests(lab),
    idsBefore: await idsOf(world),
  };
  const spared = new Set<number>();
  const act = (pass?: () => void): void => {
    const operation = perform(lab, random, { spared, online: ['pve1', 'pve2', 'pve3'], ...(pass && { pass }) });
    if (operation === null) return;
    story.operations.push(operation);
    for (const vmid of [operation.vmid]) spared.add(vmid);
  };

  world.pass();
  const operations = random.below(4);
  const hasMidRun = ['none', 'slow', 'closed keep-alive'].includes(trouble) && random.chance(0.5);
  story.isMidRun = hasMidRun;
  if (!hasMidRun) for (let i = 0; i < operations; i++) act(() => world.pass(random.pick([1000, 2000, 30_000])));
  const heal = TROUBLES[trouble]?.(lab, random) ?? (() => undefined);
  const timers = hasMidRun ? Array.from({ length: operations }, () => setTimeout(() => act(), random.below(60))) : [];
  world.pass(random.pick([1000, 20_000, 400_000]));
  await sync(world, tally);
  // Those that fire after the sync has ended belong to the round all the same.
  if (timers.length > 0) await new Promise((resolve) => setTimeout(resolve, 61));
  if (random.chance(0.3)) {
    world.pass();
    await sync(world, tally);
  }
  heal();
  world.pass();
  await sync(world, tally);
  tally.rounds++;
  tally.operations += story.operations.length;
  tally.troubles[trouble] = (tally.troubles[trouble] ?? 0) + 1;
  return story;
}

async function sync(world: World, tally: Tally): Promise<void> {
  const { outcome } = await world.sync();
  tally.runs++;
  tally.outcomes[outcome] = (tally.outcomes[outcome] ?? 0) + 1;
}
