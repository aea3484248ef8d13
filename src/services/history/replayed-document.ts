import type { Document, Patch, Value } from '../../types/document.ts';
import { applyPatch, diffDocuments, sameValue, valueAt } from '../../types/document-replay.ts';

/**
 * The document after a patch, with its keys in order, which makes its digest cheap. The given one is used up: where only
 * values change, as in nearly all of a million changes, it is changed in place.
 */
export function advanceDocument(document: Document, patch: Patch): Document {
  const isSameShape = patch.every(([path, , after]) => after !== null && Object.hasOwn(document, path));
  if (!isSameShape) return sortedDocument(applyPatch(document, patch));
  const values: Record<string, Value> = document;
  for (const [path, , after] of patch) if (after !== null) values[path] = after;
  return values;
}

export function sortedDocument(document: Document): Document {
  return Object.fromEntries(Object.entries(document).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What a patch says of the document before it, and is not so: in words. */
export function describeMismatches(document: Document, patch: Patch): string[] {
  return patch.flatMap(([path, before]) => {
    const found = valueAt(document, path);
    if (sameValue(found, before)) return [];
    return [`says that ${path} was ${show(before)}, and the changes before it say ${show(found)}`];
  });
}

/** null: there is none. */
export function describeDifference(expected: Document, found: Document): string | null {
  const patch = diffDocuments(expected, found);
  const [first] = patch;
  if (first === undefined) return null;
  const [path, should, is] = first;
  const more = patch.length > 1 ? ` (and ${patch.length - 1} more fields)` : '';
  return `${path} is ${show(is)} instead of ${show(should)}${more}`;
}

function show(value: Value | null): string {
  return value === null ? 'not there' : JSON.stringify(value);
}
