import type { BaseSnapshot, LastChange, PrunePlan } from '../../repositories/maintenance/prune-repository.ts';
import type { Document } from '../../types/document.ts';

export interface PruneFacts {
  /** The last change of each resource up to the cut-off, of those that have changed by then. */
  lastChanges: readonly LastChange[];
  /** The documents at the cut-off, of resources that were there then. */
  documents: ReadonlyMap<string, Document>;
  /** Stored snapshots up to the cut-off, those of creations and removals left out. */
  shortcuts: readonly { resourceId: string; rev: number }[];
}

/**
 * Which snapshots replace the details that are dropped. Of each resource that was there at the cut-off and had changed by
 * then, one at its last change; the shortcuts before that lead nowhere any more.
 */
export function planPrune({ lastChanges, documents, shortcuts }: PruneFacts): Pick<PrunePlan, 'bases' | 'dropped'> {
  const bases = lastChanges.flatMap((last): BaseSnapshot[] => {
    const document = documents.get(last.resourceId);
    return document === undefined ? [] : [{ ...last, document }];
  });
  const kept = new Set(bases.map(({ resourceId, rev }) => `${rev}/${resourceId}`));
  return { bases, dropped: shortcuts.filter(({ resourceId, rev }) => !kept.has(`${rev}/${resourceId}`)) };
}
