import { AUDIT_VERBS, type AuditRecord, OUTCOMES, type Outcome, RECORD_SOURCES } from '../../types/audit-record.ts';
import type { TaskRow } from '../../types/inventory.ts';
import { isDocument } from '../db/document-shape.ts';
import type { Reader } from '../db/reader.ts';
import type { Row } from '../db/row.ts';
import { isTexts } from '../db/stored-shape.ts';
import { selected, Where } from '../db/where.ts';

export const AUDIT_RECORD_COLUMNS = [
  'source',
  'ref',
  'verb',
  'native',
  'target',
  'targetName',
  'place',
  'actor',
  'credential',
  'at',
  'endedAt',
  'outcome',
  'text',
  'pid',
  'sets',
  'touches',
] as const;

export function toAuditRecord(row: Row): AuditRecord {
  const sets = row.jsonOrNull('sets', isDocument);
  const touches = row.jsonOrNull('touches', isTexts);
  return {
    source: row.word('source', RECORD_SOURCES),
    ref: row.text('ref'),
    verb: row.word('verb', AUDIT_VERBS),
    native: row.text('native'),
    target: row.textOrNull('target'),
    targetName: row.textOrNull('targetName'),
    place: row.textOrNull('place'),
    actor: row.textOrNull('actor'),
    credential: row.textOrNull('credential'),
    at: row.time('at'),
    endedAt: row.timeOrNull('endedAt'),
    outcome: row.word('outcome', OUTCOMES),
    text: row.textOrNull('text'),
    pid: row.numberOrNull('pid'),
    ...(sets !== null && { sets }),
    ...(touches !== null && { touches }),
  };
}

/** Field by field: what only a provider knows of a record is not stored. */
export function toAuditRecordRow(providerId: string, record: AuditRecord) {
  const { source, ref, verb, native, target, targetName, place, actor, credential } = record;
  const { at, endedAt, outcome, text, pid, sets = null, touches = null } = record;
  const who = { verb, native, target, targetName, place, actor, credential };
  return { providerId, source, ref, ...who, at, endedAt, outcome, text, pid, sets, touches };
}

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
    // A handle may be a number too.
    vmid: record.source === 'task' ? vmidOfTarget(record.target) : null,
    guestName: record.targetName,
    source: record.source,
    verb: record.verb,
  };
}

export interface TaskSelection {
  providerIds?: readonly string[];
  /** As records name guests. */
  targets?: readonly string[];
  since?: Date;
  until?: Date;
  states?: readonly Outcome[];
  skip: number;
  take: number;
}

export async function listTasks(
  reader: Reader,
  { providerIds, targets, since, until, states, skip, take }: TaskSelection,
): Promise<TaskRow[]> {
  const where = new Where(reader.provider)
    .among('t."providerId"', providerIds)
    .is('t."source"', '<>', 'log')
    .among('t."target"', targets)
    .is('t."at"', '>=', since)
    .is('t."at"', '<=', until)
    .among('t."outcome"', states);
  const columns = [...AUDIT_RECORD_COLUMNS, 'providerId'];
  const sql = `SELECT ${selected(columns, 't')}, p."name" AS "providerName" FROM "audit_records" t
    JOIN "providers" p ON p."id" = t."providerId" ${where.sql}
    ORDER BY t."at" DESC, t."ref" DESC LIMIT ${where.parameter(take)} OFFSET ${where.parameter(skip)}`;
  return reader.list({ sql, values: where.values, noun: 'task', key: ['ref'] }, toTaskRow);
}

/** When the last backup task began whose log was not read, by the id of its provider; those without one are left out. */
export async function listUnreadBackups(reader: Reader): Promise<Map<string, Date>> {
  const sql = `SELECT t."providerId", MAX(t."at") AS "at" FROM "audit_records" t
    WHERE t."verb" = 'backup' AND t."endedAt" IS NOT NULL AND t."place" IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM "guest_backups" b WHERE b."providerId" = t."providerId" AND b."ref" = t."ref")
    GROUP BY t."providerId"`;
  const query = { sql, noun: 'task', key: ['providerId'] };
  return new Map(await reader.list(query, (row) => [row.text('providerId'), row.time('at')]));
}
