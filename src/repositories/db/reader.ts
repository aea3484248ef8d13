import type { ArgType, SqlQuery, SqlQueryable, SqlResultSet } from '@prisma/driver-adapter-utils';
import type { DatabaseProvider } from '../../types/migration.ts';
import { Row } from './row.ts';
import { uncarried } from './watched-adapter.ts';

/** A statement with its parameters, and the name of its rows in errors. */
export interface ReadQuery {
  sql: string;
  values?: readonly unknown[];
  /** `guest`. */
  noun: string;
  /** The selected columns that identify a row; `id` by default. */
  key?: readonly string[];
}

/** Tells the adapters not to convert a parameter: they check for lists and for texts that stand for other types. */
const PLAIN: ArgType = { scalarType: 'unknown', arity: 'scalar' };

/**
 * Reads by SQL over the driver adapter, without Prisma's client: loading it takes longer than most answers. Statements are
 * written with `placeholder` and `textListSql` of dialect.ts.
 */
export class Reader {
  readonly provider: DatabaseProvider;
  readonly #adapter: Pick<SqlQueryable, 'queryRaw'>;

  constructor(provider: DatabaseProvider, adapter: Pick<SqlQueryable, 'queryRaw'>) {
    this.provider = provider;
    this.#adapter = adapter;
  }

  /** Throws AppError `database`. */
  async list<T>(query: ReadQuery, toValue: (row: Row) => T): Promise<T[]> {
    return toRows(await this.#send(query), query, toValue);
  }

  /** The first row; null if there is none. */
  async find<T>(query: ReadQuery, toValue: (row: Row) => T): Promise<T | null> {
    const [first] = await this.list(query, (row) => row);
    return first === undefined ? null : toValue(first);
  }

  async #send(query: ReadQuery): Promise<SqlResultSet> {
    try {
      return await this.#adapter.queryRaw(toSqlQuery(query));
    } catch (error) {
      throw uncarried(error);
    }
  }
}

export function toSqlQuery({ sql, values = [] }: Pick<ReadQuery, 'sql' | 'values'>): SqlQuery {
  return { sql, args: [...values], argTypes: values.map(() => PLAIN) };
}

/** The rows of an adapter's answer. */
export function toRows<T>(
  { columnNames, rows }: SqlResultSet,
  { noun, key = ['id'] }: Pick<ReadQuery, 'noun' | 'key'>,
  toValue: (row: Row) => T,
): T[] {
  const layout = { columns: new Map(columnNames.map((name, index) => [name, index])), noun, key };
  return rows.map((cells) => toValue(new Row(layout, cells)));
}
