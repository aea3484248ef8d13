import type { Document, Patch, PatchEntry } from '../../types/document.ts';
import { sameValue, valueAt } from '../../types/document-replay.ts';
import { type Section, sectionOf } from '../../types/section.ts';
import { isRemarked, withKnownMarks } from './marks.ts';

/**
 * The document after an observation: all fields that were read, and the known fields of sections that were not read
 * completely. Returns the known document itself if nothing differs, as for nearly all guests of nearly all runs.
 */
export function mergeDocument(known: Document, seen: Document, complete: ReadonlySet<Section>): Document {
  if (!differs(known, seen, complete)) return known;
  const merged = new Map(Object.entries(known).filter(([path]) => !complete.has(sectionOf(path))));
  for (const [path, value] of Object.entries(seen)) merged.set(path, withKnownMarks(valueAt(known, path), value));
  return Object.fromEntries(merged);
}

function differs(known: Document, seen: Document, complete: ReadonlySet<Section>): boolean {
  if (Object.keys(seen).some((path) => !sameValue(valueAt(known, path), valueAt(seen, path)))) return true;
  return Object.keys(known).some((path) => !Object.hasOwn(seen, path) && complete.has(sectionOf(path)));
}

/**
 * Separates changed entries from those that were read for the first time, marked with another key, or stored in another
 * form.
 */
export function splitPatch(
  patch: Patch,
  isFirstSight: (entry: PatchEntry) => boolean,
  isReread: (entry: PatchEntry) => boolean = () => false,
): { changed: Patch; observed: Patch } {
  const observed = patch.filter(
    (entry) => (entry[1] === null && isFirstSight(entry)) || isRemarked(entry) || isReread(entry),
  );
  return { changed: patch.filter((entry) => !observed.includes(entry)), observed };
}
