import { describe, expect, it } from '@jest/globals';
import { Random } from '../campaign/random.ts';
import type { ReplayAnswer, ReplayAnswers } from '../helpers/replay-server.ts';
import { SyncRuns } from '../helpers/sync-run.ts';
import type { Effect } from './effects.ts';
import { judgeWindow, type Told } from './judge-window.ts';
import { DayReader } from './observe-day.ts';
import { type DayStep, readDays } from './recorded-day.ts';
import { answered, doneIn, listedTasks, NO_DETAILS, tellPlan, type Watched, watch, windowsOf } from './watched-day.ts';

const days = readDays(process.env['PVE_DAYS_DIR']);
/** Answers that are changed, one at a time, at every step. */
const PER_STEP = Number(process.env['ROLLCALL_MUTATIONS'] ?? 1);
const READ =
  /^GET \/(?:cluster\/(?:resources|log|status)|access\/permissions|nodes\/[^/]+\/(?:tasks|(?:qemu|lxc)(?:\/\d+\/config)?(?:\?|$)))/;

type Rows = Record<string, unknown>[];
type Mutation = (answer: ReplayAnswer, before: ReplayAnswer | undefined, random: Random) => ReplayAnswer | null;

function rowsOf({ body }: ReplayAnswer): Rows | null {
  const data = typeof body === 'object' ? (body as { data?: unknown }).data : undefined;
  return Array.isArray(data) && data.length > 0 ? (data as Rows) : null;
}

function withRows(answer: ReplayAnswer, change: (rows: Rows) => unknown[]): ReplayAnswer | null {
  const rows = rowsOf(answer);
  return rows === null ? null : { ...answer, body: { ...(answer.body as object), data: change(rows) } };
}

function failing(status: number, reason: string): Mutation {
  return () => ({ status, reason, body: status >= 590 ? '' : { data: null, message: `${reason}\n` } });
}

const MUTATIONS: Readonly<Record<string, Mutation>> = {
  'fails with 500': failing(500, 'got no worker upid - start worker failed'),
  'is refused': failing(403, 'Permission check failed'),
  'cannot be reached': failing(595, 'No route to host'),
  'is empty': (answer) => ({ ...answer, body: { data: rowsOf(answer) === null ? {} : [] } }),
  'is of the step before': (_, before) => before ?? null,
  'lacks a row': (answer, _, random) => withRows(answer, (rows) => rows.toSpliced(random.below(rows.length), 1)),
  'has a row twice': (answer, _, random) => withRows(answer, (rows) => [...rows, rows[random.below(rows.length)]]),
  'is in another order': (answer, _, random) => withRows(answer, (rows) => random.shuffle(rows)),
};

interface Mutated {
  what: string;
  answers: ReplayAnswers;
}

function mutate(step: DayStep, before: DayStep | undefined, random: Random): Mutated | null {
  const request = random.pick(Object.keys(step.answers).filter((key) => READ.test(key)));
  const how = random.pick(Object.keys(MUTATIONS));
  const answer = step.answers[request];
  const changed = answer === undefined ? null : MUTATIONS[how]?.(answer, before?.answers[request], random);
  if (changed == null) return null;
  return { what: `${request} ${how}`, answers: { ...step.answers, [request]: changed } };
}

/** A guest that is told to be gone though nobody destroyed it. */
function falseRemovals(told: readonly Told[], done: readonly Effect[]): string[] {
  return told
    .filter(
      ({ what, guest }) => what === 'removed' && !done.some((one) => one.guest === guest && one.what === 'destroy'),
    )
    .map(({ guest }) => `${guest} removed, and nobody destroyed it`);
}

/** Runs the step with the changed answer, and the next one as it was. */
async function tryOut(reader: DayReader, watched: Watched, [from, to]: [number, number], { what, answers }: Mutated) {
  const [step, next] = [watched.day.steps[to], watched.seen[to + 1]];
  const runs = new SyncRuns(watched.known[from], 'mutated', watched.refs[from]);
  const done = [doneIn(watched, from, to), doneIn(watched, from, to + 1)];
  // After a reset of the machine the truth begins anew.
  const isNextTold = watched.day.steps[to + 1]?.title !== 'reset';
  const seen = [step === undefined ? undefined : await reader.observe(step, answers), isNextTold ? next : undefined];
  return seen.flatMap((one, index) => {
    if (one === undefined) return [];
    const before = runs.known;
    const { plan } = runs.run(answered(before, one, watched.details[to + index] ?? NO_DETAILS));
    const told = tellPlan(before, plan);
    const { wrong, overclaimed } = judgeWindow(told, done[index] ?? [], listedTasks(watched.day));
    const found = [...wrong, ...overclaimed, ...falseRemovals(told, done[index] ?? [])];
    return found.map((text) => `step ${step?.step}${index === 0 ? '' : ' and the next'}, ${what}: ${text}`);
  });
}

const describeDays = days.length > 0 ? describe : describe.skip;

describeDays('recorded days with one answer changed (PVE_DAYS_DIR)', () => {
  if (days.length === 0) it('are not there: PVE_DAYS_DIR is not set', () => undefined);

  it.each(days.map((day) => [day.name, day] as const))(
    '%s: nobody wrong is named, and nothing is removed that is there',
    async (_, day) => {
      const random = new Random(Number(process.env['ROLLCALL_PROPERTY_SEED'] ?? 11));
      const reader = await DayReader.open();
      const found: string[] = [];
      let count = 0;
      try {
        const watched = await watch(reader, day);
        for (const [from, to] of windowsOf(watched, 1)) {
          for (let tries = 0; tries < PER_STEP; tries++) {
            const step = day.steps[to];
            const mutated = step === undefined ? null : mutate(step, day.steps[to - 1], random);
            if (mutated === null) continue;
            count++;
            found.push(...(await tryOut(reader, watched, [from, to], mutated)));
          }
        }
      } finally {
        await reader.close();
      }
      process.stdout.write(`${day.name}: ${count} changed answers\n`);
      expect(found).toEqual([]);
    },
    1_200_000,
  );
});
