const MOST_MS = 15 * 60_000;

/**
 * The wait after `failures` (from 1) failures in a row: `firstMs`, doubled with each failure up to 15 minutes. `random` (0 to 1)
 * varies it by a fifth, so that providers that failed together do not retry together.
 */
export function retryAfterMs(failures: number, { firstMs, random }: { firstMs: number; random: number }): number {
  const waitMs = Math.min(firstMs * 2 ** (Math.max(1, failures) - 1), Math.max(MOST_MS, firstMs));
  return Math.round(waitMs * (0.8 + 0.4 * random));
}
