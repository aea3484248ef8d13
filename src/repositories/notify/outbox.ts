import type { MessageState, NotifyMessage } from '../../types/notify.ts';
import { BulkWriter } from '../db/bulk-write.ts';
import type { Connection } from '../db/connection.ts';
import { momentSql } from '../db/database-clock.ts';
import { dateParameter, placeholder, type UpsertSpec } from '../db/dialect.ts';
import type { SqlTransaction } from '../db/sql-transaction.ts';
import { isAnything } from '../db/stored-shape.ts';

/** A lease outlives the longest single attempt. */
export const LEASE_MS = 90_000;
/** How long delivered messages are kept. */
const KEPT_MS = 90 * 86_400_000;

const MESSAGES = {
  table: 'notifier_messages',
  columns: {
    notifierId: 'text',
    id: 'text',
    seq: 'int',
    state: 'text',
    title: 'text',
    body: 'json',
    createdAt: 'datetime',
    notBefore: 'datetime',
    attempts: 'int',
  },
  key: ['notifierId', 'id'],
  ignoreExisting: true,
} as const satisfies UpsertSpec;

export interface Position {
  rev: number;
  runsAt: Date;
}

export interface PlannedMessage {
  message: NotifyMessage;
  state: Extract<MessageState, 'pending' | 'dropped'>;
  notBefore: Date | null;
}

export interface PendingMessage {
  id: string;
  body: unknown;
  attempts: number;
  createdAt: Date;
}

/** What an attempt changes of its message and its notifier. */
export interface Attempt {
  messageId: string;
  state: Extract<MessageState, 'pending' | 'delivered' | 'failed'>;
  error: string | null;
  /** Failures of the notifier in a row, and when it is tried again. */
  failures: number;
  retryAt: Date | null;
}

/**
 * The messages of one notifier between their planning and their delivery. All writes check the lease: of two processes, one
 * plans and delivers.
 */
export class Outbox {
  readonly #connection: Pick<Connection, 'reader' | 'writer' | 'runForEach'>;
  readonly #holder: string;
  readonly #clock: () => Date;

  constructor(connection: Pick<Connection, 'reader' | 'writer' | 'runForEach'>, holder: string, clock: () => Date) {
    this.#connection = connection;
    this.#holder = holder;
    this.#clock = clock;
  }

