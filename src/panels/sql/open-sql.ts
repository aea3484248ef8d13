import type { PanelSettings, PanelSource } from '../../types/panel.ts';
import { toReading } from '../to-record.ts';
import { mysqlError, postgresError, sqliteError } from './sql-errors.ts';
import { toSqlTarget } from './sql-target.ts';
import type { OpenSqlite } from './sqlite-rows.ts';
import { type RowLimits, type SqlRow, toStatement } from './statement.ts';

type SqlSettings = Extract<PanelSettings, { type: 'sql' }>;

export interface SqlPanelParts {
  settings: SqlSettings;
  /** With user and password. */
  url: string;
  ca: string | undefined;
  openSqlite: OpenSqlite;
}

const TIMEOUT_MS = 60_000;

/** Throws AppError('configuration') for an address that is none. */
export function openSqlPanel(parts: SqlPanelParts): PanelSource {
  return {
    read: async ({ signal }) => {
      const limits = { maxRows: parts.settings.maxRows, timeoutMs: TIMEOUT_MS, signal };
      return toReading((await readRows(parts, limits)).map(lowerCased));
    },
    close: async () => undefined,
  };
}

async function readRows({ settings, url, ca, openSqlite }: SqlPanelParts, limits: RowLimits): Promise<SqlRow[]> {
  const target = toSqlTarget(url);
  try {
    switch (target.kind) {
      case 'postgresql': {
        const { readPostgres } = await import('./postgres-rows.ts');
        return await readPostgres({ ...target, ca }, toStatement(settings.statement, '"'), limits);
      }
      case 'mysql': {
        const { readMysql } = await import('./mysql-rows.ts');
        return await readMysql({ ...target, ca }, toStatement(settings.statement, '`'), limits);
      }
      case 'sqlite': {
        const { readSqlite } = await import('./sqlite-rows.ts');
        return readSqlite(target.file, toStatement(settings.statement, '"'), { ...limits, open: openSqlite });
      }
    }
  } catch (error) {
    const explain = { postgresql: postgresError, mysql: mysqlError, sqlite: sqliteError }[target.kind];
    throw explain(error, { label: target.label, signal: limits.signal });
  }
}

/** Databases differ in the case of the names that they give columns. */
function lowerCased(row: SqlRow): SqlRow {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name.toLowerCase(), value]));
}
