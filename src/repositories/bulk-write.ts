import type { DatabaseProvider } from '../types/migration.ts';
import type { DbTransaction } from './connection.ts';
import { bulkJson, bulkUpdateSql, bulkUpsertSql, type UpsertSpec } from './dialect.ts';
import { type RowStatement, type RunForEach, rowUpdate, rowUpsert } from './row-statements.ts';

/** PostgreSQL takes up to 1 GB in one value; a guest's document has up to about 10 kB. */
const ROWS_PER_STATEMENT = 10_000;

/** Rows whose property names are the columns of `S`. */
export type RowOf<S extends UpsertSpec> = Readonly<Record<string, unknown>> & {
  readonly [column in keyof S['columns']]: unknown;
};

/** Writes rows in few statements. Returns how many were inserted or changed. */
export class BulkWriter {
  readonly provider: DatabaseProvider;
  readonly #tx: DbTransaction;
  readonly #runForEach: RunForEach | undefined;

  /** `runForEach`: of the connection that `tx` is on; absent: all rows go into one statement as JSON. */
  constructor(tx: DbTransaction, provider: DatabaseProvider, runForEach?: RunForEach) {
    this.#tx = tx;
    this.provider = provider;
    this.#runForEach = runForEach;
  }

  async upsert<S extends UpsertSpec>(spec: S, rows: readonly RowOf<S>[]): Promise<number> {
    if (this.#runForEach) return writeEach(this.#runForEach, rowUpsert(spec), withDistinctKeys(spec.key, rows));
    return this.#write(bulkUpsertSql(this.provider, spec), spec, rows);
  }

  async update<S extends UpsertSpec>(spec: S, rows: readonly RowOf<S>[]): Promise<number> {
    if (this.#runForEach) return writeEach(this.#runForEach, rowUpdate(spec), withDistinctKeys(spec.key, rows));
    return this.#write(bulkUpdateSql(this.provider, spec), spec, rows);
  }

  async #write<S extends UpsertSpec>(sql: string, spec: S, rows: readonly RowOf<S>[]): Promise<number> {
    const distinct = withDistinctKeys(spec.key, rows);
    let written = 0;
    for (let start = 0; start < distinct.length; start += ROWS_PER_STATEMENT) {
      const json = bulkJson(distinct.slice(start, start + ROWS_PER_STATEMENT));
      written += await this.#tx.$executeRawUnsafe(sql, json);
    }
    return written;
  }
}

function writeEach(
  runForEach: RunForEach,
  { sql, values }: RowStatement,
  rows: readonly Readonly<Record<string, unknown>>[],
): number {
  return rows.length === 0 ? 0 : runForEach(sql, lazily(rows, values));
}

/** So that the values of all rows are not in memory at once. */
function* lazily<R>(rows: readonly R[], values: (row: R) => unknown[]): Generator<unknown[]> {
  for (const row of rows) yield values(row);
}

/** The last row of each key: PostgreSQL refuses to write one row twice in a statement, and both shall store the same. */
function withDistinctKeys<R extends Readonly<Record<string, unknown>>>(
  key: readonly string[],
  rows: readonly R[],
): R[] {
  const byKey = new Map<unknown, R>();
  const [only = '', ...more] = key;
  for (const row of rows) byKey.set(more.length === 0 ? row[only] : JSON.stringify(key.map((name) => row[name])), row);
  return [...byKey.values()];
}
