import { Alarm } from './alarm.ts';
import type { Environment } from './environment.ts';

const TICK_MS = 5000;
/** Browsers run the timers of a hidden page once a minute. */
const LATE_MS = 75_000;
const BACK_MS = 5000;

declare const addEventListener: ((type: 'online', listener: () => void) => void) | undefined;
declare const removeEventListener: ((type: 'online', listener: () => void) => void) | undefined;

/** Calls when the machine has slept, its clock was set, or its network came back. Returns what ends it. */
export function watchWake({ clock, timers }: Pick<Environment, 'clock' | 'timers'>, onWake: () => void): () => void {
  let last = clock();
  const tick = new Alarm(timers, () => {
    const passedMs = clock() - last;
    last = clock();
    tick.ringIn(TICK_MS);
    if (passedMs > LATE_MS || passedMs < -BACK_MS) onWake();
  });
  tick.ringIn(TICK_MS);
  const hasEvents = typeof addEventListener === 'function' && typeof removeEventListener === 'function';
  if (hasEvents) addEventListener('online', onWake);
  return () => {
    tick.clear();
    if (hasEvents) removeEventListener('online', onWake);
  };
}
