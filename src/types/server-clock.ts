import type { Issue } from './observation.ts';

/** Above this the times of tasks and of observations do not fit together well. */
export const MAX_SKEW_MS = 30_000;

const CODE = 'clock-skew';
const WORDS = /^the server's clock is (\d{1,12}) s (ahead of|behind) this one$/;

/** `the server's clock is 3600 s ahead of this one`. */
export function skewText(skewMs: number): string {
  return `the server's clock is ${Math.round(Math.abs(skewMs) / 1000)} s ${skewMs < 0 ? 'behind' : 'ahead of'} this one`;
}

/** What a run warns of; null where the clocks agree, or the server's is not known. */
export function skewIssue(skewMs: number | null): Issue | null {
  if (skewMs === null || Math.abs(skewMs) <= MAX_SKEW_MS) return null;
  const hint = 'let NTP set both clocks; changes are ordered by this one, and tasks have the time of the server';
  return { code: CODE, message: skewText(skewMs), hint };
}

/** How far the server's clock was ahead of ours in a run, as its warning says. */
export function skewOf(warnings: readonly Issue[]): number {
  const [, seconds = '0', where] = WORDS.exec(warnings.find(({ code }) => code === CODE)?.message ?? '') ?? [];
  return Number(seconds) * (where === 'behind' ? -1000 : 1000);
}
