import type { AuditRecord } from './audit-record.ts';

/** Numbers of log lines begin anew with a node's cluster service, so that `node/number` needs the time: `node/epochSeconds/number`. */
export function lineKey({ ref, at }: Pick<AuditRecord, 'ref' | 'at'>): string {
  const slash = ref.indexOf('/');
  return `${ref.slice(0, slash)}/${at.getTime() / 1000}${ref.slice(slash)}`;
}

/** What tells a record from all others of its provider. */
export function recordKey(record: Pick<AuditRecord, 'source' | 'ref' | 'at'>): string {
  return record.source === 'log' ? lineKey(record) : record.ref;
}
