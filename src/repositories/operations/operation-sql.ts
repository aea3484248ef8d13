import type { DatabaseProvider } from '../../types/migration.ts';
import type { Operation } from '../../types/operation.ts';
import type { Connection } from '../db/connection.ts';
import { placeholder, storableJson } from '../db/dialect.ts';
import type { SqlTransaction } from '../db/sql-transaction.ts';
import { raiseFeed } from '../feed/feed-head.ts';
import { OPERATION_COLUMNS, toOperation } from './operation-rows.ts';

export const NOUN = 'operation';

/** Everything of a row. */
export const WHOLE = OPERATION_COLUMNS.map((column) => `"${column}"`).join(', ');
/** Without its result, which may hold every guest of a provider. */
export const HEAD = OPERATION_COLUMNS.map((column) => (column === 'result' ? 'NULL AS "result"' : `"${column}"`)).join(
  ', ',
);

/** Assignments for one that has ended. */
export const CLOSED = `"openKey" = NULL, "runningKey" = NULL, "holder" = NULL, "holderUntil" = NULL`;

/** Gives one placeholder after the other, in the order of its calls. */
export function marker(provider: DatabaseProvider): { (): string; json(): string } {
  let count = 0;
  const next = (): string => placeholder(provider, ++count);
  const json = (): string => (provider === 'postgresql' ? `${next()}::json` : next());
  return Object.assign(next, { json });
}

export function toJson(value: unknown): string | null {
  return value === null || value === undefined ? null : storableJson(value);
}

/**
 * Makes a change and gives the operation, without its result and with the version of the feed that tells of it. `change` gives the
 * id of the row that it changed; null: it changed none.
 */
export async function changeOperation(
  { writer }: Pick<Connection, 'writer'>,
  now: Date,
  change: (tx: SqlTransaction) => Promise<string | null>,
  toValue = toOperation,
): Promise<Operation | null> {
  return writer.transaction(async (tx) => {
    const id = await change(tx);
    if (id === null) return null;
    const version = await raiseFeed(tx, writer.provider, { at: now });
    const mark = marker(writer.provider);
    const sql = `UPDATE "operations" SET "version" = ${mark()} WHERE "id" = ${mark()} RETURNING ${HEAD}`;
    const [changed = null] = await tx.list({ sql, values: [version, id], noun: NOUN }, toValue);
    return changed;
  });
}
