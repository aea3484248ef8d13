import type { StoredSession, StoredUser } from '../../types/people.ts';
import type { Connection } from '../db/connection.ts';
import { Cells, columnsOf, insertSql } from './cells.ts';
import { SESSION_COLUMNS, toSession, toUser, USER_COLUMNS } from './people-rows.ts';

const NOUN = 'session';

export class SessionRepository {
  readonly #connection: Pick<Connection, 'reader' | 'writer' | 'provider'>;

  constructor(connection: Pick<Connection, 'reader' | 'writer' | 'provider'>) {
    this.#connection = connection;
  }

  /** Drops what has expired by the way. */
  async add(session: StoredSession): Promise<void> {
    const { writer, provider } = this.#connection;
    await writer.transaction(async (tx) => {
      const old = new Cells(provider);
      const drop = `DELETE FROM "user_sessions" WHERE "expiresAt" <= ${old.add(session.createdAt)}`;
      await tx.execute(drop, ...old.values);
      const cells = new Cells(provider);
      await tx.execute(insertSql('user_sessions', { ...session }, cells), ...cells.values);
    });
  }

  /** With its user, whatever the state of either. */
  async find(id: string): Promise<{ session: StoredSession; user: StoredUser } | null> {
    const { reader, provider } = this.#connection;
    const cells = new Cells(provider);
    const sessionSql = `SELECT ${columnsOf(SESSION_COLUMNS, 's')} FROM "user_sessions" s ${cells.where({ id }, 's')}`;
    const session = await reader.find({ sql: sessionSql, values: cells.values, noun: NOUN }, toSession);
    if (session === null) return null;
    const ofUser = new Cells(provider);
    const userSql = `SELECT ${columnsOf(USER_COLUMNS, 'u')} FROM "users" u ${ofUser.where({ id: session.userId }, 'u')}`;
    const user = await reader.find({ sql: userSql, values: ofUser.values, noun: 'user' }, toUser);
    return user && { session, user };
  }

  /** Those of a user that have not expired, the one used last first. */
  async listOf(userId: string, now: Date): Promise<StoredSession[]> {
    const { reader, provider } = this.#connection;
    const cells = new Cells(provider);
    const sql = `SELECT ${columnsOf(SESSION_COLUMNS, 's')} FROM "user_sessions" s ${cells.where({ userId }, 's')}
      AND s."expiresAt" > ${cells.add(now)} ORDER BY s."lastUsedAt" DESC, s."id"`;
    return reader.list({ sql, values: cells.values, noun: NOUN }, toSession);
  }

  async touch(id: string, { lastUsedAt, expiresAt }: Pick<StoredSession, 'lastUsedAt' | 'expiresAt'>): Promise<void> {
    const cells = new Cells(this.#connection.provider);
    const sql = `UPDATE "user_sessions" SET ${cells.assign({ lastUsedAt, expiresAt })} WHERE "id" = ${cells.add(id)}`;
    await this.#connection.writer.transaction((tx) => tx.execute(sql, ...cells.values));
  }

  async remove(id: string): Promise<void> {
    await this.#removeBy('id', id);
  }

  async removeOf(userId: string): Promise<void> {
    await this.#removeBy('userId', userId);
  }

  async #removeBy(column: string, value: string): Promise<void> {
    const cells = new Cells(this.#connection.provider);
    const sql = `DELETE FROM "user_sessions" WHERE "${column}" = ${cells.add(value)}`;
    await this.#connection.writer.transaction((tx) => tx.execute(sql, ...cells.values));
  }
}
