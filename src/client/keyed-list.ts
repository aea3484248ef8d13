import { isSame } from './same-value.ts';

interface Keyed {
  readonly id: string;
}

/** Made when a list is first asked for an id; a list in which only values changed has that of the list before. */
const positions = new WeakMap<readonly Keyed[], ReadonlyMap<string, number>>();

function positionsOf(list: readonly Keyed[]): ReadonlyMap<string, number> {
  const known = positions.get(list);
  if (known) return known;
  const made = new Map<string, number>();
  for (const [at, { id }] of list.entries()) made.set(id, at);
  positions.set(list, made);
  return made;
}

/** By an index, not by a search. */
export function findById<Item extends Keyed>(list: readonly Item[], id: string): Item | undefined {
  const at = positionsOf(list).get(id);
  return at === undefined ? undefined : list[at];
}

/**
 * The list with these items in place of those with their ids, null: without it; new ones are at the end. It is the same list when
 * nothing differs, and items that are equal stay the same objects. The list is copied once, its index only when ids came or went.
 */
export function editList<Item extends Keyed>(
  list: readonly Item[],
  edits: ReadonlyMap<string, Item | null>,
): readonly Item[] {
  const known = positionsOf(list);
  const removed = new Set<number>();
  const changed: [number, Item][] = [];
  const added: Item[] = [];
  for (const [id, item] of edits) {
    const at = known.get(id);
    if (item === null) {
      if (at !== undefined) removed.add(at);
    } else if (at === undefined) added.push(item);
    else if (!isSame(list[at], item)) changed.push([at, item]);
  }
  if (removed.size + changed.length + added.length === 0) return list;
  const next = list.slice();
  for (const [at, item] of changed) next[at] = item;
  if (removed.size + added.length === 0) {
    positions.set(next, known);
    return next;
  }
  const kept = removed.size === 0 ? next : next.filter((_, at) => !removed.has(at));
  for (const item of added) kept.push(item);
  return kept;
}

/** The new list with the old objects where they are equal, and the old list itself when all of it is. */
export function keepEqual<Item extends Keyed>(old: readonly Item[], next: readonly Item[]): readonly Item[] {
  let isEqual = old.length === next.length;
  const merged = next.map((item, at) => {
    const known = findById(old, item.id);
    const kept = known !== undefined && isSame(known, item) ? known : item;
    if (kept !== old[at]) isEqual = false;
    return kept;
  });
  return isEqual ? old : merged;
}
