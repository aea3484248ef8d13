const MOST_MS = 15 * 60_000;

interface Backoff {
  firstMs: number;
  /** 15 minutes by default. */
  mostMs?: number;
  /** 0 to 1. */
  random: number;
}

/**
 * The wait after `failures` (from 1) failures in a row: `firstMs`, doubled with each failure up to `mostMs`. `random` varies
 * it by a fifth, so that those that failed together do not retry together.
 */
export function retryAfterMs(failures: number, { firstMs, mostMs = MOST_MS, random }: Backoff): number {
  const waitMs = Math.min(firstMs * 2 ** (Math.max(1, failures) - 1), Math.max(mostMs, firstMs));
  return Math.round(waitMs * (0.8 + 0.4 * random));
}
