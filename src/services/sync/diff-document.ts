import type { Document, Patch, PatchEntry } from '../../types/document.ts';
import { type Section, sectionOf } from '../../types/observation.ts';

/**
 * What is known after an observation: everything seen, and of what was not seen all that belongs to a section which was
 * not read completely.
 */
export function mergeDocument(known: Document, seen: Document, complete: ReadonlySet<Section>): Document {
  const merged = new Map(Object.entries(known).filter(([path]) => !complete.has(sectionOf(path))));
  for (const [path, value] of Object.entries(seen)) merged.set(path, value);
  return Object.fromEntries(merged);
}

/** Keys of the configuration that lists tell as well, so that having them does not say that the configuration was read. */
const LISTED = new Set(['name', 'tags', 'template']);

/** The sections of which nothing was ever read: what appears in them was there before, nobody knows since when. */
export function unreadSections(known: Document): ReadonlySet<Section> {
  const paths = Object.keys(known);
  const unread = new Set<Section>();
  if (!paths.includes('status')) unread.add('power');
  // A configuration that was read has at least a disk, a boot order or an architecture.
  if (!paths.some((path) => sectionOf(path) === 'config' && !LISTED.has(path))) unread.add('config');
  return unread;
}

/** Parts what changed from what was read for the first time. */
export function splitPatch(
  patch: Patch,
  isFirstSight: (entry: PatchEntry) => boolean,
): { changed: Patch; observed: Patch } {
  const observed = patch.filter((entry) => entry[1] === null && isFirstSight(entry));
  return { changed: patch.filter((entry) => !observed.includes(entry)), observed };
}
