import { AUDIT_VERBS, type AuditRecord, OUTCOMES, RECORD_SOURCES } from '../../types/audit-record.ts';
import { isDocument } from '../db/document-shape.ts';
import type { Row } from '../db/row.ts';
import { isTexts } from '../db/stored-shape.ts';

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
