import { type Explanation, toPlanned, UNEXPLAINED } from '../../../../src/providers/explanation.ts';
import type { AuditRecord } from '../../../../src/types/audit-record.ts';
import type { PatchEntry } from '../../../../src/types/document.ts';
import { sameValue } from '../../../../src/types/document-replay.ts';
import type { Evidence, UnattributedChange } from '../../../../src/types/evidence.ts';
import type { PlannedChange } from '../../../../src/types/history.ts';

/** The record of each change; a change of several fields becomes several where several records made it. */
export function attribute(changes: readonly UnattributedChange[], evidence: Evidence): PlannedChange[] {
  // Where records may be missing, another one may say otherwise.
  const confidence = evidence.gaps?.log === true ? 'likely' : 'exact';
  return changes.flatMap((change) => {
    const records = recordsOf(change.guest?.identity.handle, change, evidence.records);
    if (change.kind !== 'changed') {
      const verb = change.kind === 'created' ? 'create' : 'destroy';
      const record = records.findLast((one) => one.verb === verb);
      return [explained(change, { patch: change.patch, record, confidence })];
    }
    const groups = new Map<AuditRecord | undefined, PatchEntry[]>();
    for (const entry of change.patch) {
      const record = records.findLast((one) => gave(one, entry));
      groups.set(record, [...(groups.get(record) ?? []), entry]);
    }
    return [...groups].map(([record, patch]) => explained(change, { patch, record, confidence }));
  });
}

/** What was done to a guest in a window, oldest first. Guests that were there at first have no window. */
export function recordsOf(
  handle: string | undefined,
  { notBefore, notAfter }: { notBefore: Date | null; notAfter: Date },
  records: readonly AuditRecord[],
): readonly AuditRecord[] {
  if (handle === undefined || notBefore === null) return [];
  return records.filter(({ target, at }) => target === handle && at >= notBefore && at <= notAfter);
}

function gave({ sets = {} }: AuditRecord, [path, , after]: PatchEntry): boolean {
  return Object.hasOwn(sets, path) && sameValue(sets[path] ?? null, after);
}

interface Found {
  patch: readonly PatchEntry[];
  record: AuditRecord | undefined;
  confidence: 'exact' | 'likely';
}

function explained(change: UnattributedChange, { patch, record, confidence }: Found): PlannedChange {
  const explanation = record === undefined ? UNEXPLAINED : toExplanation(record, confidence);
  return toPlanned({ ...change, patch }, explanation);
}

function toExplanation({ actor, native, ref, at }: AuditRecord, confidence: Found['confidence']): Explanation {
  return { actor, token: null, source: 'event', via: native, ref, confidence, effectiveAt: at };
}
