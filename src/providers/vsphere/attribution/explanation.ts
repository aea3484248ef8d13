import type { AuditRecord } from '../../../types/audit-record.ts';
import type { UnattributedChange } from '../../../types/evidence.ts';
import type { Attribution, PlannedChange } from '../../../types/history.ts';

/** Who made one field of a change. */
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

/** `effectiveAt` by our clock; `skewMs`: the server's minus ours. */
export function explainBy(
  { actor, credential, native, ref, at }: AuditRecord,
  confidence: 'exact' | 'likely',
  skewMs: number,
): Explanation {
  const effectiveAt = new Date(at.getTime() - skewMs);
  return { actor, token: credential, source: 'event', via: native, ref, confidence, effectiveAt };
}

export function toPlanned(change: UnattributedChange, explanation: Explanation): PlannedChange {
  const { resourceType, resourceId, kind, event, patch, notBefore } = change;
  return { resourceType, resourceId, kind, event, patch, attribution: { ...explanation, notBefore } };
}

export function isOneActor(records: readonly AuditRecord[]): boolean {
  const [first] = records;
  return records.every(({ actor }) => actor === first?.actor);
}
