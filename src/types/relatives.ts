import type { GuestIdentity } from './guest.ts';
import type { KnownState } from './plan.ts';
import type { Relative, RunFacts } from './run-facts.ts';

/** Guests by uuid, grouped on first use: in most runs no guest appears or disappears. */
export function relativesOf({ guests, elsewhere }: KnownState): RunFacts['relatives'] {
  let byUuid: ReadonlyMap<string, readonly Relative[]> | undefined;
  return (uuid) => {
    if (uuid === undefined) return [];
    byUuid ??= groupByUuid([...guests, ...elsewhere]);
    return byUuid.get(uuid) ?? [];
  };
}

function groupByUuid(guests: readonly Relative[]): ReadonlyMap<string, readonly Relative[]> {
  const groups = new Map<string, Relative[]>();
  for (const guest of guests) {
    const { uuid } = guest.identity;
    if (uuid === undefined) continue;
    const group = groups.get(uuid);
    if (group === undefined) groups.set(uuid, [guest]);
    else group.push(guest);
  }
  return groups;
}

/**
 * The guest of another platform that a new guest was made from: an import keeps its uuid or its MAC addresses. One that still
 * runs there was copied, not moved. null: there is none, or several that it may have been.
 */
export function findImported(identity: GuestIdentity, { elsewhere }: Pick<KnownState, 'elsewhere'>): Relative | null {
  const others = elsewhere.filter((guest) => guest.isOfOtherPlatform && !guest.isRunning && isSame(identity, guest));
  const there = others.filter(({ presence }) => presence !== 'gone');
  const [only, ...more] = there.length > 0 ? there : others;
  return only === undefined || more.length > 0 ? null : only;
}

/** Whether a guest that is gone lives on another platform. */
export function wasExported(identity: GuestIdentity, { elsewhere }: Pick<KnownState, 'elsewhere'>): boolean {
  return elsewhere.some((guest) => guest.isOfOtherPlatform && guest.presence !== 'gone' && isSame(identity, guest));
}

function isSame(identity: GuestIdentity, { identity: other }: Relative): boolean {
  if (identity.uuid !== undefined && identity.uuid === other.uuid) return true;
  const { macs = [] } = identity;
  return macs.length > 0 && macs.length === other.macs?.length && macs.every((mac) => other.macs?.includes(mac));
}
