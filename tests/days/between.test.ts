import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Told } from './judge-window.ts';
import { readDays } from './recorded-day.ts';
import { tellWindow, type Watched, watchAll, windowsOf } from './watched-day.ts';

const days = readDays(process.env['PVE_DAYS_DIR']).filter(({ name }) => name === '8.4');
const WIDTHS = [2, 3, 5, 8, 13];
/** Then the other node is away, and a token sees one pool only: their records cannot be read. */
const LAST_WHOLE_STEP = 14;

let all = new Map<string, Watched>();

function isLife({ what }: Told): boolean {
  return what === 'created' || what === 'removed';
}

function isSame(a: Told, b: Told): boolean {
  return a.guest === b.guest && a.what === b.what && a.found === b.found && a.by === b.by;
}

/** What a run at every step tells and one at the end does not, of changes of which a record names who made them. */
function missingIn(watched: Watched, from: number, to: number): string[] {
  const told = tellWindow(watched, from, to);
  const steps = Array.from({ length: to - from }, (_, index) =>
    tellWindow(watched, from + index, from + index + 1),
  ).flat();
  // What was done to a guest that is another one now is gone with it.
  const others = new Set([...steps, ...told].filter(isLife).map(({ guest }) => guest));
  return steps
    .filter((one) => one.by !== null && (isLife(one) || !others.has(one.guest)))
    .filter((one) => !told.some((other) => isSame(one, other)))
    .map(({ guest, what, found, by }) => `${guest} ${what} → ${found ?? '–'} by ${by}`);
}

const describeDays = days.length > 0 ? describe : describe.skip;

describeDays('what came and went between two runs on a recorded day (PVE_DAYS_DIR)', () => {
  if (days.length === 0) it('are not there: PVE_DAYS_DIR is not set', () => undefined);

  beforeAll(async () => {
    all = await watchAll(days);
  }, 600_000);
  afterAll(() => {
    all.clear();
  });

  it('8.4: a run at the end of a window tells what a run at every step tells', () => {
    const watched = all.get('8.4');
    if (watched === undefined) throw new Error('day 8.4 was not read');
    const windows = WIDTHS.flatMap((width) => windowsOf(watched, width)).filter(([, to]) => to <= LAST_WHOLE_STEP);
    const missing = windows.flatMap(([from, to]) => missingIn(watched, from, to));
    expect(new Set(missing)).toEqual(
      new Set([
        // Who rolls back to a snapshot in whose place another made it the parent: either may have been the one.
        'qemu/101 parent → before_upgrade by pooluser@pve!pool',
        // The log of the clone, which names the guest that it made, was recorded one step later only.
        'qemu/111 created → – by admin@pve',
      ]),
    );
  });
});
