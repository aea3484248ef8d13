import type { Document, Patch, PatchEntry, Value } from './document.ts';
import type { ChangeKind } from './history.ts';

/** As much of a change as replaying it needs. `patch` is null once retention has dropped it. */
export interface ReplayStep {
  kind: ChangeKind;
  patch: Patch | null;
}

/** What turns `before` into `after`, sorted by path. */
export function diffDocuments(before: Document, after: Document): Patch {
  if (before === after) return [];
  const paths = Object.keys(after);
  const known = Object.keys(before);
  // All of a new guest is news.
  const others =
    known.length === 0 ? paths : paths.filter((path) => !sameValue(valueAt(before, path), valueAt(after, path)));
  const gone = known.filter((path) => !Object.hasOwn(after, path));
  return (gone.length === 0 ? others : [...gone, ...others])
    .sort()
    .map((path): PatchEntry => [path, valueAt(before, path), valueAt(after, path)]);
}

/** null: the document has no such field. */
export function valueAt(document: Document, path: string): Value | null {
  return Object.hasOwn(document, path) ? (document[path] ?? null) : null;
}

/** The document after a patch. */
export function applyPatch(document: Document, patch: Patch): Document {
  const fields = new Map(Object.entries(document));
  for (const [path, , after] of patch) {
    if (after === null) fields.delete(path);
    else fields.set(path, after);
  }
  return Object.fromEntries(fields);
}

export function undoPatch(document: Document, patch: Patch): Document {
  return applyPatch(
    document,
    patch.map(([path, before, after]) => [path, after, before] as const),
  );
}

/**
 * States at an earlier time, from later ones. `steps` are the changes since then, newest first; resources that none of them
 * touches keep their state, null stands for one that is not there. 'pruned' where retention has dropped what would be needed.
 */
export function rewind(
  states: ReadonlyMap<string, Document | null>,
  steps: Iterable<ReplayStep & { resourceId: string }>,
): Map<string, Document | null | 'pruned'> {
  const past = new Map<string, Document | null | 'pruned'>(states);
  // What was undone on top of `past`, by resource: copying a document once for each step would take most of the time.
  const undone = new Map<string, Map<string, PatchEntry>>();
  for (const { resourceId, kind, patch } of steps) {
    // A removal says everything that was there, and a creation that nothing was: only a change needs what came after it.
    if (kind !== 'changed') undone.delete(resourceId);
    if (kind === 'created') past.set(resourceId, null);
    else if (patch === null) past.set(resourceId, 'pruned');
    else if (kind === 'removed') past.set(resourceId, undoPatch({}, patch));
    else {
      const entries = undone.get(resourceId) ?? new Map<string, PatchEntry>();
      for (const entry of patch) entries.set(entry[0], entry);
      undone.set(resourceId, entries);
    }
  }
  for (const [resourceId, entries] of undone) {
    const state = past.get(resourceId) ?? {};
    if (state !== 'pruned') past.set(resourceId, undoPatch(state, [...entries.values()]));
  }
  return past;
}

export function sameValue(a: Value | null, b: Value | null): boolean {
  if (a === b) return true;
  if (!isList(a) || !isList(b)) return false;
  return a.length === b.length && a.every((item, index) => item === b[index]);
}

function isList(value: Value | null): value is readonly string[] {
  return Array.isArray(value);
}
