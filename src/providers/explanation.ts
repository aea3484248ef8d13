import type { AuditRecord } from '../types/audit-record.ts';
import type { UnattributedChange } from '../types/evidence.ts';
import type { Attribution, PlannedChange } from '../types/history.ts';

/** Who made one field of a change; the window it happened in is added when the change is written. */
export type Explanation = Omit<Attribution, 'notBefore'>;

export const UNEXPLAINED: Explanation = {
  actor: null,
  token: null,
  source: 'none',
  via: null,
  ref: null,
  confidence: 'none',
  effectiveAt: null,
};

/** The same explanation, and no longer for certain. */
export function asLikely<E extends Pick<Explanation, 'confidence'>>(explanation: E): E {
  return explanation.confidence === 'exact' ? { ...explanation, confidence: 'likely' } : explanation;
}

/** A change with who made it, and since when that can have been. */
export function toPlanned(change: UnattributedChange, explanation: Explanation): PlannedChange {
  const { resourceType, resourceId, kind, event, patch, notBefore } = change;
  return { resourceType, resourceId, kind, event, patch, attribution: { ...explanation, notBefore } };
}

/** Whether everything in the list was done by one user with one token; true of an empty list. */
export function isOneActor(done: readonly AuditRecord[]): boolean {
  const [first] = done;
  return done.every(({ actor, credential }) => actor === first?.actor && credential === first.credential);
}
