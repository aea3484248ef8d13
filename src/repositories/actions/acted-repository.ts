import type { ActedStep } from '../../types/acted.ts';
import type { Connection } from '../db/connection.ts';
import { bulkJson, rowsSql } from '../db/dialect.ts';
import type { Row } from '../db/row.ts';
import { isRecord } from '../db/stored-shape.ts';
import { selected, Where } from '../db/where.ts';
import { authorOf } from './action-digest.ts';
import { CLOCK_MS, LONGEST_MS, STEP_COLUMNS, toStep } from './step-rows.ts';

/** Steps of actions that were begun, as the history is told by them. */
export class ActedRepository {
  readonly #connection: Pick<Connection, 'reader'>;

  constructor(connection: Pick<Connection, 'reader'>) {
    this.#connection = connection;
  }

  /** Those of one action. */
  async ofOperation(id: string): Promise<ActedStep[]> {
    return this.#list(new Where(this.#connection.reader.provider).is('o."id"', '=', id));
  }

  /** Those that may have done something between two times. */
  async between(from: Date, to: Date): Promise<ActedStep[]> {
    const where = new Where(this.#connection.reader.provider)
      .is('o."requestedAt"', '>=', new Date(from.getTime() - LONGEST_MS))
      .is('s."startedAt"', '<=', new Date(to.getTime() + CLOCK_MS));
    return this.#list(where.also(`o."state" IN ('running', 'done', 'failed', 'cancelled')`));
  }

  /** Ids of all guests that had the vmids which these steps acted on, or made. */
  async guestIds(steps: readonly Pick<ActedStep, 'subject' | 'plan'>[]): Promise<string[]> {
    const { reader } = this.#connection;
    const rows = steps.flatMap(({ subject: { providerId, vmid }, plan }) =>
      [...new Set([vmid, plan.lockVmid])].map((one) => ({ providerId, vmid: one })),
    );
    if (rows.length === 0) return [];
    const sql = `SELECT DISTINCT g."id" FROM ${rowsSql(reader.provider, { providerId: 'text', vmid: 'int' })}
      JOIN "guests" g ON g."providerId" = r."providerId" AND g."vmid" = r."vmid"`;
    return reader.list({ sql, values: [bulkJson(rows)], noun: 'guest' }, (row) => row.text('id'));
  }

  async #list(where: Where): Promise<ActedStep[]> {
    const { reader } = this.#connection;
    const { sql: condition, values } = where.also(`o."kind" = 'action' AND s."startedAt" IS NOT NULL`);
    const sql = `SELECT ${selected(STEP_COLUMNS, 's')}, o."requestedBy", o."parameters" FROM "operations" o
      JOIN "operation_steps" s ON s."operationId" = o."id" ${condition} ORDER BY o."requestedAt", o."id", s."seq"`;
    return reader.list({ sql, values, noun: 'step', key: ['operationId', 'seq'] }, toActed);
  }
}

function toActed(row: Row): ActedStep {
  const { operationId, seq, subject, plan, calls, startedAt } = toStep(row);
  const { host, reason } = authorOf(row.json('parameters', isRecord));
  const author = { id: operationId, by: row.text('requestedBy'), host, reason };
  return { operationId, seq, subject, plan, calls, author, startedAt };
}
