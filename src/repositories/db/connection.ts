import type { SqlDriverAdapter } from '@prisma/driver-adapter-utils';
import type { PrismaClient } from '../../generated/sqlite/client.ts';
import type { DatabaseProvider } from '../../types/migration.ts';
import type { Meta } from './meta.ts';
import type { Reader } from './reader.ts';
import type { RunForEach } from './row-statements.ts';
import type { Writer } from './writer.ts';

/**
 * The client every repository takes. The SQLite client's types are the subset that both databases have: no `mode`, no
 * `skipDuplicates`, no scalar lists, no filters inside JSON.
 */
export type Db = Omit<PrismaClient, '$on' | '$use' | '$extends' | '$connect'>;
/** What a repository gets inside `db.$transaction(async (tx) => …)`. Everything in it must be awaited. */
export type DbTransaction = Parameters<Parameters<PrismaClient['$transaction']>[0]>[0];

export interface Connection {
  /** For what is only read: nothing is loaded for it. */
  readonly reader: Reader;
  /** For what each run writes: nothing is loaded for it. */
  readonly writer: Writer;
  /** For what is written seldom; loaded when it is first used. */
  readonly db: Db;
  readonly provider: DatabaseProvider;
  /** SQLite only, where there is one connection: to be used in a transaction of `writer` or `db`. */
  readonly runForEach?: RunForEach;
  /** Random, new with every database: a version is (epoch, rev). */
  readonly epoch: string;
  /** Which inventory key it was opened with, and the key of its masks where version 0.1 left that in the database. */
  readonly key: { readonly id: string; readonly oldMaskSecret: string };
  /** How many statements were sent, BEGIN and COMMIT included. */
  statementCount(): number;
  close(): Promise<void>;
}

export interface OpenOptions {
  /** How long a statement waits for another process that writes. SQLite only. */
  busyTimeoutMs?: number;
  /** Called with every statement before it is sent. */
  onStatement?: (sql: string) => void;
}

/** An adapter whose database is up to date, and what Prisma is started with. */
export interface OpenedAdapter {
  adapter: SqlDriverAdapter;
  runForEach?: RunForEach;
  meta: Meta;
  statementCount: () => number;
}
