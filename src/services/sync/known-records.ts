import type { KnownRecords } from '../../providers/provider.ts';
import type { KnownState } from '../../types/plan.ts';

export function knownRecords({
  recentRecords,
  lastCompleteAt,
}: Pick<KnownState, 'recentRecords' | 'lastCompleteAt'>): KnownRecords {
  return {
    refs: new Set(recentRecords.map(({ ref }) => ref)),
    newestAt: recentRecords.at(-1)?.at ?? null,
    lastCompleteAt,
  };
}
