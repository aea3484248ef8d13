import type { SyncResult } from '../../../src/types/sync-result.ts';
import { Random } from '../../campaign/random.ts';
import { Judge, type Tally } from './judge.ts';
import { perform } from './story.ts';
import { FAULT_NAMES, type SubjectKind } from './subject.ts';
import { openWorld, type World } from './world.ts';

const ROUNDS_PER_WORLD = 15;
const MOST_COMPLAINTS = 20;

/** Random operations by random actors and random faults between runs, on a new platform for each seed. */
export async function playCampaign(
  kind: SubjectKind,
  { runs, seed: firstSeed, tally }: { runs: number; seed: number; tally: Tally },
): Promise<string[]> {
  const complaints: string[] = [];
  for (let seed = firstSeed; tally.runs < runs; seed++) {
    const world = await openWorld(kind, seed);
    try {
      const play = { kind, world, random: new Random(seed), judge: new Judge(world, tally, kind), tally };
      await sync(play);
      await play.judge.learn();
      for (let round = 0; round < ROUNDS_PER_WORLD && tally.runs < runs; round++) {
        const fault = await playRound(play);
        const found = play.judge.complaints.splice(0);
        complaints.push(...found.map((text) => `seed ${seed} round ${round} (${fault ?? 'no fault'}) ${text}`));
        if (complaints.length > MOST_COMPLAINTS) return complaints;
      }
    } finally {
      await world.close();
    }
  }
  return complaints;
}

interface Play {
  kind: SubjectKind;
  world: World;
  random: Random;
  judge: Judge;
  tally: Tally;
}

async function playRound(play: Play): Promise<string | null> {
  const { kind, world, random, judge, tally } = play;
  const faults = FAULT_NAMES.filter((name) => kind.cannot[name] === undefined);
  const fault = random.chance(0.3) ? null : random.pick(faults);
  await act(play, random.below(4));
  const end = fault === null ? null : await world.begin(fault);
  for (let run = random.below(2); run >= 0; run--) {
    await sync(play);
    await judge.judgeRun();
    await act(play, random.below(2));
  }
  await end?.();
  const { outcome, scopes, error } = await syncAtRest(play);
  if (outcome !== 'complete') judge.complaints.push(`the run is ${outcome}: ${JSON.stringify({ scopes, error })}`);
  await judge.judgeRest();
  tally.rounds += 1;
  if (fault !== null) tally.faults[fault] = (tally.faults[fault] ?? 0) + 1;
  return fault;
}

async function act({ kind, world, random, judge }: Play, count: number): Promise<void> {
  if (random.chance(0.1)) await world.subject.settle();
  for (let i = 0; i < count; i++) {
    judge.note(await perform(world, kind, random));
    if (random.chance(0.5)) await world.subject.pass();
  }
  if (random.chance(0.1)) await world.subject.settle();
}

/** Of a platform without records nothing proves that most guests are gone: somebody has to say so. */
async function syncAtRest(play: Play): Promise<SyncResult> {
  const result = await sync(play);
  const isUnproven = result.outcome === 'guarded' && play.kind.cannot['lost-records'] !== undefined;
  return isUnproven ? sync(play, { acceptRemovals: true }) : result;
}

async function sync({ world, tally }: Play, options: { acceptRemovals?: boolean } = {}): Promise<SyncResult> {
  await world.subject.pass();
  const result = await world.sync(options);
  const { outcome } = result;
  tally.runs += 1;
  tally.outcomes[outcome] = (tally.outcomes[outcome] ?? 0) + 1;
  return result;
}
