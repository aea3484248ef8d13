import {
  type ColumnType,
  conflictClause,
  MAY_BE_UNSTORABLE,
  sqlDate,
  storableText,
  type UpsertSpec,
} from './dialect.ts';

/**
 * Runs a statement for each list of values and returns the number of changed rows. Runs in the transaction that is open on
 * the connection.
 */
export type RunForEach = (sql: string, rows: Iterable<readonly unknown[]>) => number;

/**
 * A statement for one row, and its values in order. For SQLite, where extracting rows from JSON costs ten times as much.
 */
export interface RowStatement {
  sql: string;
  values: (row: Readonly<Record<string, unknown>>) => unknown[];
}

export function rowUpsert(spec: UpsertSpec): RowStatement {
  const columns = Object.entries(spec.columns);
  const names = columns.map(([name]) => `"${name}"`).join(', ');
  const marks = columns.map(() => '?').join(', ');
  const sql = `INSERT INTO "${spec.table}" (${names}) VALUES (${marks}) ${conflictClause(spec)}`;
  return { sql, values: (row) => columns.map(([name, type]) => toCell(type, row[name])) };
}

/** For existing rows: sets every column of the statement but the key, and leaves the others. */
export function rowUpdate(spec: UpsertSpec): RowStatement {
  const columns = Object.entries(spec.columns);
  const [keys, others] = [true, false].map((isKey) => columns.filter(([name]) => spec.key.includes(name) === isKey));
  const equals = (list: typeof columns = []): string[] => list.map(([name]) => `"${name}" = ?`);
  const sql = `UPDATE "${spec.table}" SET ${equals(others).join(', ')} WHERE ${equals(keys).join(' AND ')}`;
  const ordered = [...(others ?? []), ...(keys ?? [])];
  return { sql, values: (row) => ordered.map(([name, type]) => toCell(type, row[name])) };
}

/** The value types of better-sqlite3: no booleans and no dates. */
function toCell(type: ColumnType, value: unknown): unknown {
  if (value === null || value === undefined) return null;
  if (type === 'json') return toJson(value);
  if (value instanceof Date) return sqlDate(value);
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'string') return value;
  return type === 'bigint' ? BigInt(value) : storableText(value);
}

function toJson(value: unknown): string {
  const json = JSON.stringify(value);
  if (!MAY_BE_UNSTORABLE.test(json)) return json;
  return JSON.stringify(value, (_key, part: unknown) => (typeof part === 'string' ? storableText(part) : part));
}
