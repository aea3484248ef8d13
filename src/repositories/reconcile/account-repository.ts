import type { Account, ExternalId } from '../../types/account.ts';
import { AppError } from '../../types/errors.ts';
import { groupBy } from '../../types/group-by.ts';
import { BulkWriter } from '../db/bulk-write.ts';
import type { Connection } from '../db/connection.ts';
import { placeholder, storableText, type UpsertSpec } from '../db/dialect.ts';
import type { SqlTransaction } from '../db/sql-transaction.ts';

const ACCOUNTS = {
  table: 'accounts',
  columns: { id: 'text', name: 'text', createdAt: 'datetime', createdBy: 'text' },
  key: ['name'],
  ignoreExisting: true,
} as const satisfies UpsertSpec;
const IDS = {
  table: 'account_ids',
  columns: { system: 'text', value: 'text', accountId: 'text' },
  key: ['system', 'value'],
  ignoreExisting: true,
} as const satisfies UpsertSpec;

export class AccountRepository {
  readonly #connection: Pick<Connection, 'reader' | 'writer' | 'provider' | 'runForEach'>;

  constructor(connection: Pick<Connection, 'reader' | 'writer' | 'provider' | 'runForEach'>) {
    this.#connection = connection;
  }

  /** By name. */
  async list(): Promise<Account[]> {
    const { reader } = this.#connection;
    const ids = await reader.list(
      {
        sql: 'SELECT "system", "value", "accountId" FROM "account_ids" ORDER BY "system", "value"',
        noun: 'account id',
        key: ['system', 'value'],
      },
      (row) => ({ accountId: row.text('accountId'), id: { system: row.text('system'), value: row.text('value') } }),
    );
    const byAccount = groupBy(ids, ({ accountId }) => accountId);
    const sql = 'SELECT "id", "name", "createdAt", "createdBy" FROM "accounts" ORDER BY "name"';
    return reader.list({ sql, noun: 'account' }, (row) => ({
      id: row.text('id'),
      name: row.text('name'),
      createdAt: row.time('createdAt'),
      createdBy: row.text('createdBy'),
      ids: (byAccount.get(row.text('id')) ?? []).map(({ id }) => id),
    }));
  }

  /** All of them or none. Throws AppError('configuration') for a name or an id that another account has. */
  async add(accounts: readonly Account[]): Promise<void> {
    await this.#connection.writer.transaction(async (tx) => {
      const added = await this.#bulk(tx).upsert(ACCOUNTS, accounts.map(toRow));
      if (added !== accounts.length) throw taken('an account of that name is there already');
      await this.#addIds(
        tx,
        accounts.flatMap(({ id, ids }) => ids.map((one) => ({ ...one, accountId: id }))),
      );
    });
  }

  /** Throws AppError('configuration') for an id that another account has. */
  async addIds(accountId: string, ids: readonly ExternalId[]): Promise<void> {
    await this.#connection.writer.transaction((tx) =>
      this.#addIds(
        tx,
        ids.map((one) => ({ ...one, accountId })),
      ),
    );
  }

  async removeIds(accountId: string, ids: readonly ExternalId[]): Promise<void> {
    const [first, second, third] = this.#marks(3);
    const sql = `DELETE FROM "account_ids" WHERE "accountId" = ${first} AND "system" = ${second} AND "value" = ${third}`;
    await this.#connection.writer.transaction(async (tx) => {
      for (const { system, value } of ids) await tx.execute(sql, accountId, storableText(system), storableText(value));
    });
  }

  async remove(id: string): Promise<void> {
    const [only] = this.#marks(1);
    await this.#connection.writer.transaction(async (tx) => {
      await tx.execute(`DELETE FROM "account_ids" WHERE "accountId" = ${only}`, id);
      await tx.execute(`DELETE FROM "accounts" WHERE "id" = ${only}`, id);
    });
  }

  async #addIds(tx: SqlTransaction, rows: readonly { system: string; value: string; accountId: string }[]) {
    if (rows.length === 0) return;
    const added = await this.#bulk(tx).upsert(IDS, rows);
    if (added !== rows.length) throw taken('another account has one of these ids, or this one has it already');
  }

  #bulk(tx: SqlTransaction): BulkWriter {
    return new BulkWriter(tx, this.#connection.provider, this.#connection.runForEach);
  }

  #marks(count: number): string[] {
    return Array.from({ length: count }, (_, index) => placeholder(this.#connection.provider, index + 1));
  }
}

function toRow({ id, name, createdAt, createdBy }: Account) {
  return { id, name, createdAt, createdBy };
}

function taken(message: string): AppError {
  return new AppError('configuration', message, { hint: 'see `rollcall accounts list`' });
}