  /** False while another process delivers. `dead`: a holder that is gone. */
  async take(id: string, dead: string | null): Promise<boolean> {
    const [first, second, third] = this.#marks(3);
    const moment = momentSql(this.#provider, this.#clock());
    const sql = `UPDATE "notifiers" SET "leaseHolder" = ${first}, "leaseSince" = ${moment}, "leaseUntil" = ${this.#until()}
      WHERE "id" = ${second} AND ("leaseHolder" IS NULL OR "leaseHolder" = ${third} OR "leaseUntil" < ${moment})
      RETURNING "id"`;
    const query = { sql, values: [this.#holder, id, dead ?? ''], noun: 'notifier' };
    return (await this.#connection.writer.write(query, () => true)).length > 0;
  }

  async release(id: string): Promise<void> {
    const [first, second] = this.#marks(2);
    const sql = `UPDATE "notifiers" SET "leaseHolder" = NULL, "leaseSince" = NULL, "leaseUntil" = NULL
      WHERE "id" = ${first} AND "leaseHolder" = ${second}`;
    await this.#connection.writer.transaction((tx) => tx.execute(sql, id, this.#holder));
  }

  /**
   * Reads what is committed. On SQLite, readers of a connection see what its open transaction has written: here there is none but
   * this one, which writes nothing.
   */
  async reading<T>(read: () => Promise<T>): Promise<T> {
    return this.#provider === 'sqlite' ? this.#connection.writer.transaction(read) : read();
  }

  /** Stores messages together with the position after them; a message that is there already stays. Gives how many are new; null: the lease is lost. */
  async plan(id: string, planned: readonly PlannedMessage[], position: Position): Promise<number | null> {
    let added = 0;
    const isHeld = await this.#held(id, async (tx) => {
      const seq = await this.#lastSeq(tx, id);
      const rows = planned.map(({ message, state, notBefore }, index) => ({
        notifierId: id,
        id: message.id,
        seq: seq + 1 + index,
        state,
        title: message.title,
        body: message,
        createdAt: this.#clock(),
        notBefore,
        attempts: 0,
      }));
      added = await new BulkWriter(tx, this.#provider, this.#connection.runForEach).upsert(MESSAGES, rows);
      const [rev, runsAt, key] = this.#marks(3);
      const sql = `UPDATE "notifiers" SET "rev" = ${rev}, "runsAt" = ${runsAt} WHERE "id" = ${key}`;
      await tx.execute(sql, position.rev, this.#date(position.runsAt), id);
      const [notifier, before] = this.#marks(2);
      const old = `DELETE FROM "notifier_messages" WHERE "notifierId" = ${notifier} AND "state" <> 'pending' AND "createdAt" < ${before}`;
      if (planned.length > 0) await tx.execute(old, id, this.#date(new Date(this.#clock().getTime() - KEPT_MS)));
    });
    return isHeld ? added : null;
  }

  /** For messages that no run finds: whatever happens meanwhile. */
  async add(id: string, planned: PlannedMessage): Promise<void> {
    const { writer, runForEach } = this.#connection;
    await writer.transaction(async (tx) => {
      const { message, state, notBefore } = planned;
      const seq = (await this.#lastSeq(tx, id)) + 1;
      const row = { notifierId: id, id: message.id, seq, state, title: message.title, body: message, notBefore };
      const rows = [{ ...row, createdAt: this.#clock(), attempts: 0 }];
      await new BulkWriter(tx, this.#provider, runForEach).upsert(MESSAGES, rows);
    });
  }

  /** The oldest message that may be delivered now; null: none. */
  async next(id: string): Promise<PendingMessage | null> {
    const [first, second] = this.#marks(2);
    const sql = `SELECT "id", "body", "attempts", "createdAt" FROM "notifier_messages"
      WHERE "notifierId" = ${first} AND "state" = 'pending' AND ("notBefore" IS NULL OR "notBefore" <= ${second})
      ORDER BY "seq", "id" LIMIT 1`;
    const query = { sql, values: [id, this.#date(this.#clock())], noun: 'message' };
    return this.#connection.reader.find(query, (row) => ({
      id: row.text('id'),
      body: row.json('body', isAnything),
      attempts: row.number('attempts'),
      createdAt: row.time('createdAt'),
    }));
  }

  /** When the next message that waits for the end of quiet hours may be delivered. */
  async nextAt(id: string): Promise<Date | null> {
    const [first] = this.#marks(1);
    const sql = `SELECT "id", "notBefore" FROM "notifier_messages" WHERE "notifierId" = ${first} AND "state" = 'pending'
      AND "notBefore" IS NOT NULL ORDER BY "notBefore" LIMIT 1`;
    return this.#connection.reader.find({ sql, values: [id], noun: 'message' }, (row) => row.time('notBefore'));
  }

  /** What waits is not delivered before the end of quiet hours. */
  async defer(id: string, until: Date): Promise<boolean> {
    return this.#held(id, async (tx) => {
      const [first, second, third] = this.#marks(3);
      const sql = `UPDATE "notifier_messages" SET "notBefore" = ${first} WHERE "notifierId" = ${second} AND "state" = 'pending'
        AND ("notBefore" IS NULL OR "notBefore" < ${third})`;
      await tx.execute(sql, this.#date(until), id, this.#date(until));
    });
  }

  /** Before an attempt. False: the lease is lost. */
  async renew(id: string): Promise<boolean> {
    return this.#held(id, async () => undefined);
  }

  /** After an attempt. False: the lease is lost, and the other holder repeats the delivery. */
  async record(id: string, { messageId, state, error, failures, retryAt }: Attempt): Promise<boolean> {
    return this.#held(id, async (tx) => {
      const [first, second, third, fourth, fifth, sixth] = this.#marks(6);
      const now = this.#date(this.#clock());
      await tx.execute(
        `UPDATE "notifier_messages" SET "attempts" = "attempts" + 1, "state" = ${first}, "error" = ${second},
          "attemptedAt" = ${third}, "deliveredAt" = ${fourth} WHERE "notifierId" = ${fifth} AND "id" = ${sixth}`,
        state,
        error,
        now,
        state === 'delivered' ? now : null,
        id,
        messageId,
      );
      await tx.execute(
        `UPDATE "notifiers" SET "failures" = ${first}, "retryAt" = ${second}, "error" = ${third} WHERE "id" = ${fourth}`,
        failures,
        retryAt && this.#date(retryAt),
        error,
        id,
      );
    });
  }

  /** Runs `work` in a transaction that renews the lease first; false, and nothing is written, if it is lost. */
  async #held(id: string, work: (tx: SqlTransaction) => Promise<void>): Promise<boolean> {
    const [first, second] = this.#marks(2);
    const sql = `UPDATE "notifiers" SET "leaseUntil" = ${this.#until()} WHERE "id" = ${first} AND "leaseHolder" = ${second}`;
    return this.#connection.writer.transaction(async (tx) => {
      if ((await tx.execute(sql, id, this.#holder)) === 0) return false;
      await work(tx);
      return true;
    });
  }

  async #lastSeq(tx: SqlTransaction, id: string): Promise<number> {
    const [first] = this.#marks(1);
    const sql = `SELECT COALESCE(MAX("seq"), 0) AS "seq" FROM "notifier_messages" WHERE "notifierId" = ${first}`;
    const [seq = 0] = await tx.list({ sql, values: [id], noun: 'message', key: ['seq'] }, (row) => row.number('seq'));
    return seq;
  }

  get #provider() {
    return this.#connection.writer.provider;
  }

  #until(): string {
    return momentSql(this.#provider, this.#clock(), LEASE_MS);
  }

  #date(date: Date): Date | string {
    return dateParameter(this.#provider, date);
  }

  #marks(count: number): string[] {
    return Array.from({ length: count }, (_, index) => placeholder(this.#provider, index + 1));
  }
}
