import type { StoredUser } from '../../types/people.ts';
import type { AccessScope, Role } from '../../types/principal.ts';
import type { Connection } from '../db/connection.ts';
import type { SqlTransaction } from '../db/sql-transaction.ts';
import { Cells, columnsOf, insertSql } from './cells.ts';
import { toUser, USER_COLUMNS } from './people-rows.ts';

const SELECT = `SELECT ${columnsOf(USER_COLUMNS, 'u')} FROM "users" u`;
const NOUN = 'user';

export type NewUser = Omit<StoredUser, 'disabledAt' | 'lastLoginAt' | 'passwordHash' | 'inviteUntil'> & {
  passwordHash?: string | null;
};

/** Absent: it stays as it is. */
export interface UserChange {
  displayName?: string | null | undefined;
  role?: Role | undefined;
  scope?: AccessScope | null | undefined;
  accountKey?: string | null | undefined;
  passwordHash?: string | undefined;
  disabledAt?: Date | null | undefined;
  /** A link that sets a password counts no more. */
  dropsInvite?: boolean;
}

/** Of all users after a change, and before. */
type IsAllowed = (after: readonly StoredUser[], before: readonly StoredUser[]) => boolean;

export class UserRepository {
  readonly #connection: Pick<Connection, 'reader' | 'writer' | 'provider'>;

  constructor(connection: Pick<Connection, 'reader' | 'writer' | 'provider'>) {
    this.#connection = connection;
  }

  /** By name. */
  async list(): Promise<StoredUser[]> {
    return this.#connection.reader.list({ sql: `${SELECT} ORDER BY u."name"`, noun: NOUN }, toUser);
  }

  async hasAny(): Promise<boolean> {
    const query = { sql: 'SELECT u."id" FROM "users" u LIMIT 1', noun: NOUN };
    return (await this.#connection.reader.find(query, () => true)) !== null;
  }

  async find(id: string): Promise<StoredUser | null> {
    return this.#findBy({ id });
  }

  async findByName(name: string): Promise<StoredUser | null> {
    return this.#findBy({ name });
  }

  async findBySubject(issuer: string, subject: string): Promise<StoredUser | null> {
    return this.#findBy({ issuer, subject });
  }

  async findByInvite(inviteHash: string): Promise<StoredUser | null> {
    return this.#findBy({ inviteHash });
  }

  /** False if the name, or the subject of the issuer, is taken. */
  async add(user: NewUser): Promise<boolean> {
    const { writer, provider } = this.#connection;
    const cells = new Cells(provider);
    const insert = insertSql('users', { passwordHash: null, ...user, scope: { json: user.scope } }, cells);
    const sql = `${insert} ON CONFLICT DO NOTHING RETURNING "id"`;
    return (await writer.write({ sql, values: cells.values, noun: NOUN }, () => true)).length > 0;
  }

  /**
   * Changes one user if `isAllowed` says so of all users as they would be then; no other change gets in between. Gives the user from
   * before; null: it was not allowed, or there is none.
   */
  async change(id: string, change: UserChange, isAllowed: IsAllowed): Promise<StoredUser | null> {
    return this.#guarded(async (tx, all) => {
      const before = all.find((user) => user.id === id);
      const after = all.map((user) => (user.id === id ? { ...user, ...given(change) } : user));
      if (before === undefined || !isAllowed(after, all)) return null;
      const cells = new Cells(this.#connection.provider);
      const { scope, ...others } = given(change);
      const sets = cells.assign({
        ...others,
        ...(scope !== undefined && { scope: { json: scope } }),
        ...(change.dropsInvite && { inviteHash: null, inviteUntil: null }),
      });
      if (sets !== '') await tx.execute(`UPDATE "users" SET ${sets} WHERE "id" = ${cells.add(id)}`, ...cells.values);
      return before;
    });
  }

  /** With sessions and tokens. As {@link change}. */
  async remove(id: string, isAllowed: IsAllowed): Promise<boolean> {
    return this.#guarded(async (tx, all) => {
      if (
        !isAllowed(
          all.filter((user) => user.id !== id),
          all,
        )
      )
        return false;
      const cells = new Cells(this.#connection.provider);
      await tx.execute(`DELETE FROM "users" WHERE "id" = ${cells.add(id)}`, ...cells.values);
      return true;
    });
  }

  /** An earlier link counts no more. */
  async setInvite(id: string, { inviteHash, inviteUntil }: { inviteHash: string; inviteUntil: Date }): Promise<void> {
    await this.#update({ inviteHash, inviteUntil }, { id });
  }

  /** Uses up the link. False: it was used, replaced or has run out meanwhile. */
  async takeInvite(inviteHash: string, passwordHash: string, now: Date): Promise<boolean> {
    const cells = new Cells(this.#connection.provider);
    const sets = cells.assign({ passwordHash, inviteHash: null, inviteUntil: null });
    const sql = `UPDATE "users" SET ${sets} WHERE "inviteHash" = ${cells.add(inviteHash)}
      AND "inviteUntil" > ${cells.add(now)} AND "disabledAt" IS NULL RETURNING "id"`;
    const query = { sql, values: cells.values, noun: NOUN };
    return (await this.#connection.writer.write(query, () => true)).length > 0;
  }

  async setLastLogin(id: string, lastLoginAt: Date): Promise<void> {
    await this.#update({ lastLoginAt }, { id });
  }

  async #findBy(columns: Readonly<Record<string, string>>): Promise<StoredUser | null> {
    const { reader, provider } = this.#connection;
    const cells = new Cells(provider);
    const sql = `${SELECT} ${cells.where(columns, 'u')}`;
    return reader.find({ sql, values: cells.values, noun: NOUN }, toUser);
  }

  async #update(columns: Readonly<Record<string, string | Date | null>>, { id }: { id: string }): Promise<void> {
    const cells = new Cells(this.#connection.provider);
    const sql = `UPDATE "users" SET ${cells.assign(columns)} WHERE "id" = ${cells.add(id)}`;
    await this.#connection.writer.transaction((tx) => tx.execute(sql, ...cells.values));
  }

  /** Nobody else changes users meanwhile: SQLite has one writer anyway. */
  async #guarded<T>(work: (tx: SqlTransaction, all: readonly StoredUser[]) => Promise<T>): Promise<T> {
    const { writer, provider } = this.#connection;
    return writer.transaction(async (tx) => {
      if (provider === 'postgresql') await tx.execute('LOCK TABLE "users" IN SHARE ROW EXCLUSIVE MODE');
      return work(tx, await tx.list({ sql: SELECT, noun: NOUN }, toUser));
    });
  }
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function given({
  displayName,
  role,
  scope,
  accountKey,
  passwordHash,
  disabledAt,
}: UserChange): Given<Omit<UserChange, 'dropsInvite'>> {
  return {
    ...(displayName !== undefined && { displayName }),
    ...(role !== undefined && { role }),
    ...(scope !== undefined && { scope }),
    ...(accountKey !== undefined && { accountKey }),
    ...(passwordHash !== undefined && { passwordHash }),
    ...(disabledAt !== undefined && { disabledAt }),
  };
}
