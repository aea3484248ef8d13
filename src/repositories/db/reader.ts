import type { ArgType, SqlQuery, SqlQueryable, SqlResultSet } from '@prisma/driver-adapter-utils';
import type { DatabaseProvider } from '../../types/migration.ts';
import { Row } from './row.ts';
import { uncarried } from './watched-adapter.ts';

/** A statement with its parameters, and how its rows are called should one of them be damaged. */
export interface ReadQuery {
  sql: string;
  values?: readonly unknown[];
  /** `guest`. */
  noun: string;
  /** The selected columns that tell rows apart; `id` unless said. */
  key?: readonly string[];
}

/** The adapters look at it for lists and for texts that stand for something else; ours are what they are. */
const PLAIN: ArgType = { scalarType: 'unknown', arity: 'scalar' };

/**
 * Reads by SQL over the driver's adapter, without the client of Prisma: loading that takes longer than most answers.
 * Statements are written with `placeholder` and `textListSql` of dialect.ts.
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

  /** The first row; null when there is none. */
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

/** What an adapter answered, row by row. */
export function toRows<T>(
  { columnNames, rows }: SqlResultSet,
  { noun, key = ['id'] }: Pick<ReadQuery, 'noun' | 'key'>,
  toValue: (row: Row) => T,
): T[] {
  const layout = { columns: new Map(columnNames.map((name, index) => [name, index])), noun, key };
  return rows.map((cells) => toValue(new Row(layout, cells)));
}
