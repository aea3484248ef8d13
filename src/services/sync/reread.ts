import type { Document, PatchEntry } from '../../types/document.ts';
import { sameValue, valueAt } from '../../types/document-replay.ts';
import type { GuestObservation } from '../../types/observation.ts';
import { effectivePath, isAtOrBelow, isPendingPath, PENDING, PENDING_DELETE } from '../../types/pending-path.ts';
import type { KnownGuest } from '../../types/plan.ts';
import { sameButMarks } from './marks.ts';

/** Whether an entry only reflects that this version stores the same configuration in another form than version 0.1. */
export function isReread(
  entry: PatchEntry,
  { document, former = {} }: Pick<GuestObservation, 'document' | 'former'>,
  { identity }: Pick<KnownGuest, 'identity'>,
): boolean {
  const [path, before] = entry;
  const value = valueAt(former, path);
  if (value !== null && sameButMarks(before, value)) return true;
  // Version 0.1 stored no digests.
  return identity.digest === undefined && isRevealed(entry, document);
}

/** Whether a pending value was stored as if it was in effect. */
function isRevealed([path, before]: PatchEntry, document: Document): boolean {
  if (before !== null) return sameValue(valueAt(document, PENDING + path), before);
  if (isPendingPath(path)) return true;
  const deletions = Object.keys(document).filter((other) => other.startsWith(PENDING_DELETE));
  return deletions.some((other) => isAtOrBelow(path, effectivePath(other)));
}
