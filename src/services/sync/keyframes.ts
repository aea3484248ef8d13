import type { Document } from '../../types/document.ts';
import type { PlannedChange, ResourceType } from '../../types/history.ts';
import type { KnownState, PlannedSnapshot } from '../../types/plan.ts';

/** So that at most this many changes are undone to find a past state. */
export const KEYFRAME_EVERY = 20;

interface Subject {
  resourceType: ResourceType;
  id: string;
  fate: string;
  before: Document | null;
  after: Document;
}

/** Whole documents to keep: at creation, at removal, and where changes have gathered since the last one. */
export function planSnapshots(
  subjects: readonly Subject[],
  changes: readonly PlannedChange[],
  counts: KnownState['changesSinceSnapshot'],
): PlannedSnapshot[] {
  const made = new Map<string, number>();
  for (const { resourceId } of changes) made.set(resourceId, (made.get(resourceId) ?? 0) + 1);
  const snapshots: PlannedSnapshot[] = [];
  for (const { resourceType, id, fate, before, after } of subjects) {
    const base = { resourceType, resourceId: id };
    if (fate === 'new') snapshots.push({ ...base, reason: 'created', document: after });
    else if (fate === 'removed') snapshots.push({ ...base, reason: 'removed', document: before ?? after });
    else if (isDue(id, made, counts)) snapshots.push({ ...base, reason: 'keyframe', document: after });
  }
  return snapshots;
}

function isDue(id: string, made: ReadonlyMap<string, number>, counts: KnownState['changesSinceSnapshot']): boolean {
  const added = made.get(id) ?? 0;
  return added > 0 && counts !== undefined && (counts[id] ?? 0) + added >= KEYFRAME_EVERY;
}
