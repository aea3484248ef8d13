import type { Attribution } from '../../types/history.ts';
import type { DatabaseProvider } from '../../types/migration.ts';
import { bulkJson, placeholder, rowsSql, textListSql } from '../db/dialect.ts';
import type { ReadQuery } from '../db/reader.ts';
import type { Row } from '../db/row.ts';
import type { ListRows } from '../db/sql-transaction.ts';
import { selected } from '../db/where.ts';
import { AUDIT_RECORD_COLUMNS, toAuditRecord } from '../inventory/audit-record-rows.ts';
import { TASK_COLUMNS, toTask } from '../inventory/task-rows.ts';
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

const LOG_COLUMNS = ['node', 'uid', 'at', 'user', 'token', 'tag', 'pid', 'message'] as const;
const LOG_KEY = { node: 'text', at: 'datetime', uid: 'text' } as const;

export async function findEvidence(
  list: ListRows,
  { database, providerId }: { database: DatabaseProvider; providerId: string },
  changes: readonly Explained[],
): Promise<EvidenceRows> {
  const tasks = changes.map(taskOf).filter((upid) => upid !== null);
  const lines = changes.map(logKeyOf).filter((key) => key !== null);
  const records = changes.map(recordOf).filter((ref) => ref !== null);
  return new Map([
    ...(tasks.length === 0 ? [] : await list(taskQuery(database, providerId, tasks), toTaskEvidence)),
    ...(records.length === 0 ? [] : await list(recordQuery(database, providerId, records), toRecordEvidence)),
    ...(lines.length === 0 ? [] : await list(logQuery(database, providerId, lines), toLogEvidence)),
  ]);
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

/** Empty for a change without a reference. Node names and line numbers contain no spaces. */
function keyOf(change: Explained): string {
  const line = logKeyOf(change);
  return line === null ? (taskOf(change) ?? recordOf(change) ?? '') : logKeyText(line);
}

function taskOf({ attribution: { ref, source } }: Explained): string | null {
  return source === 'log' || source === 'event' ? null : ref;
}

function recordOf({ attribution: { ref, source } }: Explained): string | null {
  return source === 'event' ? ref : null;
}

interface LogKey {
  node: string;
  at: Date;
  uid: string;
}

/** Line numbers restart with a node's cluster service: a line is unique only together with its time. */
function logKeyOf({ attribution: { ref, source, effectiveAt } }: Explained): LogKey | null {
  const slash = ref?.indexOf('/') ?? -1;
  if (ref === null || source !== 'log' || slash < 0 || effectiveAt === null) return null;
  return { node: ref.slice(0, slash), at: effectiveAt, uid: ref.slice(slash + 1) };
}

function logKeyText({ node, at, uid }: LogKey): string {
  return `${node} ${at.getTime()} ${uid}`;
}

function taskQuery(database: DatabaseProvider, providerId: string, upids: readonly string[]): ReadQuery {
  const sql = `SELECT ${selected(TASK_COLUMNS, 't')} FROM "tasks" t
    WHERE t."providerId" = ${placeholder(database, 1)} AND t."upid" IN (${textListSql(database, 2)})`;
  return { sql, values: [providerId, bulkJson(upids)], noun: 'task', key: ['upid'] };
}

function logQuery(database: DatabaseProvider, providerId: string, keys: readonly LogKey[]): ReadQuery {
  // A cross join, because SQLite would otherwise read all lines of the provider for each key.
  const sql = `SELECT ${selected(LOG_COLUMNS, 'e')} FROM ${rowsSql(database, LOG_KEY)} CROSS JOIN "log_entries" e
    WHERE e."providerId" = ${placeholder(database, 2)} AND e."node" = r."node" AND e."at" = r."at" AND e."uid" = r."uid"`;
  return { sql, values: [bulkJson(keys), providerId], noun: 'log line', key: ['node', 'uid'] };
}

function recordQuery(database: DatabaseProvider, providerId: string, refs: readonly string[]): ReadQuery {
  const sql = `SELECT ${selected(AUDIT_RECORD_COLUMNS, 'a')} FROM "audit_records" a
    WHERE a."providerId" = ${placeholder(database, 1)} AND a."ref" IN (${textListSql(database, 2)})`;
  return { sql, values: [providerId, bulkJson(refs)], noun: 'record', key: ['ref'] };
}

function toRecordEvidence(row: Row): [string, EvidenceRow] {
  return evidenceOf(row.text('ref'), () => {
    const { ref, verb, native, target, targetName, place, actor, credential, at, outcome, ...fields } =
      toAuditRecord(row);
    const told = [ref, verb, native, target, targetName, place, actor, credential, at.getTime(), outcome];
    return { facts: [...told, fields.sets ?? null, fields.touches ?? null], isOpen: false };
  });
}

function toTaskEvidence(row: Row): [string, EvidenceRow] {
  return evidenceOf(row.text('upid'), () => {
    const { upid, node, type, id, user, token, startedAt, endedAt, state, exitStatus } = toTask(row);
    const task = [upid, node, type, id, row.numberOrNull('vmid'), user, token, startedAt.getTime()];
    return { facts: [...task, endedAt?.getTime() ?? null, state, exitStatus], isOpen: endedAt === null };
  });
}

function toLogEvidence(row: Row): [string, EvidenceRow] {
  const key = { node: row.text('node'), at: row.time('at'), uid: row.text('uid') };
  return evidenceOf(logKeyText(key), () => {
    const said = [row.text('user'), row.textOrNull('token'), row.text('tag'), row.numberOrNull('pid')];
    return { facts: [key.node, key.at.getTime(), key.uid, ...said, row.text('message')], isOpen: false };
  });
}

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
