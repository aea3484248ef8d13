import type { Document, Patch, PatchEntry } from '../../types/document.ts';
import { type Section, sectionOf } from '../../types/section.ts';

/**
 * What is known after an observation: everything seen, and of what was not seen all that belongs to a section which was
 * not read completely.
 */
export function mergeDocument(known: Document, seen: Document, complete: ReadonlySet<Section>): Document {
  const merged = new Map(Object.entries(known).filter(([path]) => !complete.has(sectionOf(path))));
  for (const [path, value] of Object.entries(seen)) merged.set(path, value);
  return Object.fromEntries(merged);
}

/** Parts what changed from what was read for the first time. */
export function splitPatch(
  patch: Patch,
  isFirstSight: (entry: PatchEntry) => boolean,
): { changed: Patch; observed: Patch } {
  const observed = patch.filter((entry) => entry[1] === null && isFirstSight(entry));
  return { changed: patch.filter((entry) => !observed.includes(entry)), observed };
}
