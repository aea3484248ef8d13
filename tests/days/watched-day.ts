import { rules } from '../../src/providers/proxmox/rules/rules.ts';
import { detailQuestions, withDetails } from '../../src/services/sync/detail-questions.ts';
import { lastObservedAt } from '../../src/services/sync/guest-window.ts';
import { planSync } from '../../src/services/sync/plan-sync.ts';
import type { Details } from '../../src/types/details.ts';
import type { PlannedChange } from '../../src/types/history.ts';
import type { Observation } from '../../src/types/observation.ts';
import type { KnownState, SyncPlan } from '../../src/types/plan.ts';
import { SyncRuns } from '../helpers/sync-run.ts';
import { type Effect, effectsOf, withApplied } from './effects.ts';
import { judgeWindow, type Told, tell, type Verdict } from './judge-window.ts';
import { DayReader } from './observe-day.ts';
import type { RecordedDay } from './recorded-day.ts';

/** HA acts up to two minutes after it was asked. */
const HA_STEPS = 2;
export const NO_DETAILS: Details = { snapshots: new Map(), rollbacks: new Map(), cloneTargets: new Map() };

/** A recorded day as the provider reads it, with what is known after each step when every step has a run of its own. */
export interface Watched {
  day: RecordedDay;
  seen: Observation[];
  /** What could be asked beyond that at each step. */
  details: Details[];
  known: KnownState[];
  /** The records that the history tells of after each step. */
  refs: ReadonlySet<string>[];
}

export async function watch(reader: DayReader, day: RecordedDay): Promise<Watched> {
  const runs = new SyncRuns();
  const watched: Watched = { day, seen: [], details: [], known: [], refs: [] };
  for (const step of day.steps) {
    const seen = await reader.observe(step);
    const details = await reader.details(step, seen);
    runs.run(answered(runs.known, seen, details));
    watched.seen.push(seen);
    watched.details.push(details);
    watched.known.push(runs.known);
    watched.refs.push(new Set(runs.refs));
  }
  return watched;
}

export async function watchAll(days: readonly RecordedDay[]): Promise<Map<string, Watched>> {
  const reader = await DayReader.open();
  const watched = new Map<string, Watched>();
  try {
    for (const day of days) watched.set(day.name, await watch(reader, day));
  } finally {
    await reader.close();
  }
  return watched;
}

/** With the answers to what a run would ask. */
export function answered(known: KnownState, seen: Observation, details: Details): Observation {
  const asked = new Set(detailQuestions(known, seen).snapshots.map(({ kind, vmid }) => `${kind}/${vmid}`));
  const snapshots = new Map([...details.snapshots].filter(([guest]) => asked.has(guest)));
  return withDetails(seen, { ...details, snapshots });
}

let ids = 0;

/** `refs`: the records that the history tells of by then. */
export function planOf(known: KnownState, seen: Observation, refs: ReadonlySet<string> = new Set()): SyncPlan {
  return planSync(known, seen, {
    runId: 'run',
    trigger: 'manual',
    rules,
    acceptRemovals: false,
    probes: new Map(),
    recorded: { refs, vagueVmids: new Set() },
    newId: () => `new-${++ids}`,
    finishedAt: seen.observedAt,
  }).plan;
}

/** What a plan tells of guests. */
export function tellPlan(known: KnownState, plan: SyncPlan): Told[] {
  const names = new Map([...known.guests, ...plan.guests].map(({ id, kind, vmid }) => [id, `${kind}/${vmid}`]));
  return tell(plan.changes as PlannedChange[], (id) => names.get(id) ?? id);
}

/** What was done between two steps, with what HA was asked shortly before, and to a guest while it could not be seen. */
export function doneIn({ day, known }: Watched, from: number, to: number): Effect[] {
  const begins = new Map(
    (known[from]?.guests ?? []).map((guest) => [`${guest.kind}/${guest.vmid}`, lastObservedAt(guest)]),
  );
  const start = day.steps[from]?.captureEnded ?? 0;
  const waiting = waitingIn(known.slice(from, to));
  const all = day.steps.slice(0, to + 1).flatMap(({ step, ops, captureEnded }, index) =>
    effectsOf(step, ops).filter(({ guest, what }) => {
      const since = Math.min(start, (begins.get(guest)?.getTime() ?? start * 1000) / 1000);
      // Observations have whole milliseconds.
      return captureEnded > since + 0.001 || (what === 'ha' && index > from - HA_STEPS);
    }),
  );
  return all.map((effect) => withApplied(effect, waiting.get(effect.guest) ?? new Set()));
}

/** The paths of what waited for a restart of each guest. */
function waitingIn(states: readonly KnownState[]): Map<string, Set<string>> {
  const waiting = new Map<string, Set<string>>();
  for (const { kind, vmid, document } of states.flatMap(({ guests }) => guests)) {
    const paths = Object.keys(document).filter((path) => path.startsWith('pending.'));
    waiting.set(`${kind}/${vmid}`, new Set([...(waiting.get(`${kind}/${vmid}`) ?? []), ...paths]));
  }
  return waiting;
}

/** What a run at one step tells by what was known after an earlier one. */
export function tellWindow({ known, seen, details, refs }: Watched, from: number, to: number): Told[] {
  const [before, observed, answers] = [known[from], seen[to], details[to]];
  if (before === undefined || observed === undefined || answers === undefined)
    throw new Error(`there are no steps ${from} and ${to}`);
  return tellPlan(before, planOf(before, answered(before, observed, answers), refs[from]));
}

/** The tasks of all operations that the truth has. */
export function listedTasks({ steps }: RecordedDay): ReadonlySet<string> {
  return new Set(steps.flatMap(({ ops }) => ops.flatMap(({ upid }) => upid ?? [])));
}

export function judge(watched: Watched, from: number, to: number): Verdict {
  return judgeWindow(tellWindow(watched, from, to), doneIn(watched, from, to), listedTasks(watched.day));
}

/** The windows of so many steps of which all that was done is known: after a reset of the machine the truth begins anew. */
export function windowsOf({ day: { steps } }: Watched, width: number): [from: number, to: number][] {
  const starts = Array.from({ length: Math.max(0, steps.length - width) }, (_, from) => from);
  return starts
    .map((from): [number, number] => [from, from + width])
    .filter(([from, to]) => !steps.slice(from + 1, to + 1).some(({ title }) => title === 'reset'));
}
