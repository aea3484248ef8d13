import type { FoundDifference } from '../../types/finding.ts';
import type { PanelResult } from './compare-panel.ts';
import { findingKey, subjectOf } from './find-differences.ts';
import type { Owners } from './owners.ts';
import type { ReconcileWorld } from './reconcile-world.ts';

/** Servers that neither a rule nor a panel says whose they are. None where nobody says it of any server. Pure. */
export function findUnowned({
  world,
  owners,
  results,
}: {
  world: ReconcileWorld;
  owners: Owners;
  results: readonly PanelResult[];
}): FoundDifference[] {
  const owned = new Set(results.flatMap(({ ownedIds }) => [...ownedIds]));
  if (!owners.hasRules && owned.size === 0) return [];
  const compared = new Set(results.flatMap(({ guestIds }) => [...guestIds]));
  return world.live.flatMap((guest) => {
    const isMeant = compared.has(guest.id) && !owned.has(guest.id) && world.isSure(guest);
    if (!isMeant || owners.ofGuest(guest) !== null) return [];
    return [
      {
        kind: 'unowned',
        key: findingKey('unowned', '', { guest }),
        severity: 'low',
        panelName: '',
        guestId: guest.id,
        recordId: null,
        accountKey: null,
        subject: subjectOf(guest),
        evidence: { text: 'no rule and no panel says whose it is', comparisons: [], guests: [], records: [] },
      } satisfies FoundDifference,
    ];
  });
}
