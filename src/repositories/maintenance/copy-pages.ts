import type { DatabaseProvider } from '../../types/migration.ts';
import { type ColumnType, placeholder, storableText, type UpsertSpec } from '../db/dialect.ts';
import type { Cell, Snapshot, SnapshotRow } from '../db/snapshot.ts';

/** Rows of a table as JSON for a bulk statement. */
export interface CopyPage {
  json: string;
  rows: number;
}

/** Columns that a copy leaves empty: their holders work on the original. */
export const CLAIMS: ReadonlySet<string> = new Set([
  'leaseHolder',
  'leaseSince',
  'leaseUntil',
  'watchHolder',
  'watchSince',
  'watchUntil',
]);

/** 5 MB if a document has 10 kB. */
const ROWS_PER_PAGE = 500;

/** All rows of a table in the order of its key, a page at a time: memory holds one page. */
export async function* pagesOf(
  snapshot: Snapshot,
  spec: UpsertSpec,
  pageRows = ROWS_PER_PAGE,
): AsyncGenerator<CopyPage> {
  const columns = Object.entries(spec.columns);
  const names = columns.map(([name, type]) => `${columnSql(snapshot.provider, name, type)} AS "${name}"`).join(', ');
  const key = spec.key.map((name) => `t."${name}"`).join(', ');
  const marks = spec.key.map((_name, index) => placeholder(snapshot.provider, index + 1)).join(', ');
  const from = `SELECT ${names} FROM "${spec.table}" t`;
  const order = `ORDER BY ${key} LIMIT ${pageRows}`;
  let rows = await snapshot.query(`${from} ${order}`);
  while (rows.length > 0) {
    yield { json: `[${rows.map((row) => toJson(row, columns)).join(',')}]`, rows: rows.length };
    const last = rows.at(-1);
    if (last === undefined || rows.length < pageRows) return;
    const after = spec.key.map((name) => last[name] ?? null);
    rows = await snapshot.query(`${from} WHERE (${key}) > (${marks}) ${order}`, after);
  }
}

/** Times in the only form that Prisma stores in SQLite. */
function columnSql(provider: DatabaseProvider, name: string, type: ColumnType): string {
  const column = `t."${name}"`;
  if (provider === 'sqlite' || type !== 'datetime') return column;
  return `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"+00:00"')`;
}

function toJson(row: SnapshotRow, columns: readonly (readonly [string, ColumnType])[]): string {
  const parts = columns.map(([name, type]) => {
    const cell = CLAIMS.has(name) ? null : (row[name] ?? null);
    return `"${name}":${cell === null ? 'null' : fragment(cell, type)}`;
  });
  return `{${parts.join(',')}}`;
}

/** Stored JSON is copied as text, so that no number in it changes. */
function fragment(cell: NonNullable<Cell>, type: ColumnType): string {
  switch (type) {
    case 'text':
    case 'datetime':
      return JSON.stringify(storableText(String(cell)));
    case 'bool':
      return String(cell === 't' || cell === 1n);
    case 'int':
    case 'bigint':
    case 'float':
    case 'json':
      return String(cell);
  }
}
