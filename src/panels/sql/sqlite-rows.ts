import { statSync } from 'node:fs';
import { trustedPath } from '../../files/path-trust.ts';
import { AppError } from '../../types/errors.ts';
import { refuseShared } from '../file/read-panel-text.ts';
import { type RowLimits, RowList, type SqlRow } from './statement.ts';

/** What is used of a database of better-sqlite3. */
export interface SqliteDatabase {
  prepare(sql: string): {
    reader: boolean;
    readonly: boolean;
    safeIntegers(): unknown;
    iterate(): Iterable<unknown>;
  };
  close(): unknown;
}

export type OpenSqlite = (
  file: string,
  options: { readonly: true; fileMustExist: true; timeout: number },
) => SqliteDatabase;

const BUSY_TIMEOUT_MS = 5_000;

/** Throws the errors of the driver, AppError('limit'), 'configuration', 'timeout'. The time is looked at between rows. */
export function readSqlite(
  file: string,
  statement: string,
  { maxRows, timeoutMs, signal, open }: RowLimits & { open: OpenSqlite },
): SqlRow[] {
  const place = trustedPath(file, 'database of servers');
  const stats = statSync(place, { throwIfNoEntry: false });
  if (stats === undefined) throw new AppError('configuration', `there is no file ${file}`);
  refuseShared(stats, file);
  const database = open(place, { readonly: true, fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
  try {
    const prepared = database.prepare(statement);
    if (!prepared.reader || !prepared.readonly) {
      throw new AppError('configuration', 'the statement does not read', {
        hint: 'give a query that begins with SELECT',
      });
    }
    // An id may have more digits than a number of JavaScript.
    prepared.safeIntegers();
    const list = new RowList(maxRows);
    const startedMs = performance.now();
    for (const row of prepared.iterate()) {
      if (performance.now() - startedMs > timeoutMs) throw new AppError('timeout', 'the query takes too long');
      if (signal.aborted) throw new AppError('interrupted', 'interrupted');
      list.add(toRow(row));
    }
    return list.rows;
  } finally {
    database.close();
  }
}

function toRow(row: unknown): SqlRow {
  return typeof row === 'object' && row !== null ? Object.fromEntries(Object.entries(row)) : {};
}
