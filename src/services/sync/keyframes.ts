import type { Document } from '../../types/document.ts';
import type { PlannedChange, ResourceType } from '../../types/history.ts';
import type { PlannedSnapshot } from '../../types/plan.ts';

/** So that at most this many changes are undone to find a past state of a guest. */
export const KEYFRAME_EVERY = 20;

interface Subject {
  resourceType: ResourceType;
  id: string;
  fate: string;
  before: Document | null;
  after: Document;
  /** Change rows since its last snapshot; null where none are kept in between: nodes and storages seldom change. */
  changesSince: number | null;
}

export interface SnapshotPlan {
  snapshots: PlannedSnapshot[];
  /** Per guest that changed: change rows since its last snapshot, after this run. */
  changesSince: ReadonlyMap<string, number>;
}

/** Whole documents to keep: at creation, at removal, and where changes have gathered since the last one. */
export function planSnapshots(subjects: readonly Subject[], changes: readonly PlannedChange[]): SnapshotPlan {
  const made = new Map<string, number>();
  // What is new or gone has its document kept in any case.
  for (const { resourceId, kind } of changes)
    if (kind === 'changed') made.set(resourceId, (made.get(resourceId) ?? 0) + 1);
  const snapshots: PlannedSnapshot[] = [];
  const changesSince = new Map<string, number>();
  for (const { resourceType, id: resourceId, fate, before, after, changesSince: gathered } of subjects) {
    if (fate === 'new') snapshots.push({ resourceType, resourceId, reason: 'created', document: after });
    else if (fate === 'removed')
      snapshots.push({ resourceType, resourceId, reason: 'removed', document: before ?? after });
    else {
      const now = made.get(resourceId);
      if (gathered === null || now === undefined) continue;
      const isDue = gathered + now >= KEYFRAME_EVERY;
      if (isDue) snapshots.push({ resourceType, resourceId, reason: 'keyframe', document: after });
      changesSince.set(resourceId, isDue ? 0 : gathered + now);
    }
  }
  return { snapshots, changesSince };
}
