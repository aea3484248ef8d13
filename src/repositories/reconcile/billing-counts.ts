import type { Connection } from '../db/connection.ts';
import { Where } from '../db/where.ts';

/** What cross-checks tell of the account book. */
export class BillingCounts {
  readonly #reader: Connection['reader'];

  constructor({ reader }: Pick<Connection, 'reader'>) {
    this.#reader = reader;
  }

  /** Of one account, or of all. */
  async openProposals(accountKey: string | undefined): Promise<number> {
    const where = new Where(this.#reader.provider).is('"accountKey"', '=', accountKey).is('"state"', '=', 'open');
    return this.#count('billing_proposals', where);
  }

  /** Servers in the book, of one account or of all. */
  async servers(accountKey: string | undefined): Promise<number> {
    return this.#count('servers', new Where(this.#reader.provider).is('"accountKey"', '=', accountKey));
  }

  async #count(table: 'billing_proposals' | 'servers', where: Where): Promise<number> {
    const sql = `SELECT COUNT(*) AS "count" FROM "${table}" ${where.sql}`;
    const query = { sql, values: where.values, noun: 'count', key: ['count'] };
    return (await this.#reader.find(query, (row) => row.number('count'))) ?? 0;
  }
}
