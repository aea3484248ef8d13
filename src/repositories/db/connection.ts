import type { SqlDriverAdapter } from '@prisma/driver-adapter-utils';
import type { PrismaClient } from '../../generated/sqlite/client.ts';
import type { DatabaseProvider } from '../../types/migration.ts';
import type { Meta } from './meta.ts';
import type { Reader } from './reader.ts';
import type { RunForEach } from './row-statements.ts';
import type { Writer } from './writer.ts';

/**
 * The client for repositories. The SQLite client's types are the subset that both databases support: no `mode`, no
 * `skipDuplicates`, no scalar lists, no filters inside JSON.
 */
export type Db = Omit<PrismaClient, '$on' | '$use' | '$extends' | '$connect'>;
/** The client inside `db.$transaction(async (tx) => …)`. Every call on it must be awaited. */
export type DbTransaction = Parameters<Parameters<PrismaClient['$transaction']>[0]>[0];

export interface Connection {
  /** For reads. Loads no client. */
  readonly reader: Reader;
  /** For the writes of each run. Loads no client. */
  readonly writer: Writer;
  /** For infrequent writes. Loads the client on first use. */
  readonly db: Db;
  readonly provider: DatabaseProvider;
  /** SQLite only, which has one connection: use it in a transaction of `writer` or `db`. */
  readonly runForEach?: RunForEach;
  /** Random, new with every database: a version is (epoch, rev). */
  readonly epoch: string;
  /** The inventory key with which it was opened, and the key of its masks if version 0.1 left that in the database. */
  readonly key: { readonly id: string; readonly oldMaskSecret: string };
  /** The number of statements sent, BEGIN and COMMIT included. */
  statementCount(): number;
  close(): Promise<void>;
}

export interface OpenOptions {
  /** How long a statement waits for another writing process. SQLite only. */
  busyTimeoutMs?: number;
  /** Called with every statement before it is sent. */
  onStatement?: (sql: string) => void;
}

/** An adapter with an up-to-date database, and the options for Prisma's client. */
export interface OpenedAdapter {
  adapter: SqlDriverAdapter;
  runForEach?: RunForEach;
  meta: Meta;
  statementCount: () => number;
}
