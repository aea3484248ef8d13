import type { GuestPlan, OperationStep, StepState } from '../../types/action.ts';
import { AppError } from '../../types/errors.ts';
import { holderName } from '../../types/holder.ts';
import type { Operation, OperationError } from '../../types/operation.ts';
import { BulkWriter } from '../db/bulk-write.ts';
import type { Connection } from '../db/connection.ts';
import { momentSql } from '../db/database-clock.ts';
import { bulkJson, dateParameter, placeholder, storableJson, storableText, textListSql } from '../db/dialect.ts';
import type { ListRows, SqlTransaction } from '../db/sql-transaction.ts';
import type { Claim, ClaimTime } from '../operations/operation-claims.ts';
import { CLOSED, changeOperation, marker, toJson } from '../operations/operation-sql.ts';
import { recordAction } from './record-action.ts';
import { isSentCalls, STEP_COLUMNS, STEPS, toStep } from './step-rows.ts';

export interface NewAction
  extends Pick<Operation, 'id' | 'providerId' | 'providerName' | 'parameters' | 'requestedBy'> {
  steps: readonly { plan: GuestPlan; seal: string }[];
}

export type StepChange = Pick<
  OperationStep,
  'operationId' | 'seq' | 'state' | 'calls' | 'message' | 'startedAt' | 'finishedAt'
>;

export interface ActionEnd {
  state: Extract<Operation['state'], 'done' | 'failed' | 'cancelled'>;
  result: unknown;
  error: OperationError | null;
}

/** States of a step that nothing more happens to: the guest is free for others. */
export const ENDED_STEPS: readonly StepState[] = ['done', 'warning', 'failed', 'unknown', 'skipped', 'cancelled'];

/** Operations of the kind `action`, with a step for each guest. */
export class ActionRepository {
  readonly #connection: Pick<Connection, 'reader' | 'writer' | 'provider' | 'runForEach'>;

  constructor(connection: Pick<Connection, 'reader' | 'writer' | 'provider' | 'runForEach'>) {
    this.#connection = connection;
  }

  /** Takes all guests, or none. Throws AppError('locked') where another operation has one of them. */
  async begin(action: NewAction, { holder, now, ttlMs }: ClaimTime & { holder: string }): Promise<void> {
    await changeOperation(this.#connection, now, async (tx) => {
      await this.#insert(tx, action, { holder, now, ttlMs });
      const rows = action.steps.map((step, seq) => toRow(action.id, seq, step));
      const bulk = new BulkWriter(tx, this.#connection.provider);
      const taken = await bulk.upsert(STEPS, rows);
      if (taken === rows.length) return action.id;
      const lockKeys = rows.map(({ lockKey }) => lockKey);
      // Or one guest twice in one plan.
      throw (await this.#heldError(tx, lockKeys, action.id)) ?? new AppError('usage', 'the plan has a guest twice');
    });
  }

  async #insert(
    tx: SqlTransaction,
    action: NewAction,
    { holder, now, ttlMs }: ClaimTime & { holder: string },
  ): Promise<void> {
    const provider = this.#connection.provider;
    const mark = marker(provider);
    const moment = momentSql(provider, now);
    const sql = `INSERT INTO "operations" ("id", "kind", "providerId", "providerName", "parameters", "state", "requestedBy",
        "requestedVia", "requestedAt", "startedAt", "holder", "holderUntil", "alsoAskedBy", "version")
      VALUES (${mark()}, 'action', ${mark()}, ${mark()}, ${mark.json()}, 'running', ${mark()}, 'cli', ${moment}, ${moment},
        ${mark()}, ${momentSql(provider, now, ttlMs)}, '[]', 0)`;
    const { id, providerId, providerName, parameters, requestedBy } = action;
    const who = storableText(requestedBy);
    await tx.execute(sql, id, providerId, providerName, storableJson(parameters), who, holder);
  }

