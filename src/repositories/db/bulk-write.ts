import type { DatabaseProvider } from '../../types/migration.ts';
import { bulkJson, bulkUpdateSql, bulkUpsertSql, type UpsertSpec } from './dialect.ts';
import { type RowStatement, type RunForEach, rowUpdate, rowUpsert } from './row-statements.ts';
import type { SqlTransaction } from './sql-transaction.ts';

/** PostgreSQL takes up to 1 GB in one value; a guest's document has up to about 10 kB. */
const ROWS_PER_STATEMENT = 10_000;

/** Rows whose property names are the columns of `S`. */
export type RowOf<S extends UpsertSpec> = Readonly<Record<string, unknown>> & {
  readonly [column in keyof S['columns']]: unknown;
};

/** Writes rows in few statements. Returns how many were inserted or changed. */
export class BulkWriter {
  readonly provider: DatabaseProvider;
  readonly #tx: SqlTransaction;
  readonly #runForEach: RunForEach | undefined;

  /** `runForEach`: that of the connection of `tx`. If absent, all rows go into one statement as JSON. */
  constructor(tx: SqlTransaction, provider: DatabaseProvider, runForEach?: RunForEach) {
    this.#tx = tx;
    this.provider = provider;
    this.#runForEach = runForEach;
  }

  /** Rows may be created while they are written: see {@link rowsOf}. */
  async upsert<S extends UpsertSpec>(spec: S, rows: Iterable<RowOf<S>>): Promise<number> {
    if (this.#runForEach === undefined) return this.#write(bulkUpsertSql(this.provider, spec), spec, rows);
    // With one statement per row, the last row of a key wins anyway, unless the spec keeps the existing row.
    const keeps = spec.ignoreExisting || spec.finalOnce !== undefined;
    const each = keeps ? withDistinctKeys(spec.key, rows) : rows;
    return writeEach(this.#runForEach, rowUpsert(spec), each);
  }

  async update<S extends UpsertSpec>(spec: S, rows: Iterable<RowOf<S>>): Promise<number> {
    if (this.#runForEach) return writeEach(this.#runForEach, rowUpdate(spec), rows);
    return this.#write(bulkUpdateSql(this.provider, spec), spec, rows);
  }

  async #write<S extends UpsertSpec>(sql: string, spec: S, rows: Iterable<RowOf<S>>): Promise<number> {
    const distinct = withDistinctKeys(spec.key, rows);
    let written = 0;
    for (let start = 0; start < distinct.length; start += ROWS_PER_STATEMENT) {
      const json = bulkJson(distinct.slice(start, start + ROWS_PER_STATEMENT));
      written += await this.#tx.execute(sql, json);
    }
    return written;
  }
}

function writeEach(
  runForEach: RunForEach,
  { sql, values }: RowStatement,
  rows: Iterable<Readonly<Record<string, unknown>>>,
): number {
  return Array.isArray(rows) && rows.length === 0 ? 0 : runForEach(sql, oneByOne(rows, values));
}

/** Creates rows one by one while they are written, so that they are not all in memory at once. */
export function rowsOf<T, R>(items: readonly T[], toRow: (item: T) => R): Iterable<R> {
  return items.length === 0 ? [] : oneByOne(items, toRow);
}

function* oneByOne<T, R>(items: Iterable<T>, toRow: (item: T) => R): Generator<R> {
  for (const item of items) yield toRow(item);
}

/**
 * The last row of each key. PostgreSQL refuses to write one row twice in a statement, and both databases must store the
 * same.
 */
function withDistinctKeys<R extends Readonly<Record<string, unknown>>>(key: readonly string[], rows: Iterable<R>): R[] {
  const byKey = new Map<unknown, R>();
  const [only = '', ...more] = key;
  for (const row of rows) byKey.set(more.length === 0 ? row[only] : JSON.stringify(key.map((name) => row[name])), row);
  return [...byKey.values()];
}
