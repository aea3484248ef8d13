import type { ReconcileCounts } from '../../types/finding.ts';
import type { PanelResult } from './compare-panel.ts';
import type { Owners } from './owners.ts';
import type { ReconcileWorld } from './reconcile-world.ts';

export type AccountCounts = Pick<ReconcileCounts, 'records' | 'guests' | 'matched' | 'new' | 'updated'>;

const NOTHING: AccountCounts = { records: 0, guests: 0, matched: 0, new: 0, updated: 0 };

interface Counted {
  world: Pick<ReconcileWorld, 'live'>;
  owners: Owners;
  results: readonly PanelResult[];
}

/** What a comparison was about, by account: whose a server is by a rule, or by a record. Nobody is told of the servers of others. Pure. */
export function countByAccount({ world, owners, results }: Counted): ReadonlyMap<string, AccountCounts> {
  const ownerOf = new Map(
    world.live.flatMap((guest) => {
      const owner = owners.ofGuest(guest);
      return owner === null ? [] : [[guest.id, owner.key] as const];
    }),
  );
  const counts = new Map<string, AccountCounts>();
  const add = (keys: Iterable<string | undefined>, of: keyof AccountCounts) => {
    for (const key of new Set(keys)) {
      if (key === undefined) continue;
      const before = counts.get(key) ?? NOTHING;
      counts.set(key, { ...before, [of]: before[of] + 1 });
    }
  };
  const byGuest = new Map<string, Set<string>>();
  const own = (guestId: string, key: string | undefined) => {
    if (key !== undefined) byGuest.set(guestId, (byGuest.get(guestId) ?? new Set()).add(key));
  };
  for (const { recordOwners, guestIds, matched, links } of results) {
    for (const key of recordOwners.values()) add([key], 'records');
    for (const id of guestIds) own(id, ownerOf.get(id));
    for (const { recordId, guestId } of matched) {
      const keys = [recordOwners.get(recordId), ownerOf.get(guestId)];
      for (const key of keys) own(guestId, key);
      add(keys, 'matched');
      const step = links.steps.get(recordId);
      if (step !== undefined) add(keys, step);
    }
  }
  for (const keys of byGuest.values()) add(keys, 'guests');
  return counts;
}

export function countsOf(counts: ReadonlyMap<string, AccountCounts>, accountKey: string): AccountCounts {
  return counts.get(accountKey) ?? NOTHING;
}
