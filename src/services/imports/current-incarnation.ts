import type { Presence } from '../../types/presence.ts';

interface Incarnation {
  id: string;
  presence: Presence;
}

/** More moves than any machine makes; ends the walk through rows that name each other. */
const MOST_MOVES = 100;

/**
 * Where a guest is now: itself, unless it is gone and exactly one later incarnation is where it was moved to, or was restored from
 * it. Of several nobody knows which one is meant. A guest that only has its id is none of them. `marked`: guests with a mark of their
 * own, to which they and their successors belong.
 */
export function currentIncarnation(
  guest: Incarnation,
  successors: ReadonlyMap<string, readonly Incarnation[]>,
  marked: ReadonlySet<string>,
): Incarnation {
  let current = guest;
  for (let moves = 0; current.presence === 'gone' && moves < MOST_MOVES; moves++) {
    const [next, ...others] = successors.get(current.id) ?? [];
    if (next !== undefined && marked.has(next.id)) return guest;
    if (next === undefined || others.length > 0) return current;
    current = next;
  }
  return current;
}
