import { MAX_SKEW_MS, skewText } from '../types/server-clock.ts';
import type { ConnectionCheck } from './provider.ts';

export function passed(step: string, message: string): ConnectionCheck {
  return { step, ok: true, message };
}

/** It works, and somebody should look at it all the same. */
export function warned(step: string, message: string, hint?: string): ConnectionCheck {
  return { step, ok: true, isWarning: true, message, ...(hint !== undefined && { hint }) };
}

export function failed(
  step: string,
  { message, hint }: { message: string; hint?: string | undefined },
): ConnectionCheck {
  return { step, ok: false, message, ...(hint !== undefined && { hint }) };
}

/** `skewMs`: the server's clock minus ours; null: it does not tell its time. */
export function clockStep(skewMs: number | null): ConnectionCheck {
  if (skewMs === null) return warned('clock', 'the server does not tell its time');
  if (Math.abs(skewMs) <= MAX_SKEW_MS) return passed('clock', "the server's clock agrees with this one");
  return warned('clock', skewText(skewMs), 'let NTP set both clocks');
}
