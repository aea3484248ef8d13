import type { AuditRecord } from '../../../../src/types/audit-record.ts';
import type { PatchEntry } from '../../../../src/types/document.ts';
import { sameValue } from '../../../../src/types/document-replay.ts';
import type { Evidence, UnattributedChange } from '../../../../src/types/evidence.ts';
import type { Attribution, PlannedChange } from '../../../../src/types/history.ts';

/** The record of each change; a change of several fields becomes several where several records made it. */
export function attribute(changes: readonly UnattributedChange[], evidence: Evidence): PlannedChange[] {
  return changes.flatMap((change) => {
    const records = recordsOf(change.guest?.identity.handle, change, evidence.records ?? []);
    if (change.kind !== 'changed') {
      const verb = change.kind === 'created' ? 'create' : 'destroy';
      return [
        explained(
          change,
          change.patch,
          records.findLast((record) => record.verb === verb),
        ),
      ];
    }
    const groups = new Map<AuditRecord | undefined, PatchEntry[]>();
    for (const entry of change.patch) {
      const record = records.findLast((one) => gave(one, entry));
      groups.set(record, [...(groups.get(record) ?? []), entry]);
    }
    return [...groups].map(([record, patch]) => explained(change, patch, record));
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

function explained(
  { resourceType, resourceId, kind, event, notBefore }: UnattributedChange,
  patch: readonly PatchEntry[],
  record: AuditRecord | undefined,
): PlannedChange {
  return { resourceType, resourceId, kind, event, patch, attribution: { ...toAttribution(record), notBefore } };
}

function toAttribution(record: AuditRecord | undefined): Omit<Attribution, 'notBefore'> {
  if (record === undefined) {
    return { actor: null, token: null, source: 'none', via: null, ref: null, confidence: 'none', effectiveAt: null };
  }
  const { actor, native, ref, at } = record;
  return { actor, token: null, source: 'event', via: native, ref, confidence: 'exact', effectiveAt: at };
}
