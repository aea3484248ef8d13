import { AUDIT_VERBS, type AuditRecord } from '../../types/audit-record.ts';
import { isDocument } from '../db/document-shape.ts';
import type { Row } from '../db/row.ts';
import { isTexts } from '../db/stored-shape.ts';

export const AUDIT_RECORD_COLUMNS = [
  'ref',
  'verb',
  'native',
  'target',
  'targetName',
  'place',
  'actor',
  'credential',
  'at',
  'outcome',
  'sets',
  'touches',
] as const;

export function toAuditRecord(row: Row): AuditRecord {
  const sets = row.jsonOrNull('sets', isDocument);
  const touches = row.jsonOrNull('touches', isTexts);
  return {
    ref: row.text('ref'),
    verb: row.word('verb', AUDIT_VERBS),
    native: row.text('native'),
    target: row.textOrNull('target'),
    targetName: row.textOrNull('targetName'),
    place: row.textOrNull('place'),
    actor: row.textOrNull('actor'),
    credential: row.textOrNull('credential'),
    at: row.time('at'),
    outcome: row.word('outcome', ['ok', 'failed'] as const),
    ...(sets !== null && { sets }),
    ...(touches !== null && { touches }),
  };
}

export function toAuditRecordRow(providerId: string, record: AuditRecord) {
  const { ref, verb, native, target, targetName, place, actor, credential, at, outcome } = record;
  const facts = { verb, native, target, targetName, place, actor, credential, at, outcome };
  return { providerId, ref, ...facts, sets: record.sets ?? null, touches: record.touches ?? null };
}
