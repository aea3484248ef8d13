import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SyncRuns } from '../helpers/sync-run.ts';
import { type RawGuest, trackedKey, viewOf } from './raw-view.ts';
import { readDays } from './recorded-day.ts';
import { answered, judge, NO_DETAILS, tellWindow, type Watched, watchAll, windowsOf } from './watched-day.ts';

const days = readDays(process.env['PVE_DAYS_DIR']);
/** How many steps one window holds; 1 is every step for itself. */
const WIDTHS = [1, 2, 3, 5, 8, 13, 21, 34, 55, 89];
const MINUTE_MS = 60_000;
const MONTH_MS = 30 * 86_400_000;
/** While the log could not be read whole, nothing bounds a clock that is said to be ahead. */
const LESS_ACTORS = 6;

let all = new Map<string, Watched>();

function dayOf(name: string): Watched {
  const watched = all.get(name);
  if (watched === undefined) throw new Error(`day ${name} was not read`);
  return watched;
}

/** The day as it would be read from a server whose Date header is wrong. */
function withDateOff({ day, seen, details }: Watched, offMs: number): Watched {
  const off = seen.map((one) => ({ ...one, clockSkewMs: (one.clockSkewMs ?? 0) + offMs }));
  const runs = new SyncRuns();
  const refs: ReadonlySet<string>[] = [];
  const known = off.map((one, step) => {
    runs.run(answered(runs.known, one, details[step] ?? NO_DETAILS));
    refs.push(new Set(runs.refs));
    return runs.known;
  });
  return { day, seen: off, details, known, refs };
}

/** The keys of a guest's configuration and state that differ, as the server gave them. */
function differences(kind: string, before: RawGuest, after: RawGuest): string[] {
  const keys = new Set([...Object.keys(before.config ?? {}), ...Object.keys(after.config ?? {})]);
  const isRead = before.config !== undefined && after.config !== undefined;
  const changed = [...keys].flatMap((key) => {
    const [old, now] = [trackedKey(kind, key, before.config?.[key]), trackedKey(kind, key, after.config?.[key])];
    const isEqual = before.config?.[key] === after.config?.[key] || (old?.value !== '…' && old?.value === now?.value);
    return old === null || isEqual ? [] : [old.path];
  });
  return [...(isRead ? changed : []), ...(before.status === after.status ? [] : ['status'])];
}

/** What was last answered of each guest before a step. */
function viewBefore({ day: { steps } }: Watched, step: number): ReadonlyMap<string, RawGuest> {
  const view = new Map<string, RawGuest>();
  for (const { answers } of steps.slice(0, step)) {
    for (const [guest, now] of viewOf(answers))
      view.set(guest, { ...now, config: now.config ?? view.get(guest)?.config });
  }
  return view;
}

/** Compares what differs from the step before with what is told of guests that stay; snapshots, pools and HA are left out. */
function compareStep(watched: Watched, step: number): string[] {
  const told = tellWindow(watched, step - 1, step);
  const isReplaced = new Set(
    told.filter(({ what, isFromLog }) => !isFromLog && /^(?:created|removed)$/.test(what)).map(({ guest }) => guest),
  );
  const rows = told
    .filter(({ guest, what }) => !isReplaced.has(guest) && !/^(?:snapshot|pool|ha|restored|rolled-back)\b/.test(what))
    .map(({ guest, what, isFromLog }) => {
      return { root: `${guest} ${/^(?:pending\.(?:delete\.)?)?[^.]+/.exec(what)?.[0]}`, isFromLog };
    });
  // What came and went within the step is no difference.
  const seen = rows.filter(({ isFromLog }) => !isFromLog).map(({ root }) => root);
  const before = viewBefore(watched, step);
  const expected = [...viewOf(watched.day.steps[step]?.answers ?? {})].flatMap(([guest, now]) => {
    const was = before.get(guest);
    if (was === undefined || isReplaced.has(guest)) return [];
    return differences(guest.split('/')[0] ?? '', was, now).map((path) => `${guest} ${path}`);
  });
  const missing = expected.filter((one) => !rows.some(({ root }) => root === one)).map((one) => `${one} is missing`);
  const invented = [...new Set(seen)].filter((one) => !expected.includes(one)).map((one) => `${one} is invented`);
  return [...missing, ...invented].map((text) => `step ${watched.day.steps[step]?.step}: ${text}`);
}

const describeDays = days.length > 0 ? describe : describe.skip;

describeDays('windows of recorded days (PVE_DAYS_DIR)', () => {
  if (days.length === 0) it('are not there: PVE_DAYS_DIR is not set', () => undefined);

  beforeAll(async () => {
    all = await watchAll(days);
  }, 600_000);
  afterAll(() => {
    all.clear();
  });

  it.each(days.flatMap(({ name }) => WIDTHS.map((width) => [name, width] as const)))(
    '%s, %i steps at a time: the actor is the right one or unknown, and exact where no other could have done it',
    (name, width) => {
      const watched = dayOf(name);
      const judged = windowsOf(watched, width).map(([from, to]) => {
        const steps = `${watched.day.steps[from]?.step}–${watched.day.steps[to]?.step}`;
        return { steps, ...judge(watched, from, to) };
      });
      const list = (of: 'wrong' | 'overclaimed' | 'missed') =>
        judged.flatMap((verdict) => verdict[of].map((text) => `${verdict.steps} ${text}`));
      const sum = (of: 'exact' | 'likely' | 'unknown') => judged.reduce((total, verdict) => total + verdict[of], 0);
      const missed = list('missed');
      const counts = `${sum('exact')} exact, ${sum('likely')} likely, ${sum('unknown')} unknown, ${missed.length} of them done by somebody`;
      process.stdout.write(`${name}, ${judged.length} windows of ${width}: ${counts}\n`);
      if (width === 1) process.stdout.write(missed.map((text) => `  missed ${text}\n`).join(''));
      expect(list('wrong')).toEqual([]);
      expect(list('overclaimed')).toEqual([]);
    },
    600_000,
  );

  it.each(days.map(({ name }) => name))('%s: what differs from step to step is told, and nothing else', (name) => {
    const watched = dayOf(name);
    const wrong = windowsOf(watched, 1).flatMap(([, to]) => compareStep(watched, to));
    expect(wrong).toEqual([]);
  });

  it.each(
    days.flatMap(({ name }) => [-MONTH_MS, -5 * MINUTE_MS, 5 * MINUTE_MS, MONTH_MS].map((off) => [name, off] as const)),
  )(
    '%s, behind a Date header that is off by %i ms: nobody else is named, and hardly anybody less',
    (name, offMs) => {
      const right = dayOf(name);
      const tally = (watched: Watched) => windowsOf(watched, 1).map(([from, to]) => judge(watched, from, to));
      const [told, known] = [tally(withDateOff(right, offMs)), tally(right)];
      expect(told.flatMap(({ wrong, overclaimed }) => [...wrong, ...overclaimed])).toEqual([]);
      const less = told.flatMap(({ missed }) => missed).length - known.flatMap(({ missed }) => missed).length;
      expect(less).toBeLessThanOrEqual(LESS_ACTORS);
    },
    600_000,
  );
});
