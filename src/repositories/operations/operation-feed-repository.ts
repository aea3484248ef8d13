import type { Operation } from '../../types/operation.ts';
import type { Connection } from '../db/connection.ts';
import { Where } from '../db/where.ts';
import { toOperation } from './operation-rows.ts';
import { HEAD, NOUN } from './operation-sql.ts';

const OPEN = ['waiting', 'running'];

/** What the feed tells of operations, without their results. */
export class OperationFeedRepository {
  readonly #reader: Connection['reader'];

  constructor({ reader }: Pick<Connection, 'reader'>) {
    this.#reader = reader;
  }

  /** Those that wait or run, in the order in which they were asked for. */
  listOpen(): Promise<Operation[]> {
    return this.#list(new Where(this.#reader.provider).among('"state"', OPEN));
  }

  /** Those that changed after a version of the feed. */
  listChanged(version: number): Promise<Operation[]> {
    return this.#list(new Where(this.#reader.provider).is('"version"', '>', version));
  }

  #list(where: Where): Promise<Operation[]> {
    const sql = `SELECT ${HEAD} FROM "operations" ${where.sql} ORDER BY "requestedAt", "id"`;
    return this.#reader.list({ sql, values: where.values, noun: NOUN }, toOperation);
  }
}
