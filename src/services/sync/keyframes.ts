import type { Document } from '../../types/document.ts';
import type { PlannedChange, ResourceType } from '../../types/history.ts';
import type { PlannedSnapshot } from '../../types/plan.ts';

/** Bounds the changes to undo when a past state of a guest is rebuilt. */
export const KEYFRAME_EVERY = 20;

interface Subject {
  resourceType: ResourceType;
  id: string;
  fate: string;
  before: Document | null;
  after: Document;
  /** Change rows since its last snapshot; null for nodes and storages, which seldom change and have no keyframes. */
  changesSince: number | null;
}

export interface SnapshotPlan {
  snapshots: PlannedSnapshot[];
  /** Change rows since the last snapshot of each changed guest, this run included. */
  changesSince: ReadonlyMap<string, number>;
}

/** Plans the documents to store whole: at creation, at removal, and after enough changes since the last one. */
export function planSnapshots(subjects: readonly Subject[], changes: readonly PlannedChange[]): SnapshotPlan {
  const made = new Map<string, number>();
  // A created or removed resource has its document stored in any case.
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
