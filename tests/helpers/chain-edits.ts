import Database from 'better-sqlite3';
import fc from 'fast-check';
import { TABLES } from '../../src/generated/tables.ts';
import { COVERED, PARTLY_COVERED } from '../../src/services/history/coverage.ts';

/** One thing that somebody does to the file with SQL. Rows are picked by their place, of those that it can be done to. */
export type Edit =
  | { do: 'update'; table: string; column: string; row: number; how: number; other: number }
  | { do: 'delete'; table: string; row: number }
  | { do: 'copy'; table: string; row: number; how: number }
  | { do: 'swap'; table: string; row: number; other: number };

type Cell = string | number | null;
type Row = Record<string, Cell>;
type Table = (typeof TABLES)[number];

const EDITED = TABLES.filter(({ table }) => table in COVERED || table in PARTLY_COVERED);
export const COLUMNS = EDITED.flatMap(({ table }) =>
  [...(COVERED[table] ?? []), ...Object.keys(PARTLY_COVERED[table] ?? {})].map((column) => ({ table, column })),
);
/** A table that has one row, and rows that count only where a change refers to them by their key. */
const WHOLE_ROWS = EDITED.map(({ table }) => table).filter((table) => table !== 'meta');
const COPIED = WHOLE_ROWS.filter((table) => !['audit_records', 'texts'].includes(table));

const place = fc.nat(1000);
export const edit: fc.Arbitrary<Edit> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .record({ target: fc.constantFrom(...COLUMNS), row: place, how: fc.nat(5), other: place })
      .map(({ target, ...rest }) => ({ do: 'update', ...target, ...rest }) as const),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete'), table: fc.constantFrom(...WHOLE_ROWS), row: place }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('copy'), table: fc.constantFrom(...COPIED), row: place, how: fc.nat(3) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('swap'), table: fc.constantFrom(...WHOLE_ROWS), row: place, other: place }),
  },
);

/** Which rows of a table an edit of a column can hit: `verify` does not answer for the others. SQL, over `t`. */
const SECOND = `SELECT c."resource" FROM "changes" c JOIN "revisions" v ON v."rev" = c."id" / 1000000
  JOIN "texts" l ON l."id" = c."label" WHERE v."format" = 2 AND v."detail" IS NOT NULL`;
const REFERS = `SELECT 1 FROM (SELECT "id", "label", "ref", "refId" FROM "changes"
  UNION ALL SELECT "id", "label", "ref", "refId" FROM "explanations") c JOIN "revisions" v ON v."rev" = c."id" / 1000000 JOIN "texts" l ON l."id" = c."label"
  WHERE v."format" = 2 AND v."providerId" = t."providerId" AND c."ref" IS NOT NULL AND`;
const PARTLY: Readonly<Record<string, string>> = {
  providers: `t."settingsRev" IS NOT NULL`,
  operations: `t."rev" IS NOT NULL`,
  operation_steps: `EXISTS (SELECT 1 FROM "operations" o WHERE o."id" = t."operationId" AND o."rev" IS NOT NULL)`,
};

/** By source: the ref of a record, written again with what is put together: see change-label.ts. */
const REF: Readonly<Record<string, string>> = {
  task: `(l."text" ->> 8) || c."ref" || (l."text" ->> 9) || COALESCE(c."refId", '') || (l."text" ->> 10)`,
  log: `(l."text" ->> 8) || c."ref"`,
  event: `(l."text" ->> 8) || c."ref"`,
};
/** The sources for which a digest has a column; absent: for all. */
const SOURCES: Readonly<Record<string, readonly string[]>> = {
  verb: ['event'],
  target: ['task', 'event'],
  targetName: ['event'],
  endedAt: ['task'],
  outcome: ['task', 'event'],
  text: ['task', 'log'],
  pid: ['log'],
  sets: ['event'],
  touches: ['event'],
};

function recordsWith(column: string | null): string {
  const sources = SOURCES[column ?? ''] ?? Object.keys(REF);
  const named = sources.map((source) => `(t."source" = '${source}' AND EXISTS (${REFERS} ${REF[source]} = t."ref"))`);
  return named.join(' OR ');
}

function domainOf({ table }: Table, column: string | null): string {
  if (table === 'audit_records') return recordsWith(column);
  const evidence = PARTLY[table];
  if (evidence !== undefined) return evidence;
  if (column === null || !(column in (PARTLY_COVERED[table] ?? {}))) return 'true';
  const fate = (kind: string) =>
    `t."id" IN (SELECT "text" FROM "texts" WHERE "id" IN (${SECOND} AND l."text" ->> 1 = '${kind}'))`;
  if (column === 'presence' || column === 'presenceReason') return `t."presence" = 'gone' AND ${fate('removed')}`;
  return column === 'goneAt' ? fate('removed') : fate('created');
}

/** Does it; false when there is no such row, the database refuses it, or nothing would be another. */
export function perform(file: string, edit: Edit): boolean {
  const spec = EDITED.find(({ table }) => table === edit.table);
  if (spec === undefined) throw new Error(`no table ${edit.table}`);
  const db = new Database(file);
  try {
    db.pragma('foreign_keys = OFF');
    const where = domainOf(spec, edit.do === 'update' ? edit.column : null);
    const rows = db.prepare<[], Row & { rowid: number }>(
      `SELECT t.rowid AS "rowid", t.* FROM "${edit.table}" t WHERE ${where} ORDER BY t.rowid`,
    );
    const found = rows.all();
    const row = found[edit.row % Math.max(1, found.length)];
    return row !== undefined && performOn(db, spec, { edit, row, found });
  } catch (error) {
    // Not by its class: the driver throws that of the first test file which loaded it.
    const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
    if (/^SQLITE_(CONSTRAINT|MISMATCH)/.test(code)) return false;
    throw error;
  } finally {
    db.close();
  }
}

