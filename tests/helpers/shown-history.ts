import type { Connection } from '../../src/repositories/db/connection.ts';
import { HistoryRepository } from '../../src/repositories/history/history-repository.ts';
import { COVERED, PARTLY_COVERED } from '../../src/services/history/coverage.ts';
import { documentsAt } from '../../src/services/inventory/past-rows.ts';
import { storedChanges, storedRevisions } from './stored-history.ts';

/** Tables whose rows are shown as they are; of the others what is made of them counts, not how they are stored. */
const ROWS = ['meta', 'nodes', 'guests', 'storages', 'audit_records'] as const;

/** Everything of a database that `verify` answers for, as an auditor is shown it. */
export async function shownHistory(connection: Connection): Promise<unknown> {
  const revisions = await storedRevisions(connection);
  const changes = await storedChanges(connection);
  const history = new HistoryRepository(connection);
  const current = await connection.db.$queryRawUnsafe<{ id: string; document: string; presence: string }[]>(
    ['guests', 'nodes', 'storages']
      .map((table) => `SELECT "id", CAST("document" AS TEXT) AS "document", "presence" FROM "${table}"`)
      .join(' UNION ALL '),
  );
  const rows = current.map((row) => ({ ...row, document: JSON.parse(row.document) as Record<string, never> }));
  const states: unknown[] = [];
  for (const { at } of revisions)
    states.push(await documentsAt(history, rows, at).catch((error: Error) => error.message));
  return { revisions, changes, states, rows: await shownRows(connection) };
}

function textOf(row: unknown): string {
  return JSON.stringify(row, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
}

async function shownRows({ db }: Connection): Promise<unknown> {
  const shown: Record<string, unknown> = {};
  for (const table of ROWS) {
    const columns = [...(COVERED[table] ?? []), ...Object.keys(PARTLY_COVERED[table] ?? {})];
    const list = columns.map((column) => `"${column}"`).join(', ');
    const rows = await db.$queryRawUnsafe<unknown[]>(`SELECT ${list} FROM "${table}"`);
    // Here, for PostgreSQL orders no JSON.
    shown[table] = rows.toSorted((one, other) => (textOf(one) < textOf(other) ? -1 : 1));
  }
  return shown;
}
