import type { Finding, FoundDifference } from '../../types/finding.ts';
import type { PanelResult } from './compare-panel.ts';
import type { ReconcileWorld } from './reconcile-world.ts';

/** What a comparison is limited to; undefined: to nothing. */
export interface ComparisonLimits {
  accountKey: string | undefined;
  guestIds: ReadonlySet<string> | undefined;
  panels: ReadonlySet<string> | undefined;
}

/** Whether a comparison with these limits opens, keeps or closes it. */
export function isWithinLimits(
  { accountKey, guestId, panelName }: Pick<FoundDifference, 'accountKey' | 'guestId' | 'panelName'>,
  limits: ComparisonLimits,
): boolean {
  if (limits.accountKey !== undefined && accountKey !== limits.accountKey) return false;
  if (limits.guestIds !== undefined && (guestId === null || !limits.guestIds.has(guestId))) return false;
  return limits.panels === undefined || limits.panels.has(panelName);
}

/**
 * Why a finding that was not found again is closed; null: it cannot be said whether it is still so, because its panel or its provider
 * could not be read whole, or the guest not be observed.
 */
export function whyClosed({
  world,
  results,
  isUnownedKnown,
  panelNames,
}: {
  world: ReconcileWorld;
  results: readonly PanelResult[];
  isUnownedKnown: boolean;
  /** Of all panels that are stored, whether they are compared or not. */
  panelNames: ReadonlySet<string>;
}): (finding: Finding) => string | null {
  const byPanel = new Map(results.map((result) => [result.panelName, result]));
  const live = new Map(world.live.map((guest) => [guest.id, guest]));
  const gone = world.goneIds;
  return ({ kind, panelName, guestId, recordId }) => {
    const panel = byPanel.get(panelName);
    if (kind !== 'unowned' && !panelNames.has(panelName)) return 'the panel was removed';
    if (kind === 'unowned' ? !isUnownedKnown : panel === undefined) return null;
    if (guestId !== null && gone.has(guestId)) return 'the guest is gone';
    if (recordId !== null && panel !== undefined && !panel.recordIds.has(recordId)) return 'the record is gone';
    if (kind === 'orphaned-record' && recordId !== null && panel?.undecidedIds.has(recordId)) return null;
    const guest = guestId === null ? undefined : live.get(guestId);
    if (guest !== undefined) return world.isSure(guest) ? 'solved' : null;
    if (guestId !== null) return 'the guest is not in the inventory any more';
    return panel !== undefined && world.missingDoubt(panel.scope, null) === null ? 'solved' : null;
  };
}
