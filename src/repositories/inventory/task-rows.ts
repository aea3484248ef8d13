import type { AuditRecord } from '../../types/audit-record.ts';
import type { TaskRow } from '../../types/inventory.ts';
import type { Row } from '../db/row.ts';
import { toAuditRecord } from './audit-record-rows.ts';

/** The largest value of PostgreSQL's integer. */
const MAX_INT = 2 ** 31 - 1;

/** The number that a target is, as guests have them; null for any other. */
export function vmidOfTarget(target: string | null): number | null {
  return target !== null && /^\d+$/.test(target) && Number(target) <= MAX_INT ? Number(target) : null;
}

/** A task's id has its process in hexadecimal digits. */
function pidOf({ source, ref, pid }: AuditRecord): number | null {
  return source === 'task' ? Number.parseInt(ref.split(':')[2] ?? '', 16) || null : pid;
}

/** An action as it is listed, with the name that the record has for its guest. */
export function toTaskRow(row: Row): TaskRow {
  const record = toAuditRecord(row);
  return {
    upid: record.ref,
    node: record.place ?? '',
    pid: pidOf(record),
    startedAt: record.at,
    type: record.native,
    id: record.target ?? '',
    user: record.actor,
    token: record.credential,
    endedAt: record.endedAt,
    state: record.outcome,
    exitStatus: record.text,
    providerId: row.text('providerId'),
    providerName: row.text('providerName'),
    vmid: vmidOfTarget(record.target),
    guestName: record.targetName,
    source: record.source,
    verb: record.verb,
  };
}
