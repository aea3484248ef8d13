import { describe, expect, it } from '@jest/globals';
import { believedSkewMs } from '../../src/providers/proxmox/attribution/server-clock.ts';
import type { LogEntry, Task } from '../../src/providers/proxmox/records/record.ts';
import { at, edit, evidence, note, task } from './attribution-evidence.ts';

const HOURS_MS = 7_200_000;
const SINCE = { notBefore: at(100), notAfter: at(200) };
const old = task('qmstart 100', 'bob@pve', 150);

function believe(
  skewMs: number,
  known: readonly (Task | LogEntry)[],
  since: { notBefore: Date | null; notAfter: Date } = SINCE,
) {
  return believedSkewMs(since, { ...evidence(...known), clockSkewMs: skewMs }, new Set([old.ref]));
}

describe("the skew of the server's clock", () => {
  const line = edit(100, 'bob@pve', 150, { set: { memory: 1 } });
  const cases: readonly [string, number, readonly (Task | LogEntry)[], number][] = [
    ['is believed up to some minutes', 300_000, [line], 300_000],
    ['of hours is not, when a new line is of our time', HOURS_MS, [line], 0],
    ['of hours is not, when a new task is of our time', HOURS_MS, [task('qmstop 100', 'bob@pve', 140, 150)], 0],
    ['of hours is not, when a task that runs is of our time', -HOURS_MS, [task('qmstop 100', 'bob@pve', 150, null)], 0],
    ['of hours is, when the last task is an old one', HOURS_MS, [old], HOURS_MS],
    [
      'of hours is, when the last line is of its time',
      HOURS_MS,
      [line, edit(100, 'bob@pve', 7_350, { set: { memory: 1 } })],
      HOURS_MS,
    ],
    [
      'of hours is, when the last line is of neither',
      HOURS_MS,
      [edit(100, 'bob@pve', 50, { set: { memory: 1 } })],
      HOURS_MS,
    ],
    ['of hours is, when there are only other lines', HOURS_MS, [note('starting cluster log', 'root', 150)], HOURS_MS],
    ['of hours is, without tasks and lines', HOURS_MS, [], HOURS_MS],
  ];
  it.each(cases)('%s', (_what, skewMs, known, believed) => {
    expect(believe(skewMs, known)).toBe(believed);
  });

  it('of hours is believed in a first run, which has nothing to compare it with', () => {
    expect(believe(HOURS_MS, [line], { notBefore: null, notAfter: at(200) })).toBe(HOURS_MS);
  });
});