/** Undoes afterwards what was done to a table. */
export function withTable<T>(file: string, table: string, use: () => Promise<T>): Promise<T> {
  const db = new Database(file);
  db.pragma('foreign_keys = OFF');
  const rows = db.prepare<[], Row>(`SELECT * FROM "${table}" ORDER BY rowid`).all();
  const columns = Object.keys(rows[0] ?? {});
  return use().finally(() => {
    db.prepare(`DELETE FROM "${table}"`).run();
    for (const row of rows) insert(db, table, columns, row);
    db.close();
  });
}

interface Scene {
  edit: Edit;
  row: Row & { rowid: number };
  found: readonly (Row & { rowid: number })[];
}

function performOn(db: Database.Database, spec: Table, { edit, row, found }: Scene): boolean {
  const { table } = spec;
  const types = spec.columns as Readonly<Record<string, string>>;
  switch (edit.do) {
    case 'delete':
      return db.prepare(`DELETE FROM "${table}" WHERE rowid = ?`).run(row.rowid).changes > 0;
    case 'update': {
      const others = found.map((other) => other[edit.column] ?? null);
      const before = row[edit.column] ?? null;
      const after = another(before, types[edit.column] ?? '', {
        how: edit.how,
        borrowed: others[edit.other % others.length] ?? null,
      });
      if (isSame(before, after)) return false;
      return db.prepare(`UPDATE "${table}" SET "${edit.column}" = ? WHERE rowid = ?`).run(after, row.rowid).changes > 0;
    }
    case 'copy': {
      const [key = ''] = spec.key.slice(edit.how % spec.key.length);
      const copy = { ...row, [key]: another(row[key] ?? null, types[key] ?? '', { how: edit.how, borrowed: null }) };
      return insert(db, table, Object.keys(types), copy);
    }
    case 'swap': {
      const other = found[edit.other % found.length];
      const covered = COVERED[table] ?? Object.keys(types);
      const columns = covered.filter((column) => !(spec.key as readonly string[]).includes(column));
      if (other === undefined || columns.every((column) => row[column] === other[column])) return false;
      return swap(db, { table, columns }, row, other);
    }
  }
}

function insert(db: Database.Database, table: string, columns: readonly string[], row: Row): boolean {
  const names = columns.map((column) => `"${column}"`).join(', ');
  const marks = columns.map(() => '?').join(', ');
  const values = columns.map((column) => row[column] ?? null);
  return db.prepare(`INSERT INTO "${table}" (${names}) VALUES (${marks})`).run(...values).changes > 0;
}

function swap(
  db: Database.Database,
  { table, columns }: { table: string; columns: readonly string[] },
  row: Row & { rowid: number },
  other: Row & { rowid: number },
): boolean {
  const sets = columns.map((column) => `"${column}" = ?`).join(', ');
  const set = db.prepare(`UPDATE "${table}" SET ${sets} WHERE rowid = ?`);
  const valuesOf = (from: Row): Cell[] => columns.map((column) => from[column] ?? null);
  db.transaction(() => {
    // Out of the way first: the texts are unique.
    if (table === 'texts') set.run('', row.rowid);
    set.run(...valuesOf(row), other.rowid);
    set.run(...valuesOf(other), row.rowid);
  })();
  return true;
}

function another(value: Cell, type: string, { how, borrowed }: { how: number; borrowed: Cell }): Cell {
  if (how === 0) return borrowed;
  if (how === 1 && value !== null) return null;
  switch (type) {
    case 'int':
    case 'bigint':
      return Number(value ?? 0) + ([1, -1, 1000, 7, 1_000_000, 2][how % 6] ?? 1);
    case 'bool':
      return value === 1 ? 0 : 1;
    case 'datetime':
      return typeof value === 'string'
        ? new Date(new Date(value).getTime() + 1000 * how).toISOString().replace('Z', '+00:00')
        : '2026-01-01T00:00:00.000+00:00';
    case 'json':
      return JSON.stringify(anotherJson(value === null ? null : (JSON.parse(String(value)) as unknown)));
    default:
      return anotherText(value, how);
  }
}

function anotherText(value: Cell, how: number): string {
  if (value === null) return 'x';
  const text = String(value);
  if (how === 2) return text.replace(/alice|bob|carol/, 'mallory');
  if (how === 3) return text.replace(/[0-9]/, (digit) => String((Number(digit) + 1) % 10));
  if (how === 4) return text.slice(0, -1);
  return `${text} `;
}

function anotherJson(value: unknown): unknown {
  if (Array.isArray(value)) return [...(value as unknown[]), 'x'];
  if (typeof value === 'object' && value !== null) return { ...value, memory: 17 };
  return { a: 1 };
}

function isSame(before: Cell, after: Cell): boolean {
  return before === after || (typeof before === 'number' && Number(after) === before && after !== null);
}
