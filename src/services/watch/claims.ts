/** A provider and the watcher that has claimed it. */
export interface Claimed {
  id: string;
  claim: {
    holder: string;
    /** The claim was not renewed in time. */
    isOver: boolean;
  } | null;
  /** Whether a run is in progress. Such a provider is not taken from a live watcher. */
  isRunning: boolean;
}

export interface Taking {
  id: string;
  /** The previous holder; null if the provider was free. */
  from: string | null;
}

/**
 * Which providers a watcher takes: all unclaimed ones, and one after the other from watchers that have at least two more than
 * itself. So a new watcher gets its share, and watchers whose shares differ by at most one take nothing from each other. Pure.
 */
export function planClaims(
  providers: readonly Claimed[],
  { self, isDead }: { self: string; isDead: (holder: string) => boolean },
): Taking[] {
  const owned = new Map<string, Claimed[]>([[self, []]]);
  const takings: Taking[] = [];
  for (const provider of providers) {
    const { id, claim } = provider;
    const isFree = claim === null || claim.isOver || (claim.holder !== self && isDead(claim.holder));
    const holder = isFree ? self : claim.holder;
    if (isFree && claim?.holder !== self) takings.push({ id, from: claim?.holder ?? null });
    owned.set(holder, [...(owned.get(holder) ?? []), provider]);
  }
  return [...takings, ...levelling(owned, self)];
}

function levelling(owned: Map<string, Claimed[]>, self: string): Taking[] {
  const takings: Taking[] = [];
  let own = owned.get(self)?.length ?? 0;
  for (;;) {
    const [holder, theirs] = [...owned].sort(([, a], [, b]) => b.length - a.length)[0] ?? [self, []];
    const index = theirs.findIndex(({ isRunning }) => !isRunning);
    const [provider] = index < 0 ? [] : theirs.splice(index, 1);
    if (holder === self || provider === undefined || theirs.length + 1 - own < 2) return takings;
    takings.push({ id: provider.id, from: holder });
    own += 1;
  }
}
