import type { ProviderStatus } from '../../types/inventory.ts';

/**
 * Why what is known of providers may not be all that there is, or not as it is now: one line for each reason, without ages, so that
 * the same state gives the same lines.
 */
export function staleness(statuses: readonly ProviderStatus[], now: Date, maxAgeMs: number): string[] {
  return statuses.flatMap((status) =>
    problemsOf(status, new Date(now.getTime() - maxAgeMs)).map((text) => `${status.providerName}: ${text}`),
  );
}

function problemsOf({ lastRun, lastListedAt, unobservable, held }: ProviderStatus, oldest: Date): string[] {
  if (lastRun === null || lastListedAt === null) return ['its guests were never listed'];
  return [
    ...(lastRun.outcome === 'complete' ? [] : [`its last run was ${lastRun.outcome}`]),
    ...(lastListedAt < oldest ? [`its guests were last listed at ${lastListedAt.toISOString()}`] : []),
    ...unobservable.map(({ reason, count }) => `${count} unobservable ${count === 1 ? 'guest' : 'guests'}: ${reason}`),
    ...(held.length > 0 ? [`${held.length} ${held.length === 1 ? 'removal' : 'removals'} held back`] : []),
  ];
}
