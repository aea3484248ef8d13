import type { DatabaseProvider } from '../types/migration.ts';
import type { DbTransaction } from './connection.ts';
import { bulkJson, bulkUpdateSql, bulkUpsertSql, type UpsertSpec } from './dialect.ts';

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

  constructor(tx: DbTransaction, provider: DatabaseProvider) {
    this.#tx = tx;
    this.provider = provider;
  }

  async upsert<S extends UpsertSpec>(spec: S, rows: readonly RowOf<S>[]): Promise<number> {
    return this.#write(bulkUpsertSql(this.provider, spec), spec, rows);
  }

  async update<S extends UpsertSpec>(spec: S, rows: readonly RowOf<S>[]): Promise<number> {
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

/** The last row of each key: PostgreSQL refuses to write one row twice in a statement. */
function withDistinctKeys<R extends Readonly<Record<string, unknown>>>(
  key: readonly string[],
  rows: readonly R[],
): R[] {
  const byKey = new Map<string, R>();
  for (const row of rows) byKey.set(JSON.stringify(key.map((column) => row[column])), row);
  return [...byKey.values()];
}
