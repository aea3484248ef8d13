const FIRST_MS = 1000;
const LONGEST_MS = 30_000;

/**
 * How long to wait after so many failures in a row, from 1 s to 30 s: anything up to twice as long as before, so that the clients
 * of a server that went away do not come back at once.
 */
export function backoffMs(failures: number, random: () => number): number {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures, 10));
  return Math.round(FIRST_MS + random() * (ceiling - FIRST_MS));
}
