import type { KnownRecords } from '../../providers/provider.ts';
import type { KnownState } from '../../types/plan.ts';

export function knownRecords({
  recentRecords,
  lastCompleteAt,
  incompleteSince,
}: Pick<KnownState, 'recentRecords' | 'lastCompleteAt' | 'incompleteSince'>): KnownRecords {
  const { events } = incompleteSince;
  return {
    refs: new Set(recentRecords.map(({ ref }) => ref)),
    newestAt: recentRecords.at(-1)?.at ?? null,
    lastCompleteAt,
    unreadSince: events === undefined ? null : new Date(events),
  };
}
