import { type BillingProposal, PROPOSAL_KINDS, PROPOSAL_STATES, type ProposalState } from '../../types/billing.ts';
import type { Connection } from '../db/connection.ts';
import type { Row } from '../db/row.ts';
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

  /** The newest first. */
  async list({ states, limit }: { states: readonly ProposalState[]; limit: number }): Promise<BillingProposal[]> {
    const where = new Where(this.#reader.provider).among('"state"', states);
    const sql = `SELECT ${COLUMNS.map((column) => `"${column}"`).join(', ')} FROM "billing_proposals" ${where.sql}
      ORDER BY "createdAt" DESC, "id" LIMIT ${limit}`;
    return this.#reader.list({ sql, values: where.values, noun: 'proposal' }, toProposal);
  }

  async #count(table: 'billing_proposals' | 'servers', where: Where): Promise<number> {
    const sql = `SELECT COUNT(*) AS "count" FROM "${table}" ${where.sql}`;
    const query = { sql, values: where.values, noun: 'count', key: ['count'] };
    return (await this.#reader.find(query, (row) => row.number('count'))) ?? 0;
  }
}

const COLUMNS = [
  'id',
  'kind',
  'key',
  'state',
  'accountKey',
  'panelName',
  'findingId',
  'guestId',
  'recordId',
  'subject',
  'detail',
  'rate',
  'amount',
  'currency',
  'priceVersion',
  'createdAt',
  'decidedAt',
  'decidedBy',
  'rev',
] as const;

function toProposal(row: Row): BillingProposal {
  return {
    id: row.text('id'),
    kind: row.word('kind', PROPOSAL_KINDS),
    key: row.text('key'),
    state: row.word('state', PROPOSAL_STATES),
    accountKey: row.textOrNull('accountKey'),
    panelName: row.text('panelName'),
    findingId: row.textOrNull('findingId'),
    guestId: row.text('guestId'),
    recordId: row.textOrNull('recordId'),
    subject: row.text('subject'),
    detail: row.json('detail', isAnything),
    rate: row.textOrNull('rate'),
    amount: row.textOrNull('amount'),
    currency: row.textOrNull('currency'),
    priceVersion: row.numberOrNull('priceVersion'),
    createdAt: row.time('createdAt'),
    decidedAt: row.timeOrNull('decidedAt'),
    decidedBy: row.textOrNull('decidedBy'),
    rev: row.numberOrNull('rev'),
  };
}

function isAnything(_value: unknown): _value is unknown {
  return true;
}
