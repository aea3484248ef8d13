import type { KnownRecords } from '../../providers/provider.ts';
import type { KnownState } from '../../types/plan.ts';

/** Where the last run stopped. Without a record of its last day everything since that run is read. */
export function knownRecords({
  recentRecords = [],
  lastCompleteAt,
}: Pick<KnownState, 'recentRecords' | 'lastCompleteAt'>): KnownRecords {
  const newest = recentRecords.at(-1);
  return { newestRef: newest?.ref ?? null, newestAt: newest?.at ?? lastCompleteAt };
}
