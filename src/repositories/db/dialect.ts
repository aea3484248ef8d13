import type { DatabaseProvider } from '../../types/migration.ts';

export type ColumnType = 'text' | 'int' | 'bigint' | 'float' | 'bool' | 'json' | 'datetime';

/** The target of a bulk statement. Rows have one property per column. */
export interface UpsertSpec {
  table: string;
  columns: Readonly<Record<string, ColumnType>>;
  key: readonly string[];
  /** Columns written on insert only; all rows of a key have the same values in them. */
  insertOnly?: readonly string[];
  /** Column that makes a stored row final once it is set: the row is not updated any more. */
  finalOnce?: string;
  /** Leave existing rows unchanged. */
  ignoreExisting?: boolean;
}

const SQLITE_VALUE = {
  text: (c) => `value->>'${c}'`,
  int: (c) => `value->>'${c}'`,
  bigint: (c) => `CAST(value->>'${c}' AS INTEGER)`,
  float: (c) => `CAST(value->>'${c}' AS REAL)`,
  bool: (c) => `value->>'${c}'`,
  // JSON's null becomes SQL's NULL, as in json_to_recordset.
  json: (c) => `NULLIF(value->'${c}', 'null')`,
  datetime: (c) => `value->>'${c}'`,
} satisfies Record<ColumnType, (column: string) => string>;

const POSTGRES_TYPE = {
  text: 'text',
  int: 'integer',
  bigint: 'bigint',
  float: 'double precision',
  bool: 'boolean',
  json: 'json',
  datetime: 'timestamptz',
} satisfies Record<ColumnType, string>;

/** One statement, one parameter ({@link bulkJson} of the rows), any number of rows. No two rows may have the same key. */
export function bulkUpsertSql(provider: DatabaseProvider, spec: UpsertSpec): string {
  const names = Object.keys(spec.columns).map(quoted).join(', ');
  // `WHERE true` keeps SQLite's parser from reading ON CONFLICT as a join's ON.
  return (
    `INSERT INTO ${quoted(spec.table)} (${names}) SELECT ${names} FROM ${rowsSql(provider, spec.columns)}` +
    ` WHERE true ${conflictClause(spec)}`
  );
}

/** Like {@link bulkUpsertSql} for existing rows: sets every column of the spec but the key, and leaves the others. */
export function bulkUpdateSql(provider: DatabaseProvider, spec: UpsertSpec): string {
  const table = quoted(spec.table);
  const sets = Object.keys(spec.columns)
    .filter((name) => !spec.key.includes(name))
    .map((name) => `${quoted(name)} = r.${quoted(name)}`);
  const where = spec.key.map((name) => `${table}.${quoted(name)} = r.${quoted(name)}`);
  return `UPDATE ${table} SET ${sets.join(', ')} FROM ${rowsSql(provider, spec.columns)} WHERE ${where.join(' AND ')}`;
}

/** The rows of the JSON parameter as a table `r`. */
export function rowsSql(provider: DatabaseProvider, columns: UpsertSpec['columns']): string {
  const entries = Object.entries(columns);
  if (provider === 'sqlite') {
    const values = entries.map(([name, type]) => `${SQLITE_VALUE[type](name)} AS ${quoted(name)}`);
    return `(SELECT ${values.join(', ')} FROM json_each(?)) AS r`;
  }
  const record = entries.map(([name, type]) => `${quoted(name)} ${POSTGRES_TYPE[type]}`);
  return `json_to_recordset($1::json) AS r(${record.join(', ')})`;
}

export function conflictClause(spec: UpsertSpec): string {
  const conflict = `ON CONFLICT (${spec.key.map(quoted).join(', ')})`;
  if (spec.ignoreExisting) return `${conflict} DO NOTHING`;
  const updates = Object.keys(spec.columns)
    .filter((name) => !spec.key.includes(name) && !spec.insertOnly?.includes(name))
    .map((name) => `${quoted(name)} = excluded.${quoted(name)}`);
  const where = spec.finalOnce === undefined ? '' : ` WHERE ${quoted(spec.table)}.${quoted(spec.finalOnce)} IS NULL`;
  return `${conflict} DO UPDATE SET ${updates.join(', ')}${where}`;
}

/** A list of texts as a subquery, for `IN (…)`: one parameter, {@link bulkJson} of an array. `index` is its position from 1. */
export function textListSql(provider: DatabaseProvider, index = 1): string {
  return provider === 'sqlite'
    ? 'SELECT value FROM json_each(?)'
    : `SELECT jsonb_array_elements_text($${index}::jsonb)`;
}

/** A parameter's placeholder; `index` is its position from 1. Use each once, in order: better-sqlite3 supports only `?`. */
export function placeholder(provider: DatabaseProvider, index: number): string {
  return provider === 'sqlite' ? '?' : `$${index}`;
}

/** A time as the parameter of a raw statement: SQLite compares dates as text. */
export function dateParameter(provider: DatabaseProvider, date: Date): Date | string {
  return provider === 'sqlite' ? sqlDate(date) : date;
}

/**
 * The JSON for {@link bulkUpsertSql}: bigints as strings, dates in the only form that Prisma stores, {@link storableText}.
 */
export function bulkJson(rows: readonly unknown[]): string {
  return storableJson(rows.map(storableRow));
}

/** JSON whose texts and keys are {@link storableText}. */
export function storableJson(value: unknown): string {
  const json = JSON.stringify(value);
  if (!MAY_BE_UNSTORABLE.test(json)) return json;
  return json.replace(UNSTORABLE, (token) => (token === ESCAPED_BACKSLASH ? token : '\\ufffd'));
}

/**
 * JSON.stringify's output for the characters that {@link storableText} replaces. A replacer for every value takes three
 * times as long.
 */
export const MAY_BE_UNSTORABLE = /\\u(0000|d[89a-f])/;
const ESCAPED_BACKSLASH = '\\\\';
const UNSTORABLE = /\\\\|\\u(?:0000|d[89a-f][\da-f]{2})/g;

function storableRow(row: unknown): unknown {
  if (typeof row !== 'object' || row === null) return row;
  const storable: Record<string, unknown> = {};
  for (const [column, value] of Object.entries(row)) {
    if (value instanceof Date) storable[column] = sqlDate(value);
    else storable[column] = typeof value === 'bigint' ? value.toString() : value;
  }
  return storable;
}

/** PostgreSQL's text columns refuse NUL and unpaired surrogates; both become U+FFFD. */
export function storableText(text: string): string {
  return /[\0\uD800-\uDFFF]/.test(text) ? text.replace(/[\0\p{Surrogate}]/gu, '\uFFFD') : text;
}

/** SQLite compares dates as text, and Prisma's adapters write `+00:00`, not `Z`. */
export function sqlDate(date: Date): string {
  return `${date.toISOString().slice(0, -1)}+00:00`;
}

function quoted(name: string): string {
  return `"${name}"`;
}
