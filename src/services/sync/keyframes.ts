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
  for (const { resourceId } of changes) made.set(resourceId, (made.get(resourceId) ?? 0) + 1);
  const snapshots: PlannedSnapshot[] = [];
  const changesSince = new Map<string, number>();
  for (const { resourceType, id, fate, before, after, changesSince: gathered } of subjects) {
    const base = { resourceType, resourceId: id };
    const count = (gathered ?? 0) + (made.get(id) ?? 0);
    if (fate === 'new') snapshots.push({ ...base, reason: 'created', document: after });
    else if (fate === 'removed') snapshots.push({ ...base, reason: 'removed', document: before ?? after });
    else if (gathered !== null && made.has(id)) {
      if (count >= KEYFRAME_EVERY) snapshots.push({ ...base, reason: 'keyframe', document: after });
      changesSince.set(id, count >= KEYFRAME_EVERY ? 0 : count);
    }
  }
  return { snapshots, changesSince };
}
