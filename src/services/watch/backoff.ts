const MOST_MS = 15 * 60_000;

/**
 * How long to wait after `failures` (from 1) failures in a row: `firstMs`, doubled each time up to 15 minutes, and a fifth
 * more or less by `random` (0 to 1), so that many that failed together do not come back together.
 */
export function retryAfterMs(failures: number, { firstMs, random }: { firstMs: number; random: number }): number {
  const waitMs = Math.min(firstMs * 2 ** (Math.max(1, failures) - 1), Math.max(MOST_MS, firstMs));
  return Math.round(waitMs * (0.8 + 0.4 * random));
}
