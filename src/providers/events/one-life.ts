import type { AuditRecord } from '../../types/audit-record.ts';
import type { UnattributedChange } from '../../types/evidence.ts';

/**
 * Without what was done to another guest that had the handle before, where handles are used again. `madeAt` by the server's clock; null:
 * not told. A guest is asked for before it is made: of what made one only the removal of the one before tells. `records`: oldest first.
 */
export function ofOneLife(
  records: readonly AuditRecord[],
  madeAt: Date | null,
  kind: UnattributedChange['kind'],
): readonly AuditRecord[] {
  if (madeAt === null) return records;
  if (kind !== 'created') return records.filter(({ at }) => at > madeAt);
  return records.slice(records.findLastIndex(({ verb, at }) => verb === 'destroy' && at <= madeAt) + 1);
}
