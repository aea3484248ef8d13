import type { PatchEntry } from '../../types/document.ts';
import type { GuestObservation } from '../../types/observation.ts';
import { valueAt } from '../history/document-replay.ts';
import { sameButMarks } from './marks.ts';

/** Whether an entry says only that this version stores the same text in another form. */
export function isReread([path, before]: PatchEntry, { former = {} }: Pick<GuestObservation, 'former'>): boolean {
  const value = valueAt(former, path);
  return value !== null && sameButMarks(before, value);
}
