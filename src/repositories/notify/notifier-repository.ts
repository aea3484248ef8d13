import type { DeliveryRow, StoredNotifier } from '../../types/notify.ts';
import type { Connection } from '../db/connection.ts';
import { dateParameter, placeholder } from '../db/dialect.ts';
import { NOTIFIER_COLUMNS, toDelivery, toNotifier } from './notifier-rows.ts';

const SELECT = `SELECT ${columnsOf(NOTIFIER_COLUMNS, 'n')} FROM "notifiers" n`;
const LOG_COLUMNS = [
  'id',
  'state',
  'title',
  'createdAt',
  'notBefore',
  'attempts',
  'attemptedAt',
  'deliveredAt',
  'error',
] as const;

/** What people do with notifiers, and what they ask of them. */
export class NotifierRepository {
  readonly #connection: Pick<Connection, 'reader' | 'writer'>;

  constructor(connection: Pick<Connection, 'reader' | 'writer'>) {
    this.#connection = connection;
  }

  /** By name. */
  async list(): Promise<StoredNotifier[]> {
    return this.#connection.reader.list({ sql: `${SELECT} ORDER BY n."name"`, noun: 'notifier' }, toNotifier);
  }

  /** It starts with what happens after the last revision. False if the name is taken. */
  async add(notifier: Pick<StoredNotifier, 'id' | 'name' | 'settings' | 'seal'>, now: Date): Promise<boolean> {
    const { writer } = this.#connection;
    const [id, name, settings, seal, created, runs] = [1, 2, 3, 4, 5, 6].map((index) =>
      placeholder(writer.provider, index),
    );
    const json = writer.provider === 'postgresql' ? `${settings}::jsonb` : settings;
    const sql = `INSERT INTO "notifiers" ("id", "name", "settings", "seal", "createdAt", "runsAt", "rev", "failures")
      SELECT ${id}, ${name}, ${json}, ${seal}, ${created}, ${runs}, m."rev", 0 FROM "meta" m WHERE m."id" = 1
      ON CONFLICT ("name") DO NOTHING RETURNING "id"`;
    const at = dateParameter(writer.provider, now);
    const values = [notifier.id, notifier.name, JSON.stringify(notifier.settings), notifier.seal, at, at];
    return (await writer.write({ sql, values, noun: 'notifier' }, () => true)).length > 0;
  }

  async setSeal(id: string, seal: string): Promise<void> {
    const [first, second] = this.#marks(2);
    await this.#write(`UPDATE "notifiers" SET "seal" = ${first} WHERE "id" = ${second}`, seal, id);
  }

  /** `since` null: it goes on where it stopped. */
  async setPaused(id: string, since: Date | null): Promise<void> {
    const [first, second] = this.#marks(2);
    const at = since && dateParameter(this.#connection.writer.provider, since);
    const sql = `UPDATE "notifiers" SET "pausedAt" = ${first}, "failures" = 0, "retryAt" = NULL WHERE "id" = ${second}`;
    await this.#write(sql, at, id);
  }

  /** What happened up to now is not told of, and what waits is dropped. */
  async skip(id: string, now: Date): Promise<void> {
    const { writer } = this.#connection;
    const [first, second] = this.#marks(2);
    await writer.transaction(async (tx) => {
      await tx.execute(
        `UPDATE "notifiers" SET "runsAt" = ${first}, "rev" = (SELECT m."rev" FROM "meta" m WHERE m."id" = 1) WHERE "id" = ${second}`,
        dateParameter(writer.provider, now),
        id,
      );
      const [only] = this.#marks(1);
      const pending = `"notifierId" = ${only} AND "state" = 'pending'`;
      await tx.execute(`UPDATE "notifier_messages" SET "state" = 'dropped' WHERE ${pending}`, id);
    });
  }

  /** With its log. */
  async remove(id: string): Promise<void> {
    const [first] = this.#marks(1);
    await this.#write(`DELETE FROM "notifiers" WHERE "id" = ${first}`, id);
  }

  /** The newest first. */
  async log(query: { notifierId?: string; state?: string; take: number }): Promise<DeliveryRow[]> {
    const { reader } = this.#connection;
    const wanted = Object.entries({ notifierId: query.notifierId, state: query.state });
    const given = wanted.filter(([, value]) => value !== undefined);
    const conditions = given.map(([column], index) => `m."${column}" = ${placeholder(reader.provider, index + 1)}`);
    const sql = `SELECT n."name", ${columnsOf(LOG_COLUMNS, 'm')} FROM "notifier_messages" m
      JOIN "notifiers" n ON n."id" = m."notifierId" ${conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`}
      ORDER BY m."createdAt" DESC, n."name", m."seq" DESC LIMIT ${query.take}`;
    return reader.list({ sql, values: given.map(([, value]) => value), noun: 'message' }, toDelivery);
  }

  /** How many messages of each notifier wait, by its id. */
  async countPending(): Promise<Map<string, number>> {
    const sql = `SELECT "notifierId", COUNT(*) AS "count" FROM "notifier_messages" WHERE "state" = 'pending'
      GROUP BY "notifierId"`;
    const query = { sql, noun: 'messages', key: ['notifierId'] };
    const rows = await this.#connection.reader.list(
      query,
      (row) => [row.text('notifierId'), row.number('count')] as const,
    );
    return new Map(rows);
  }

  #marks(count: number): string[] {
    return Array.from({ length: count }, (_, index) => placeholder(this.#connection.writer.provider, index + 1));
  }

  async #write(sql: string, ...values: readonly unknown[]): Promise<void> {
    await this.#connection.writer.transaction((tx) => tx.execute(sql, ...values));
  }
}

function columnsOf(columns: readonly string[], alias: string): string {
  return columns.map((column) => `${alias}."${column}"`).join(', ');
}
