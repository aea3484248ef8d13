import type { UnattributedChange } from '../../../types/evidence.ts';
import type { PlannedChange } from '../../../types/history.ts';
import type { Explanation } from './explanation.ts';

/** A change with who made it, and since when that can have been. */
export function toPlanned(change: UnattributedChange, explanation: Explanation): PlannedChange {
  const { resourceType, resourceId, kind, event, patch, notBefore } = change;
  return { resourceType, resourceId, kind, event, patch, attribution: { ...explanation, notBefore } };
}
