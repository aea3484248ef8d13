import type { VerifyReport } from './history-query.ts';
import type { DatabaseProvider } from './migration.ts';

/** A database as it is, whether or not this version of the program can use it. */
export interface DatabaseStatus {
  kind: DatabaseProvider;
  /** The file, or the address without the password. */
  location: string;
  /** Of SQLite or of the PostgreSQL server. */
  serverVersion: string;
  /** The last migration that was applied; null: there are no tables yet. */
  schema: string | null;
  pendingMigrations: readonly string[];
  isWritable: boolean;
  sizeBytes: number;
  epoch: string | null;
  /** The newest revision, and its hash: what a copy must have too. */
  rev: number | null;
  head: string | null;
  tables: readonly TableCount[];
}

/** What a copy must have too. */
export interface DatabaseHead {
  epoch: string;
  /** The newest revision, and its hash. */
  rev: number;
  head: string;
}

export interface TableCount {
  table: string;
  rows: number;
}

export interface MigrateReport {
  location: string;
  applied: readonly string[];
  schema: string | null;
}

/** What a copy of an inventory holds. */
export interface CopyReport extends DatabaseHead {
  from: string;
  to: string;
  tables: readonly TableCount[];
  /** Of the copy; its problems are those of the original. */
  verify: VerifyReport;
}

/** Called for each batch that was copied. */
export type CopyProgress = (table: string, done: number, total: number) => void;
