import type { StoredToken } from '../../types/people.ts';
import type { Connection } from '../db/connection.ts';
import { Cells, columnsOf, insertSql } from './cells.ts';
import { TOKEN_COLUMNS, toToken } from './people-rows.ts';

const SELECT = `SELECT ${columnsOf(TOKEN_COLUMNS, 't')} FROM "api_tokens" t`;
const NOUN = 'token';

export class TokenRepository {
  readonly #connection: Pick<Connection, 'reader' | 'writer' | 'provider'>;

  constructor(connection: Pick<Connection, 'reader' | 'writer' | 'provider'>) {
    this.#connection = connection;
  }

  /** The newest last. */
  async list(userId?: string): Promise<StoredToken[]> {
    const { reader, provider } = this.#connection;
    const cells = new Cells(provider);
    const sql = `${SELECT} ${cells.where({ userId }, 't')} ORDER BY t."createdAt", t."id"`;
    return reader.list({ sql, values: cells.values, noun: NOUN }, toToken);
  }

  async find(id: string): Promise<StoredToken | null> {
    return this.#findBy('id', id);
  }

  async findByHash(hash: string): Promise<StoredToken | null> {
    return this.#findBy('hash', hash);
  }

  /** False if the user has one of that name. */
  async add(token: Omit<StoredToken, 'lastUsedAt' | 'revokedAt'>, hash: string): Promise<boolean> {
    const { writer, provider } = this.#connection;
    const cells = new Cells(provider);
    const insert = insertSql('api_tokens', { ...token, scope: { json: token.scope }, hash }, cells);
    const query = { sql: `${insert} ON CONFLICT DO NOTHING RETURNING "id"`, values: cells.values, noun: NOUN };
    return (await writer.write(query, () => true)).length > 0;
  }

  /** False if it was revoked before. */
  async revoke(id: string, revokedAt: Date): Promise<boolean> {
    const cells = new Cells(this.#connection.provider);
    const sql = `UPDATE "api_tokens" SET ${cells.assign({ revokedAt })}
      WHERE "id" = ${cells.add(id)} AND "revokedAt" IS NULL RETURNING "id"`;
    const query = { sql, values: cells.values, noun: NOUN };
    return (await this.#connection.writer.write(query, () => true)).length > 0;
  }

  async touch(id: string, lastUsedAt: Date): Promise<void> {
    const cells = new Cells(this.#connection.provider);
    const sql = `UPDATE "api_tokens" SET ${cells.assign({ lastUsedAt })} WHERE "id" = ${cells.add(id)}`;
    await this.#connection.writer.transaction((tx) => tx.execute(sql, ...cells.values));
  }

  async #findBy(column: string, value: string): Promise<StoredToken | null> {
    const { reader, provider } = this.#connection;
    const cells = new Cells(provider);
    const sql = `${SELECT} ${cells.where({ [column]: value }, 't')}`;
    return reader.find({ sql, values: cells.values, noun: NOUN }, toToken);
  }
}
