import type { Operation, OperationError, OperationProgress, OperationState } from '../../types/operation.ts';
import type { Connection } from '../db/connection.ts';
import { momentSql } from '../db/database-clock.ts';
import { storableJson } from '../db/dialect.ts';
import type { SqlTransaction } from '../db/sql-transaction.ts';
import { type OpenOperation, toOpenOperation, toSealedOperation } from './operation-rows.ts';
import { CLOSED, changeOperation, marker, NOUN, toJson } from './operation-sql.ts';

/** The right to perform an operation: `holder` is new for each claim, so that a process that lost its claim writes nothing. */
export interface Claim {
  id: string;
  holder: string;
}

export interface ClaimTime {
  now: Date;
  /** How long the claim counts unless it is renewed. */
  ttlMs: number;
}

export interface OperationEnd {
  state: Extract<OperationState, 'done' | 'failed' | 'cancelled'>;
  result: unknown;
  error: OperationError | null;
}

/** What becomes of an operation whose process is gone. One that waits again keeps the error as the mark that it was begun before. */
export type TakenOver = Pick<OperationEnd, 'error'> & { state: 'waiting' | 'failed' | 'cancelled' };

/** Of the lock under which claims are made, one after the other: two of one provider would run into its unique key. */
const CLAIM_LOCK = 7_266_001;
const REOPENED = `"runningKey" = NULL, "holder" = NULL, "holderUntil" = NULL, "startedAt" = NULL, "progress" = NULL`;

/** The operations as the processes that perform them see them. Times are by the clock of the database. */
export class OperationClaims {
  readonly #connection: Pick<Connection, 'reader' | 'writer'>;

  constructor(connection: Pick<Connection, 'reader' | 'writer'>) {
    this.#connection = connection;
  }

  /** Those that wait or run, in the order in which they were asked for. Actions are performed by who asks. */
  async listOpen(now: Date): Promise<OpenOperation[]> {
    const { reader } = this.#connection;
    const sql = `SELECT "id", "kind", "state", "providerId", "providerName", "holder", "cancelledBy",
        ("state" = 'running' AND "holderUntil" < ${momentSql(reader.provider, now)}) AS "isOver",
        ("error" IS NOT NULL) AS "isRepeated"
      FROM "operations" WHERE "state" IN ('waiting', 'running') AND "kind" <> 'action' ORDER BY "requestedAt", "id"`;
    return reader.list({ sql, noun: NOUN }, toOpenOperation);
  }

