import type { Operation, OperationState, QueuedKind } from '../../types/operation.ts';
import type { Connection } from '../db/connection.ts';
import { momentSql } from '../db/database-clock.ts';
import { bulkJson, storableJson, storableText, textListSql } from '../db/dialect.ts';
import type { SqlTransaction } from '../db/sql-transaction.ts';
import { toOperation } from './operation-rows.ts';
import { CLOSED, changeOperation, HEAD, marker, NOUN, WHOLE } from './operation-sql.ts';

export interface AskedOperation
  extends Pick<Operation, 'id' | 'providerId' | 'providerName' | 'parameters' | 'requestedBy' | 'requestedVia'> {
  kind: QueuedKind;
  /** The same for the same work. */
  openKey: string;
}

export interface OperationQuery {
  states?: readonly OperationState[] | undefined;
  /** Ids. */
  providers?: readonly string[] | undefined;
  limit?: number | undefined;
}

/** The operations as people ask for them, look at them and cancel them. Times are by the clock of the database. */
export class OperationRepository {
  readonly #connection: Pick<Connection, 'reader' | 'writer'>;

  constructor(connection: Pick<Connection, 'reader' | 'writer'>) {
    this.#connection = connection;
  }

  /** The new operation, or the open one of the same work, which then knows who asked as well. */
  async enqueue(asked: AskedOperation, now: Date): Promise<Operation> {
    for (;;) {
      const added = await changeOperation(this.#connection, now, (tx) => this.#insert(tx, asked, now));
      const found = added ?? (await this.#join(asked, now));
      // Neither: the open one has ended in between.
      if (found !== null) return found;
    }
  }

  async #insert(tx: SqlTransaction, asked: AskedOperation, now: Date): Promise<string | null> {
    const mark = marker(this.#provider);
    const sql = `INSERT INTO "operations" ("id", "kind", "providerId", "providerName", "parameters", "state", "openKey",
        "requestedBy", "requestedVia", "requestedAt", "alsoAskedBy", "version")
      VALUES (${mark()}, ${mark()}, ${mark()}, ${mark()}, ${mark.json()}, 'waiting', ${mark()},
        ${mark()}, ${mark()}, ${momentSql(this.#provider, now)}, '[]', 0)
      ON CONFLICT ("openKey") DO NOTHING RETURNING "id"`;
    const { id, kind, providerId, providerName, parameters, openKey, requestedBy, requestedVia } = asked;
    const who = [storableText(requestedBy), requestedVia];
    const values = [id, kind, providerId, providerName, storableJson(parameters), openKey, ...who];
    const [added] = await tx.list({ sql, values, noun: NOUN }, (row) => row.text('id'));
    return added ?? null;
  }

  async #join({ openKey, requestedBy }: AskedOperation, now: Date): Promise<Operation | null> {
    const by = storableText(requestedBy);
    let joined: Operation | null = null;
    const changed = await changeOperation(this.#connection, now, async (tx) => {
      joined = await this.#locked(tx, 'openKey', openKey);
      if (joined === null || joined.requestedBy === by || joined.alsoAskedBy.includes(by)) return null;
      const mark = marker(this.#provider);
      const sql = `UPDATE "operations" SET "alsoAskedBy" = ${mark.json()} WHERE "id" = ${mark()}`;
      await tx.execute(sql, storableJson([...joined.alsoAskedBy, by]), joined.id);
      return joined.id;
    });
    return changed ?? joined;
  }

  /**
   * One that waits is cancelled. One that runs is to be ended by the process that performs it, and nobody joins it any more. One
   * that has ended stays as it is. null: there is none.
   */
  async requestCancel(id: string, { by, now }: { by: string; now: Date }): Promise<Operation | null> {
    const moment = momentSql(this.#provider, now);
    let found: Operation | null = null;
    const changed = await changeOperation(this.#connection, now, async (tx) => {
      found = await this.#locked(tx, 'id', id);
      if (found === null || found.cancelledBy !== null || found.finishedAt !== null) return null;
      const rest =
        found.state === 'waiting' ? `"state" = 'cancelled', "finishedAt" = ${moment}, ${CLOSED}` : '"openKey" = NULL';
      const mark = marker(this.#provider);
      const sql = `UPDATE "operations" SET "cancelledBy" = ${mark()}, "cancelledAt" = ${moment}, ${rest} WHERE "id" = ${mark()}`;
      await tx.execute(sql, storableText(by), id);
      return id;
    });
    return changed ?? found;
  }

  /** The newest first, without their results. */
  async list({ states, providers, limit }: OperationQuery): Promise<Operation[]> {
    const { reader } = this.#connection;
    const wanted = Object.entries({ state: states, providerId: providers });
    const given = wanted.flatMap(([column, texts]) => (texts === undefined ? [] : [{ column, texts }]));
    const conditions = given.map(({ column }, index) => `"${column}" IN (${textListSql(reader.provider, index + 1)})`);
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
    const values = given.map(({ texts }) => bulkJson(texts));
    const most = limit === undefined ? '' : ` LIMIT ${limit}`;
    const sql = `SELECT ${HEAD} FROM "operations" ${where} ORDER BY "requestedAt" DESC, "id" DESC${most}`;
    return reader.list({ sql, values, noun: NOUN }, toOperation);
  }

  /** The one with this id; else those whose ids begin so, ten at most. */
  async find(idOrPrefix: string): Promise<Operation[]> {
    const { reader } = this.#connection;
    const begins = `substr("id", 1, ${idOrPrefix.length}) = ${marker(reader.provider)()}`;
    const sql = `SELECT ${WHOLE} FROM "operations" WHERE ${begins} ORDER BY "id" LIMIT 10`;
    const found = await reader.list({ sql, values: [storableText(idOrPrefix)], noun: NOUN }, toOperation);
    const exact = found.find(({ id }) => id === idOrPrefix);
    return exact === undefined ? found : [exact];
  }

  /** The one that waits or runs and has this key. */
  async findOpen(openKey: string): Promise<Operation | null> {
    const { reader } = this.#connection;
    const sql = `SELECT ${HEAD} FROM "operations" WHERE "openKey" = ${marker(reader.provider)()}`;
    return reader.find({ sql, values: [openKey], noun: NOUN }, toOperation);
  }

  get #provider() {
    return this.#connection.writer.provider;
  }

  /** Nobody else changes it until the end of the transaction. */
  async #locked(tx: SqlTransaction, column: 'id' | 'openKey', value: string): Promise<Operation | null> {
    const lock = this.#provider === 'postgresql' ? ' FOR UPDATE' : '';
    const sql = `SELECT ${HEAD} FROM "operations" WHERE "${column}" = ${marker(this.#provider)()}${lock}`;
    const [found = null] = await tx.list({ sql, values: [value], noun: NOUN }, toOperation);
    return found;
  }
}
