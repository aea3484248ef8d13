import { afterEach } from '@jest/globals';
import { type Lab, type LabOptions, startLab } from '../../src/lab/lab.ts';

const open: Lab[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((lab) => lab.close()));
});

/** A lab that is closed after the test. */
export async function openLab(options: LabOptions = {}): Promise<Lab> {
  const lab = await startLab(options);
  open.push(lab);
  return lab;
}

export const NOON = Date.UTC(2026, 10, 21, 12);

/** A clock that only moves when it is told to. */
export function stoppedClock(): { clock: () => number; forward: (ms: number) => void } {
  let nowMs = NOON;
  return {
    clock: () => nowMs,
    forward: (ms) => {
      nowMs += ms;
    },
  };
}