  /** Throws AppError('locked') where an operation that has not ended has one of the guests. */
  async requireFree(providerId: string, vmids: readonly number[]): Promise<void> {
    const lockKeys = vmids.map((vmid) => `${providerId}/${vmid}`);
    const held = await this.#heldError(this.#connection.reader, lockKeys, '');
    if (held !== null) throw held;
  }

  async #heldError(database: { list: ListRows }, lockKeys: readonly string[], ownId: string): Promise<AppError | null> {
    const { provider } = this.#connection;
    const sql = `SELECT s."operationId" AS "id", s."vmid", s."name", o."requestedBy", o."holder" FROM "operation_steps" s
      JOIN "operations" o ON o."id" = s."operationId"
      WHERE s."lockKey" IN (${textListSql(provider)}) AND s."operationId" <> ${placeholder(provider, 2)} LIMIT 1`;
    const [held] = await database.list({ sql, values: [bulkJson(lockKeys), ownId], noun: 'step' }, (row) => ({
      id: row.text('id'),
      guest: row.textOrNull('name') ?? String(row.number('vmid')),
      by: row.text('requestedBy'),
      holder: row.textOrNull('holder'),
    }));
    if (held === undefined) return null;
    const where = held.holder === null ? '' : ` (${holderName(held.holder)})`;
    return new AppError('locked', `${held.guest} is in operation ${held.id} of ${held.by}${where}`, {
      hint: `nothing was sent. rollcall operations show ${held.id}; if its process is gone: rollcall operations resume ${held.id}`,
    });
  }

  /** Writes what became of a step. False: the operation is not this process's any more, and nothing was written. */
  async change({ operationId, seq, ...step }: StepChange, holder: string): Promise<boolean> {
    const { writer, provider } = this.#connection;
    const mark = marker(provider);
    const free = ENDED_STEPS.includes(step.state) ? ', "lockKey" = NULL' : '';
    const sql = `UPDATE "operation_steps" SET "state" = ${mark()}, "calls" = ${mark.json()}, "message" = ${mark()},
        "startedAt" = ${mark()}, "finishedAt" = ${mark()}${free}
      WHERE "operationId" = ${mark()} AND "seq" = ${mark()} AND EXISTS (SELECT 1 FROM "operations" o
        WHERE o."id" = ${mark()} AND o."holder" = ${mark()} AND o."state" = 'running') RETURNING "seq" AS "id"`;
    const { state, calls, message, startedAt, finishedAt } = step;
    const date = (at: Date | null) => (at === null ? null : dateParameter(provider, at));
    const values = [
      state,
      storableJson(calls),
      message === null ? null : storableText(message),
      date(startedAt),
      date(finishedAt),
    ];
    const query = { sql, values: [...values, operationId, seq, operationId, holder], noun: 'step' };
    return (await writer.write(query, () => true)).length > 0;
  }

  /** In the order of the plan. */
  async steps(operationId: string): Promise<OperationStep[]> {
    const { reader } = this.#connection;
    const columns = STEP_COLUMNS.map((column) => `"${column}"`).join(', ');
    const sql = `SELECT ${columns} FROM "operation_steps" WHERE "operationId" = ${marker(reader.provider)()} ORDER BY "seq"`;
    return reader.list({ sql, values: [operationId], noun: 'step', key: ['operationId', 'seq'] }, toStep);
  }

  /** Ids of tasks that are known of a guest's calls, whatever operation sent them. */
  async knownRefs(providerId: string, vmid: number): Promise<ReadonlySet<string>> {
    const { reader } = this.#connection;
    const mark = marker(reader.provider);
    const sql = `SELECT "operationId", "seq", "calls" FROM "operation_steps" WHERE "providerId" = ${mark()} AND "vmid" = ${mark()}`;
    const query = { sql, values: [providerId, vmid], noun: 'step', key: ['operationId', 'seq'] };
    const calls = await reader.list(query, (row) => row.json('calls', isSentCalls));
    return new Set(calls.flat().flatMap(({ ref }) => ref ?? []));
  }

  /** Who holds it; null: it does not run. `isOver`: the claim was not renewed in time. */
  async holder(
    id: string,
    now: Date,
  ): Promise<{ holder: string | null; isOver: boolean; cancelledBy: string | null } | null> {
    const { reader } = this.#connection;
    const sql = `SELECT "id", "holder", "cancelledBy", ("holderUntil" IS NOT NULL AND "holderUntil" < ${momentSql(reader.provider, now)}) AS "isOver"
      FROM "operations" WHERE "id" = ${marker(reader.provider)()} AND "kind" = 'action' AND "state" = 'running'`;
    return reader.find({ sql, values: [id], noun: 'operation' }, (row) => ({
      holder: row.textOrNull('holder'),
      isOver: row.boolean('isOver'),
      cancelledBy: row.textOrNull('cancelledBy'),
    }));
  }

  /** Takes an operation whose process is gone; false: somebody else was first. `from`: who had it. */
  async takeOver({ id, holder }: Claim, from: string | null, { now, ttlMs }: ClaimTime): Promise<boolean> {
    const provider = this.#connection.provider;
    const mark = marker(provider);
    const sql = `UPDATE "operations" SET "holder" = ${mark()}, "holderUntil" = ${momentSql(provider, now, ttlMs)}
      WHERE "id" = ${mark()} AND "kind" = 'action' AND "state" = 'running' AND ${from === null ? '"holder" IS NULL' : `"holder" = ${mark()}`}`;
    const values = from === null ? [holder, id] : [holder, id, from];
    const changed = await changeOperation(this.#connection, now, async (tx) =>
      (await tx.execute(sql, ...values)) > 0 ? id : null,
    );
    return changed !== null;
  }

  /** Leaves it to whoever resumes it; what runs on the servers goes on. */
  async release({ id, holder }: Claim, now: Date): Promise<void> {
    const mark = marker(this.#connection.provider);
    const sql = `UPDATE "operations" SET "holder" = NULL, "holderUntil" = NULL WHERE "id" = ${mark()} AND "holder" = ${mark()} AND "state" = 'running'`;
    await changeOperation(this.#connection, now, async (tx) => ((await tx.execute(sql, id, holder)) > 0 ? id : null));
  }

  /** Ends it, once all its steps have ended, and records it in the history. False: it is not this process's any more. */
  async finish({ id, holder }: Claim, { state, result, error }: ActionEnd, now: Date): Promise<boolean> {
    const provider = this.#connection.provider;
    const mark = marker(provider);
    const sql = `UPDATE "operations" SET "state" = ${mark()}, "result" = ${mark.json()}, "error" = ${mark.json()},
        "finishedAt" = ${momentSql(provider, now)}, ${CLOSED}
      WHERE "id" = ${mark()} AND "holder" = ${mark()} AND "state" = 'running'`;
    const values = [state, toJson(result), toJson(error), id, holder];
    const changed = await changeOperation(this.#connection, now, async (tx) => {
      if ((await tx.execute(sql, ...values)) === 0) return null;
      await recordAction(tx, this.#connection, { id, now });
      return id;
    });
    return changed !== null;
  }
}

/** Provider and vmid: what has at most one unfinished step. */
export function lockKeyOf({ subject, lockVmid }: Pick<GuestPlan, 'subject' | 'lockVmid'>): string {
  return `${subject.providerId}/${lockVmid}`;
}

function toRow(operationId: string, seq: number, { plan, seal }: NewAction['steps'][number]) {
  const { providerId, providerName, guestId, kind, vmid, name, node } = plan.subject;
  return {
    operationId,
    seq,
    providerId,
    providerName,
    guestId,
    kind,
    vmid,
    name,
    node,
    lockKey: lockKeyOf(plan),
    state: 'waiting',
    plan,
    seal,
    calls: [],
    message: null,
    startedAt: null,
    finishedAt: null,
  };
}
