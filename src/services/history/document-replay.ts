import type { Document, Patch, PatchEntry, Value } from '../../types/document.ts';
import type { ChangeKind } from '../../types/history.ts';

/** As much of a change as replaying it needs. `patch` is null once retention has dropped it. */
export interface ReplayStep {
  kind: ChangeKind;
  patch: Patch | null;
}

/** What a step did not find as it says it was: `[path, expected, found]`. */
export type Mismatch = readonly [path: string, expected: Value | null, found: Value | null];

export function sameValue(a: Value | null, b: Value | null): boolean {
  if (a === b) return true;
  if (!isList(a) || !isList(b)) return false;
  return a.length === b.length && a.every((item, index) => item === b[index]);
}

function isList(value: Value | null): value is readonly string[] {
  return Array.isArray(value);
}

/** What turns `before` into `after`, sorted by path. */
export function diffDocuments(before: Document, after: Document): Patch {
  const paths = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  const patch: PatchEntry[] = [];
  for (const path of paths) {
    const entry: PatchEntry = [path, valueAt(before, path), valueAt(after, path)];
    if (!sameValue(entry[1], entry[2])) patch.push(entry);
  }
  return patch;
}

function valueAt(document: Document, path: string): Value | null {
  return Object.hasOwn(document, path) ? (document[path] ?? null) : null;
}

/** The document after a patch. Tells `onMismatch` of every field that was not what the patch says it was. */
export function applyPatch(document: Document, patch: Patch, onMismatch?: (mismatch: Mismatch) => void): Document {
  const fields = new Map(Object.entries(document));
  for (const [path, before, after] of patch) {
    const found = fields.get(path) ?? null;
    if (onMismatch && !sameValue(found, before)) onMismatch([path, before, found]);
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

/** The state before a step, from the state after it. null stands for a resource that is not there; 'pruned' for no answer. */
export function undoStep(state: Document | null, step: ReplayStep): Document | null | 'pruned' {
  if (step.kind === 'created') return null;
  if (step.patch === null) return 'pruned';
  return undoPatch(step.kind === 'removed' ? {} : (state ?? {}), step.patch);
}

/**
 * States at an earlier time, from later ones. `steps` are the changes since then, newest first; resources that none of them
 * touches keep their state. 'pruned' where retention has dropped what would be needed.
 */
export function rewind(
  states: ReadonlyMap<string, Document | null>,
  steps: Iterable<ReplayStep & { resourceId: string }>,
): Map<string, Document | null | 'pruned'> {
  const past = new Map<string, Document | null | 'pruned'>(states);
  for (const step of steps) {
    const state = past.get(step.resourceId) ?? null;
    const before = undoStep(state === 'pruned' ? null : state, step);
    // A removal says everything that was there, and a creation that nothing was: only a change needs what came after it.
    past.set(step.resourceId, state === 'pruned' && step.kind === 'changed' ? 'pruned' : before);
  }
  return past;
}
