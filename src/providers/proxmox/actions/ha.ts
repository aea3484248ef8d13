import type { Check } from '../../../types/action.ts';
import type { LiveGuest } from './scene.ts';

/** Whether HA decides where the guest runs, and whether: it would undo what was done past it. */
export function isThroughHa({ ha }: Pick<LiveGuest, 'ha'>): boolean {
  return ha !== null && ha.state !== 'ignored';
}

/** Refuses a guest that HA does nothing for any more; null: it does. */
export function givenUpCheck({ ha }: Pick<LiveGuest, 'ha'>): Check | null {
  if (ha?.state !== 'error') return null;
  const hint = 'set its state to disabled, repair it, and set it to started';
  return { name: 'ha', ok: false, text: 'HA has given it up (error)', hint };
}
