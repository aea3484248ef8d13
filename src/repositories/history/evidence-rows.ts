import { type AuditRecord, RECORD_SOURCES, type RecordSource } from '../../types/audit-record.ts';
import type { Attribution } from '../../types/history.ts';
import type { DatabaseProvider } from '../../types/migration.ts';
import { recordKey } from '../../types/record-key.ts';
import { bulkJson, placeholder, rowsSql } from '../db/dialect.ts';
import type { Row } from '../db/row.ts';
import type { ListRows } from '../db/sql-transaction.ts';
import { selected } from '../db/where.ts';
import { AUDIT_RECORD_COLUMNS, toAuditRecord, vmidOfTarget } from '../inventory/audit-record-rows.ts';
import { audited } from './audited.ts';
import { listJson } from './hash-chain.ts';

export interface Explained {
  attribution: Pick<Attribution, 'ref' | 'source' | 'effectiveAt'>;
}

/** The content of a task, a line of the cluster log or another record. `isOpen`: the task has not ended, or its end is not known. */
interface EvidenceRow {
  line: string;
  isOpen: boolean;
}

/** The stored rows of one provider to which changes refer, by their {@link keyOf}. */
export type EvidenceRows = ReadonlyMap<string, EvidenceRow>;

const KEY = { source: 'text', ref: 'text', at: 'datetime' } as const;

export async function findEvidence(
  list: ListRows,
  { database, providerId }: { database: DatabaseProvider; providerId: string },
  changes: readonly Explained[],
): Promise<EvidenceRows> {
  const keys = changes.map(recordOf).filter((key) => key !== null);
  if (keys.length === 0) return new Map();
  // A cross join, because SQLite would otherwise read all records of the provider for each key.
  const sql = `SELECT ${selected(AUDIT_RECORD_COLUMNS, 'e')} FROM ${rowsSql(database, KEY)} CROSS JOIN "audit_records" e
    WHERE e."providerId" = ${placeholder(database, 2)} AND e."source" = r."source" AND e."ref" = r."ref"
    AND (r."at" IS NULL OR e."at" = r."at")`;
  return new Map(await list({ sql, values: [bulkJson(keys), providerId], noun: 'record', key: ['ref'] }, toEvidence));
}

/** Changes whose evidence may still change: their task was open, or their evidence was not stored when they were. */
export interface PartlyStored {
  open: readonly number[];
  absent: readonly number[];
}

/**
 * The content of the rows to which a revision's changes refer, each once, in the order of the changes. An open task may
 * still end, so only its existence counts.
 */
export function evidenceLines(
  changes: readonly Explained[],
  rows: EvidenceRows,
  { open, absent }: PartlyStored,
): string[] {
  if (rows.size === 0) return [];
  const lines = new Map<string, string>();
  const [isOpen, isAbsent] = [new Set(open), new Set(absent)];
  for (const [seq, change] of changes.entries()) {
    const key = keyOf(change);
    const row = rows.get(key);
    if (row === undefined || isAbsent.has(seq) || lines.has(key)) continue;
    lines.set(key, isOpen.has(seq) ? JSON.stringify(key) : row.line);
  }
  return [...lines.values()];
}

export function partlyStored(changes: readonly Explained[], rows: EvidenceRows): PartlyStored {
  const keys = [...changes.entries()].map(([seq, change]) => ({ seq, key: keyOf(change) }));
  return {
    open: keys.filter(({ key }) => rows.get(key)?.isOpen === true).map(({ seq }) => seq),
    absent: keys.filter(({ key }) => key !== '' && !rows.has(key)).map(({ seq }) => seq),
  };
}

/** Empty for a change without a reference. */
function keyOf(change: Explained): string {
  const record = recordOf(change);
  return record === null ? '' : textOf(record);
}

interface RecordKey {
  source: RecordSource;
  ref: string;
  /** null where the ref alone is unique. */
  at: Date | null;
}

function recordOf({ attribution: { ref, source, effectiveAt } }: Explained): RecordKey | null {
  // An operation has a revision of its own.
  if (ref === null || source === 'operation') return null;
  if (source === 'log') return effectiveAt === null ? null : { source, ref, at: effectiveAt };
  return { source: source === 'event' ? source : 'task', ref, at: null };
}

function textOf({ source, ref, at }: RecordKey): string {
  return at === null ? ref : recordKey({ source, ref, at });
}

function toEvidence(row: Row): [string, EvidenceRow] {
  const key = { source: row.word('source', RECORD_SOURCES), ref: row.text('ref'), at: row.time('at') };
  return evidenceOf(textOf(key), () => {
    const record = toAuditRecord(row);
    const isOpen = record.source === 'task' && record.endedAt === null;
    return { facts: FACTS[record.source](record), isOpen };
  });
}

/** What the digest of a revision covers of a record. The order is part of the history. */
const FACTS: Readonly<Record<RecordSource, (record: AuditRecord) => readonly unknown[]>> = {
  task: ({ ref, place, native, target, actor, credential, at, endedAt, outcome, text }) => {
    const task = [ref, place, native, target, vmidOfTarget(target), actor, credential, at.getTime()];
    return [...task, endedAt?.getTime() ?? null, outcome, text];
  },
  log: ({ ref, place, native, actor, credential, at, text, pid }) => {
    const number = ref.slice(ref.indexOf('/') + 1);
    return [place, at.getTime(), number, actor, credential, native, pid, text];
  },
  event: ({ ref, verb, native, target, targetName, place, actor, credential, at, outcome, sets, touches }) => {
    const told = [ref, verb, native, target, targetName, place, actor, credential, at.getTime(), outcome];
    return [...told, sets ?? null, touches ?? null];
  },
};

/** A damaged row yields a digest that differs, and does not keep other rows from being checked. */
function evidenceOf(
  key: string,
  read: () => { facts: readonly unknown[]; isOpen: boolean },
): [key: string, row: EvidenceRow] {
  const { value, damage } = audited(read);
  return [
    key,
    value === null ? { line: damage, isOpen: false } : { line: listJson(value.facts), isOpen: value.isOpen },
  ];
}
