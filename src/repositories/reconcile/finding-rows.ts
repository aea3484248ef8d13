import { FINDING_KINDS, type Finding, type FindingEvidence, SEVERITIES } from '../../types/finding.ts';
import type { UpsertSpec } from '../db/dialect.ts';
import type { Row } from '../db/row.ts';
import { isArrayOf, isNullOr, isShape, isText, isTexts } from '../db/stored-shape.ts';

export const FINDING_COLUMNS = [
  'id',
  'kind',
  'key',
  'severity',
  'panelName',
  'guestId',
  'recordId',
  'accountKey',
  'subject',
  'evidence',
  'firstSeenAt',
  'lastSeenAt',
  'closedAt',
  'closedWhy',
  'acceptedBy',
  'acceptedReason',
  'acceptedUntil',
  'assignedTo',
  'toldAt',
] as const;

/** Writes of one comparison: what is new, and what is still so. */
export const FOUND = {
  table: 'findings',
  columns: {
    id: 'text',
    kind: 'text',
    key: 'text',
    openKey: 'text',
    severity: 'text',
    panelName: 'text',
    guestId: 'text',
    recordId: 'text',
    accountKey: 'text',
    subject: 'text',
    evidence: 'json',
    firstSeenAt: 'datetime',
    lastSeenAt: 'datetime',
  },
  key: ['openKey'],
  insertOnly: ['id', 'kind', 'key', 'panelName', 'guestId', 'recordId', 'firstSeenAt'],
} as const satisfies UpsertSpec;

const isComparison = isShape({ field: isText, panel: isNullOr(isText), inventory: isNullOr(isText) });
const isEvidence = isShape<FindingEvidence>({
  text: isText,
  comparisons: isArrayOf(isComparison),
  guests: isTexts,
  records: isTexts,
});

export function toFinding(row: Row): Finding {
  return {
    id: row.text('id'),
    kind: row.word('kind', FINDING_KINDS),
    key: row.text('key'),
    severity: row.word('severity', SEVERITIES),
    panelName: row.text('panelName'),
    guestId: row.textOrNull('guestId'),
    recordId: row.textOrNull('recordId'),
    accountKey: row.textOrNull('accountKey'),
    subject: row.text('subject'),
    evidence: row.json('evidence', isEvidence),
    firstSeenAt: row.time('firstSeenAt'),
    lastSeenAt: row.time('lastSeenAt'),
    closedAt: row.timeOrNull('closedAt'),
    closedWhy: row.textOrNull('closedWhy'),
    acceptedBy: row.textOrNull('acceptedBy'),
    acceptedReason: row.textOrNull('acceptedReason'),
    acceptedUntil: row.timeOrNull('acceptedUntil'),
    assignedTo: row.textOrNull('assignedTo'),
    toldAt: row.timeOrNull('toldAt'),
  };
}