  /** null: it does not wait any more, or another operation of its provider runs. */
  async claim({ id, holder }: Claim, { now, ttlMs }: ClaimTime): Promise<Operation | null> {
    const mark = marker(this.#provider);
    const sql = `UPDATE "operations" SET "state" = 'running', "runningKey" = "providerId",
        "startedAt" = ${momentSql(this.#provider, now)},
        "holder" = ${mark()}, "holderUntil" = ${momentSql(this.#provider, now, ttlMs)}
      WHERE "id" = ${mark()} AND "state" = 'waiting'
        AND NOT EXISTS (SELECT 1 FROM "operations" o WHERE o."runningKey" = "operations"."providerId")`;
    const take = async (tx: SqlTransaction): Promise<string | null> => {
      if (this.#provider === 'postgresql') await tx.execute(`SELECT pg_advisory_xact_lock(${CLAIM_LOCK})`);
      return (await tx.execute(sql, holder, id)) > 0 ? id : null;
    };
    return changeOperation(this.#connection, now, take, toSealedOperation);
  }

  /** False: the claim is lost. */
  async renew({ id, holder }: Claim, { now, ttlMs }: ClaimTime): Promise<boolean> {
    const mark = marker(this.#provider);
    const sql = `UPDATE "operations" SET "holderUntil" = ${momentSql(this.#provider, now, ttlMs)}
      WHERE "id" = ${mark()} AND "holder" = ${mark()} AND "state" = 'running' RETURNING "id"`;
    const { writer } = this.#connection;
    return (await writer.write({ sql, values: [id, holder], noun: NOUN }, () => true)).length > 0;
  }

  /** False: the claim is lost. */
  async recordProgress({ id, holder }: Claim, progress: OperationProgress, now: Date): Promise<boolean> {
    const mark = marker(this.#provider);
    const sql = `UPDATE "operations" SET "progress" = ${mark.json()}
      WHERE "id" = ${mark()} AND "holder" = ${mark()} AND "state" = 'running'`;
    const values = [storableJson(progress), id, holder];
    const changed = await changeOperation(this.#connection, now, async (tx) =>
      (await tx.execute(sql, ...values)) > 0 ? id : null,
    );
    return changed !== null;
  }

  /** False: the claim is lost, and nothing was written. */
  async finish({ id, holder }: Claim, { state, result, error }: OperationEnd, now: Date): Promise<boolean> {
    const mark = marker(this.#provider);
    const sql = `UPDATE "operations" SET "state" = ${mark()}, "result" = ${mark.json()}, "error" = ${mark.json()},
        "finishedAt" = ${momentSql(this.#provider, now)}, ${CLOSED}
      WHERE "id" = ${mark()} AND "holder" = ${mark()} AND "state" = 'running'`;
    const values = [state, toJson(result), toJson(error), id, holder];
    const changed = await changeOperation(this.#connection, now, async (tx) => {
      if ((await tx.execute(sql, ...values)) === 0) return null;
      if (result !== null) await this.#thinEarlier(tx, id);
      return id;
    });
    return changed !== null;
  }

  /**
   * Ends the claim of a process that is gone; false: it is not, or it was asked to cancel what is to wait again. `isDead`: known to be
   * gone, whatever its claim says.
   */
  async takeOver({ id, holder, isDead }: Claim & { isDead: boolean }, to: TakenOver, now: Date): Promise<boolean> {
    const moment = momentSql(this.#provider, now);
    const mark = marker(this.#provider);
    const rest = to.state === 'waiting' ? REOPENED : `"finishedAt" = ${moment}, ${CLOSED}`;
    const isOver = isDead ? '' : ` AND "holderUntil" < ${moment}`;
    const isWanted = to.state === 'waiting' ? ` AND "cancelledBy" IS NULL` : '';
    const sql = `UPDATE "operations" SET "state" = ${mark()}, "error" = ${mark.json()}, ${rest}
      WHERE "id" = ${mark()} AND "holder" = ${mark()} AND "state" = 'running'${isOver}${isWanted}`;
    const values = [to.state, toJson(to.error), id, holder];
    const changed = await changeOperation(this.#connection, now, async (tx) =>
      (await tx.execute(sql, ...values)) > 0 ? id : null,
    );
    return changed !== null;
  }

  get #provider() {
    return this.#connection.writer.provider;
  }

  /** The guests that a sync found unchanged are kept of the newest result of a provider only: they are all of its guests. */
  async #thinEarlier(tx: SqlTransaction, id: string): Promise<void> {
    const mark = marker(this.#provider);
    const isFull =
      this.#provider === 'postgresql'
        ? `json_array_length("result" -> 'existingHosts') > 0`
        : `json_array_length("result", '$.existingHosts') > 0`;
    const thinned =
      this.#provider === 'postgresql'
        ? `jsonb_set("result"::jsonb, '{existingHosts}', '[]')::json`
        : `json_set("result", '$.existingHosts', json('[]'))`;
    const sql = `UPDATE "operations" SET "result" = ${thinned}
      WHERE "providerId" = (SELECT o."providerId" FROM "operations" o WHERE o."id" = ${mark()} AND o."kind" = 'sync')
        AND "kind" = 'sync' AND "result" IS NOT NULL AND "id" <> ${mark()} AND ${isFull}`;
    await tx.execute(sql, id, id);
  }
}
