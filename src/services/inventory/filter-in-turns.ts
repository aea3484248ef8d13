import { setImmediate } from 'node:timers/promises';

const TURN_MS = 10;

/** Whatever else the program has to do is not held up by a selector that takes long. */
export async function filterInTurns<T>(rows: readonly T[], isWanted: (row: T) => boolean): Promise<T[]> {
  const wanted: T[] = [];
  let turnMs = performance.now();
  for (const row of rows) {
    if (isWanted(row)) wanted.push(row);
    if (performance.now() - turnMs < TURN_MS) continue;
    await setImmediate();
    turnMs = performance.now();
  }
  return wanted;
}
