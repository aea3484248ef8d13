/** Who looks after a provider. */
export interface Claimed {
  id: string;
  claim: {
    holder: string;
    /** It was not renewed in time. */
    isOver: boolean;
  } | null;
  /** Whether a run is under way: such a one is not taken from a watcher that is there. */
  isRunning: boolean;
}

export interface Taking {
  id: string;
  /** Whom it is taken from. */
  from: string | null;
}

/**
 * Which providers a watcher takes: all that nobody looks after, and of those who have at least two more than itself one after
 * the other, until it is level with them. So a newcomer gets its share, and two that are as level as can be leave each other
 * alone. Pure.
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
