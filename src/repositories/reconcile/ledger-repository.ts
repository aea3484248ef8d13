import {
  type BilledServer,
  hourOf,
  PROPOSAL_STATES,
  type ProposalKind,
  type Transaction,
} from '../../types/billing.ts';
import { BulkWriter } from '../db/bulk-write.ts';
import type { Connection } from '../db/connection.ts';
import { bulkJson, dateParameter, placeholder, rowsSql } from '../db/dialect.ts';
import type { SqlTransaction } from '../db/sql-transaction.ts';
import { appendRevision, lockHead } from '../history/append-revision.ts';
import { SERVERS, TRANSACTIONS } from './billing-rows.ts';
import { rowDigest } from './book-digest.ts';

/** The rows of one proposal; their revision is not known yet. */
export interface BookEntries {
  proposalId: string;
  kind: ProposalKind;
  guestId: string;
  server: Omit<BilledServer, 'rev' | 'seq'> | null;
  transactions: readonly Omit<Transaction, 'rev' | 'seq'>[];
  by: string;
}

/** `why`: nothing was written. */
export type Applied = { rev: number; why: null } | { rev: null; why: string };

/** Adds to the account book. Rows are never changed. */
export class LedgerRepository {
  readonly #connection: Pick<Connection, 'writer' | 'runForEach' | 'provider'>;

  constructor(connection: Pick<Connection, 'writer' | 'runForEach' | 'provider'>) {
    this.#connection = connection;
  }

  /** Writes the rows of a proposal and their revision in one transaction, if the book still allows it under the lock of the history. */
  async apply(entries: BookEntries, now: Date): Promise<Applied> {
    const { writer, provider, runForEach } = this.#connection;
    return writer.transaction(async (tx) => {
      const head = await lockHead(tx);
      const why = await this.#whyNot(tx, entries, now);
      if (why !== null) return { rev: null, why };
      const bulk = new BulkWriter(tx, provider, runForEach);
      const place = { rev: head.rev + 1 };
      const servers = entries.server === null ? [] : [{ ...entries.server, ...place, seq: 0 }];
      const transactions = entries.transactions.map((entry, seq) => ({ ...entry, ...place, seq }));
      await bulk.upsert(SERVERS, servers);
      await bulk.upsert(TRANSACTIONS, transactions);
      const detail = {
        servers: servers.map((row) => rowDigest('servers', row)),
        transactions: transactions.map((row) => rowDigest('transactions', row)),
      };
      const { rev } = await appendRevision(tx, bulk, head, {
        kind: 'billing',
        providerId: null,
        runId: null,
        at: now,
        detail,
      });
      const [first, second, third, fourth] = [1, 2, 3, 4].map((index) => placeholder(provider, index));
      const sql = `UPDATE "billing_proposals" SET "state" = 'applied', "openKey" = NULL, "decidedAt" = ${first},
        "decidedBy" = ${second}, "rev" = ${third} WHERE "id" = ${fourth}`;
      await tx.execute(sql, dateParameter(provider, now), entries.by, rev, entries.proposalId);
      return { rev, why: null };
    });
  }

  async #whyNot(tx: SqlTransaction, entries: BookEntries, now: Date): Promise<string | null> {
    const only = placeholder(this.#connection.provider, 1);
    // Locks its row: whoever rejects it at this moment waits, or is waited for.
    const asked = {
      sql: `UPDATE "billing_proposals" SET "state" = "state" WHERE "id" = ${only} RETURNING "id", "state"`,
      values: [entries.proposalId],
    };
    const [state] = await tx.list({ ...asked, noun: 'proposal' }, (row) => row.word('state', PROPOSAL_STATES));
    if (state !== 'open') return state === undefined ? 'it is not there any more' : `it is ${state} already`;
    if (entries.transactions.some(({ toHour }) => toHour !== null && toHour > hourOf(now)))
      return 'it is about hours that have not passed: a clock was set back';
    const book = {
      sql: `SELECT s."id", EXISTS (SELECT 1 FROM "transactions" t WHERE t."serverId" = s."id" AND t."kind" = 'close') AS "isClosed"
        FROM "servers" s WHERE s."guestId" = ${only}`,
      values: [entries.guestId],
      noun: 'server',
    };
    const [server] = await tx.list(book, (row) => ({ isClosed: row.boolean('isClosed') }));
    if (entries.kind === 'create' && server !== undefined) return 'the server is in the account book already';
    if (entries.kind !== 'create' && server === undefined) return 'the server is not in the account book';
    if (server?.isClosed && entries.kind !== 'credit') return 'the server was closed already';
    return (await this.#overlaps(tx, entries)) ? 'some of its hours are in the account book already' : null;
  }

  async #overlaps(tx: SqlTransaction, { transactions }: BookEntries): Promise<boolean> {
    const rows = transactions.map(({ guestId, kind, fromHour, toHour }) => ({ guestId, kind, fromHour, toHour }));
    const columns = { guestId: 'text', kind: 'text', fromHour: 'int', toHour: 'int' } as const;
    const sql = `SELECT t."id" FROM "transactions" t JOIN ${rowsSql(this.#connection.provider, columns)}
      ON t."guestId" = r."guestId" AND t."kind" = r."kind" AND t."fromHour" < r."toHour" AND t."toHour" > r."fromHour" LIMIT 1`;
    return (await tx.list({ sql, values: [bulkJson(rows)], noun: 'transaction' }, () => true)).length > 0;
  }
}
