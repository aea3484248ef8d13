import type { ProviderStatus } from '../../types/inventory.ts';

/** So old may an inventory be that something is concluded from. */
const MAX_AGE_MS = 24 * 3_600_000;

type Judged = Pick<ProviderStatus, 'lastRun' | 'lastListedAt' | 'incomplete' | 'held'>;

/**
 * Why nothing can be concluded from what the inventory has of a provider: its last run failed, was filtered or guarded, did not reach a
 * part of the guests, or is too long ago. null: its list of guests is whole. Pure.
 */
export function doubtOf(status: Judged, now: Date): string | null {
  const { lastRun, lastListedAt, incomplete, held } = status;
  if (lastRun === null || lastListedAt === null) return 'its guests were never listed';
  if (lastRun.outcome === 'failed') return 'its last run failed';
  if (lastRun.outcome === 'guarded' || held.length > 0) return 'removals are held back';
  const scope = incomplete.find((one) => one.scope === 'guests' || one.scope.startsWith('guests/'));
  if (scope !== undefined) return scope.issue?.message ?? `${scope.scope} could not be read whole`;
  const ageMs = now.getTime() - lastListedAt.getTime();
  return Math.abs(ageMs) > MAX_AGE_MS ? `its guests were last listed at ${lastListedAt.toISOString()}` : null;
}
