import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { detailQuestions, withDetails } from '../../src/services/sync/detail-questions.ts';
import { lastObservedAt } from '../../src/services/sync/guest-window.ts';
import { planSync } from '../../src/services/sync/plan-sync.ts';
import type { Details } from '../../src/types/details.ts';
import type { PlannedChange } from '../../src/types/history.ts';
import type { Observation } from '../../src/types/observation.ts';
import type { KnownState } from '../../src/types/plan.ts';
import { SyncRuns } from '../helpers/sync-run.ts';
import { effectsOf } from './effects.ts';
import { judgeWindow, tell, type Verdict } from './judge-window.ts';
import { DayReader } from './observe-day.ts';
import { type RecordedDay, readDays } from './recorded-day.ts';

const days = readDays(process.env['PVE_DAYS_DIR']);
/** How many steps one window holds; 1 is every step for itself. */
const WIDTHS = [1, 2, 3, 5, 8, 13, 21, 34, 55, 89];
/** HA acts up to two minutes after it was asked. */
const HA_STEPS = 2;

interface Watched {
  day: RecordedDay;
  seen: Observation[];
  /** What could be asked beyond that at each step. */
  details: Details[];
  /** What is known after each step, when every one had a run of its own. */
  known: KnownState[];
}

async function watch(day: RecordedDay): Promise<Watched> {
  const reader = await DayReader.open();
  const runs = new SyncRuns();
  const watched: Watched = { day, seen: [], details: [], known: [] };
  try {
    for (const step of day.steps) {
      const seen = await reader.observe(step);
      const details = await reader.details(step, seen);
      runs.run(answered(runs.known, seen, details));
      watched.seen.push(seen);
      watched.details.push(details);
      watched.known.push(runs.known);
    }
  } finally {
    await reader.close();
  }
  return watched;
}

/** With the answers to what a run would ask. */
function answered(known: KnownState, seen: Observation, details: Details): Observation {
  const asked = new Set(detailQuestions(known, seen).snapshots.map(({ kind, vmid }) => `${kind}/${vmid}`));
  const snapshots = new Map([...details.snapshots].filter(([guest]) => asked.has(guest)));
  return withDetails(seen, { ...details, snapshots });
}

let ids = 0;

function planOf(known: KnownState, seen: Observation) {
  return planSync(known, seen, {
    runId: 'run',
    trigger: 'manual',
    acceptRemovals: false,
    probes: new Map(),
    newId: () => `new-${++ids}`,
    finishedAt: seen.observedAt,
  }).plan;
}

function namer(known: KnownState, plan: ReturnType<typeof planOf>): (id: string) => string {
  const names = new Map([...known.guests, ...plan.guests].map(({ id, kind, vmid }) => [id, `${kind}/${vmid}`]));
  return (id) => names.get(id) ?? id;
}

/** What was done between two steps, with what HA was asked shortly before, and to a guest while it could not be seen. */
function doneIn({ day, known }: Watched, from: number, to: number) {
  const begins = new Map(
    (known[from]?.guests ?? []).map((guest) => [`${guest.kind}/${guest.vmid}`, lastObservedAt(guest)]),
  );
  const start = day.steps[from]?.captureEnded ?? 0;
  return day.steps.slice(0, to + 1).flatMap(({ step, ops, captureEnded }, index) =>
    effectsOf(step, ops).filter(({ guest, what }) => {
      const since = Math.min(start, (begins.get(guest)?.getTime() ?? start * 1000) / 1000);
      return captureEnded > since || (what === 'ha' && index > from - HA_STEPS);
    }),
  );
}

/** Whether all that was done is in the truth: after a reset of the machine it begins anew. */
function isTold({ day }: Watched, from: number, to: number): boolean {
  return !day.steps.slice(from + 1, to + 1).some(({ title }) => title === 'reset');
}

function judge(watched: Watched, from: number, to: number): Verdict {
  const [known, seen, details] = [watched.known[from], watched.seen[to], watched.details[to]];
  if (known === undefined || seen === undefined || details === undefined)
    throw new Error(`there are no steps ${from} and ${to}`);
  const plan = planOf(known, answered(known, seen, details));
  const told = tell(plan.changes as PlannedChange[], namer(known, plan));
  return judgeWindow(told, doneIn(watched, from, to));
}

function windowsOf(watched: Watched, width: number): [from: number, to: number][] {
  const starts = Array.from({ length: Math.max(0, watched.day.steps.length - width) }, (_, from) => from);
  return starts.map((from): [number, number] => [from, from + width]).filter(([from, to]) => isTold(watched, from, to));
}

const describeDays = days.length > 0 ? describe : describe.skip;

describeDays('windows of recorded days (PVE_DAYS_DIR)', () => {
  if (days.length === 0) it('are not there: PVE_DAYS_DIR is not set', () => undefined);

  const all = new Map<string, Watched>();
  beforeAll(async () => {
    for (const day of days) all.set(day.name, await watch(day));
  }, 120_000);
  afterAll(() => {
    all.clear();
  });

  it.each(days.flatMap(({ name }) => WIDTHS.map((width) => [name, width] as const)))(
    '%s, %i steps at a time: the actor is the right one or unknown, and exact where no other could have done it',
    (name, width) => {
      const watched = all.get(name);
      if (watched === undefined) throw new Error(`day ${name} was not read`);
      const judged = windowsOf(watched, width).map(([from, to]) => {
        const steps = `${watched.day.steps[from]?.step}–${watched.day.steps[to]?.step}`;
        return { steps, ...judge(watched, from, to) };
      });
      const list = (of: 'wrong' | 'overclaimed' | 'missed') =>
        judged.flatMap((verdict) => verdict[of].map((text) => `${verdict.steps} ${text}`));
      const sum = (of: 'exact' | 'likely' | 'unknown') => judged.reduce((total, verdict) => total + verdict[of], 0);
      const missed = list('missed');
      const counts = `${sum('exact')} exact, ${sum('likely')} likely, ${sum('unknown')} unknown, ${missed.length} of them on record`;
      process.stdout.write(`${name}, ${judged.length} windows of ${width}: ${counts}\n`);
      if (width === 1 || process.env['ROLLCALL_MISSED'] !== undefined)
        process.stdout.write(missed.map((text) => `  missed ${text}\n`).join(''));
      expect(list('wrong')).toEqual([]);
      expect(list('overclaimed')).toEqual([]);
    },
    60_000,
  );
});
