import type { Attribution } from '../types/history.ts';
import type { DatabaseProvider } from '../types/migration.ts';
import type { Task } from '../types/task.ts';
import { bulkJson, rowsSql } from './dialect.ts';
import { listJson } from './hash-chain.ts';
import type { ReadQuery } from './reader.ts';
import type { Row } from './row.ts';
import { TASK_COLUMNS, toTask } from './task-rows.ts';
import { selected } from './where.ts';

/** Sends a statement, within a transaction or not. */
export type ListRows = <T>(query: ReadQuery, toValue: (row: Row) => T) => Promise<T[]>;

type Explained = { attribution: Pick<Attribution, 'ref' | 'source' | 'effectiveAt'> };

/** A task, or a line of the cluster log, that a change names as its explanation. */
type EvidenceKey =
  | { table: 'tasks'; providerId: string; upid: string }
  | { table: 'log_entries'; providerId: string; node: string; at: Date; uid: string };

/** The stored rows that changes refer to, by {@link textOf} their keys. */
export type EvidenceRows = ReadonlyMap<string, { line: string; isOpen: boolean }>;

const LOG_COLUMNS = ['providerId', 'node', 'uid', 'at', 'user', 'token', 'tag', 'pid', 'message'] as const;
const TASK_KEY = { providerId: 'text', upid: 'text' } as const;
const LOG_KEY = { providerId: 'text', node: 'text', at: 'datetime', uid: 'text' } as const;

export async function findEvidence(
  list: ListRows,
  database: DatabaseProvider,
  explained: readonly { providerId: string; change: Explained }[],
): Promise<EvidenceRows> {
  const keys = explained.map(({ providerId, change }) => keyOf(providerId, change)).filter((key) => key !== null);
  const tasks = keys.filter((key) => key.table === 'tasks');
  const lines = keys.filter((key) => key.table === 'log_entries');
  return new Map([
    ...(tasks.length === 0 ? [] : await list(taskQuery(database, tasks), toTaskRow)),
    ...(lines.length === 0 ? [] : await list(logQuery(database, lines), toLogRow)),
  ]);
}

/**
 * What the rows say that a revision's changes refer to, each once, in the order of the changes. Of an open task, which may
 * still end, only that it is there; `isOpen` tells which these are.
 */
export function evidenceLines(
  providerId: string,
  changes: readonly Explained[],
  rows: EvidenceRows,
  isOpen: (seq: number) => boolean,
): string[] {
  const lines = new Map<string, string>();
  for (const [seq, change] of changes.entries()) {
    const key = keyOf(providerId, change);
    const text = key && textOf(key);
    const row = text && rows.get(text);
    if (text && row && !lines.has(text)) lines.set(text, isOpen(seq) ? text : row.line);
  }
  return [...lines.values()];
}

/** The places of changes that refer to a task which has not ended. */
export function openTasks(providerId: string, changes: readonly Explained[], rows: EvidenceRows): number[] {
  return changes.flatMap((change, seq) => {
    const key = keyOf(providerId, change);
    return key !== null && rows.get(textOf(key))?.isOpen === true ? [seq] : [];
  });
}

function keyOf(providerId: string, { attribution }: Explained): EvidenceKey | null {
  const { ref, source, effectiveAt } = attribution;
  if (ref === null) return null;
  if (source !== 'log') return { table: 'tasks', providerId, upid: ref };
  const slash = ref.indexOf('/');
  // Lines are counted anew each time that pmxcfs starts: only with its time is one of them unique.
  if (slash < 0 || effectiveAt === null) return null;
  return { table: 'log_entries', providerId, node: ref.slice(0, slash), at: effectiveAt, uid: ref.slice(slash + 1) };
}

function textOf(key: EvidenceKey): string {
  return key.table === 'tasks'
    ? listJson(['task', key.providerId, key.upid])
    : listJson(['line', key.providerId, key.node, key.at.toISOString(), key.uid]);
}

function taskQuery(database: DatabaseProvider, keys: readonly EvidenceKey[]): ReadQuery {
  const sql = `SELECT ${selected(TASK_COLUMNS, 't')} FROM ${rowsSql(database, TASK_KEY)}
    JOIN "tasks" t ON t."providerId" = r."providerId" AND t."upid" = r."upid"`;
  return { sql, values: [bulkJson(keys)], noun: 'task', key: ['upid'] };
}

function logQuery(database: DatabaseProvider, keys: readonly EvidenceKey[]): ReadQuery {
  const sql = `SELECT ${selected(LOG_COLUMNS, 'e')} FROM ${rowsSql(database, LOG_KEY)}
    JOIN "log_entries" e ON e."providerId" = r."providerId" AND e."node" = r."node" AND e."at" = r."at" AND e."uid" = r."uid"`;
  return { sql, values: [bulkJson(keys)], noun: 'log line', key: ['node', 'uid'] };
}

function toTaskRow(row: Row): [string, { line: string; isOpen: boolean }] {
  const providerId = row.text('providerId');
  const task = toTask(row);
  const text = textOf({ table: 'tasks', providerId, upid: task.upid });
  return [text, { line: listJson([text, ...factsOf(task), row.numberOrNull('vmid')]), isOpen: task.endedAt === null }];
}

function factsOf({ node, type, id, user, token, startedAt, endedAt, state, exitStatus }: Task): readonly unknown[] {
  return [node, type, id, user, token, startedAt.toISOString(), endedAt?.toISOString() ?? null, state, exitStatus];
}

function toLogRow(row: Row): [string, { line: string; isOpen: boolean }] {
  const [providerId, node, uid, at] = [row.text('providerId'), row.text('node'), row.text('uid'), row.time('at')];
  const text = textOf({ table: 'log_entries', providerId, node, at, uid });
  const said = [
    row.text('user'),
    row.textOrNull('token'),
    row.text('tag'),
    row.numberOrNull('pid'),
    row.text('message'),
  ];
  return [text, { line: listJson([text, ...said]), isOpen: false }];
}
