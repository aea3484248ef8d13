import {
  type BilledServer,
  type BillingProposal,
  type PlannedProposal,
  type ProposalState,
  SIGHTING_STATES,
  type Sighting,
  type Transaction,
} from '../../types/billing.ts';
import type { Finding } from '../../types/finding.ts';
import { PRESENCES, type Presence } from '../../types/presence.ts';
import { BulkWriter } from '../db/bulk-write.ts';
import type { Connection } from '../db/connection.ts';
import { bulkJson, dateParameter, placeholder, storableText, textListSql } from '../db/dialect.ts';
import { selected, Where } from '../db/where.ts';
import {
  columnsOf,
  PROPOSALS,
  SERVERS,
  sizeOf,
  TRANSACTIONS,
  toProposal,
  toServer,
  toTransaction,
} from './billing-rows.ts';
import { FINDING_COLUMNS, toFinding } from './finding-rows.ts';

/** A guest as billing needs it. */
export interface BillingGuest {
  id: string;
  providerId: string;
  nativeId: string;
  presence: Presence;
  goneAt: Date | null;
  isTemplate: boolean;
  cpus: number | null;
  memoryBytes: number | null;
  diskBytes: number | null;
}

/** What proposals are made from. Guests and sightings: of the servers of the book, and of findings. */
export interface BillingFacts {
  findings: readonly Finding[];
  guests: readonly BillingGuest[];
  sightings: readonly Sighting[];
  /** Which of these guests panels have records of. */
  records: readonly { guestId: string; panelName: string }[];
  servers: readonly BilledServer[];
  transactions: readonly Transaction[];
  open: readonly BillingProposal[];
  rejected: readonly BillingProposal[];
}

const PROPOSAL_COLUMNS = `${columnsOf(PROPOSALS)}, "decidedAt", "decidedBy", "rev"`;

/** Proposals, and what they are made from. */
export class BillingRepository {
  readonly #connection: Pick<Connection, 'reader' | 'writer' | 'runForEach' | 'provider'>;

  constructor(connection: Pick<Connection, 'reader' | 'writer' | 'runForEach' | 'provider'>) {
    this.#connection = connection;
  }

  async loadFacts(): Promise<BillingFacts> {
    const [findings, servers, transactions, open, rejected] = await Promise.all([
      this.#findings(),
      this.servers(),
      this.transactions(),
      this.list({ state: 'open' }),
      this.list({ state: 'rejected' }),
    ]);
    const guestIds = [...new Set([...findings, ...servers].flatMap(({ guestId }) => guestId ?? []))];
    const [guests, sightings, records] = await Promise.all([
      this.#guests(guestIds),
      this.#sightings(guestIds),
      this.#records(guestIds),
    ]);
    return { findings, guests, sightings, records, servers, transactions, open, rejected };
  }

  /** The newest first. */
  async list({
    state,
    account,
  }: {
    state?: ProposalState;
    account?: string | undefined;
  } = {}): Promise<BillingProposal[]> {
    const { reader, provider } = this.#connection;
    const where = new Where(provider).is('"state"', '=', state).is('"accountKey"', '=', account);
    const sql = `SELECT ${PROPOSAL_COLUMNS} FROM "billing_proposals" ${where.sql} ORDER BY "createdAt" DESC, "id"`;
    return reader.list({ sql, values: where.values, noun: 'proposal' }, toProposal);
  }

  /** The one with this id; else those whose ids begin so, ten at most. */
  async find(idOrPrefix: string): Promise<BillingProposal[]> {
    const { reader, provider } = this.#connection;
    const begins = `substr("id", 1, ${idOrPrefix.length}) = ${placeholder(provider, 1)}`;
    const sql = `SELECT ${PROPOSAL_COLUMNS} FROM "billing_proposals" WHERE ${begins} ORDER BY "id" LIMIT 10`;
    const found = await reader.list({ sql, values: [storableText(idOrPrefix)], noun: 'proposal' }, toProposal);
    const exact = found.find(({ id }) => id === idOrPrefix);
    return exact === undefined ? found : [exact];
  }

  /** Opens proposals and puts others out of date. Returns how many were opened: another process may have opened the same. */
  async save(
    outdate: readonly string[],
    open: readonly (PlannedProposal & { id: string })[],
    now: Date,
  ): Promise<number> {
    const { writer, provider, runForEach } = this.#connection;
    return writer.transaction(async (tx) => {
      if (outdate.length > 0) {
        const sql = `UPDATE "billing_proposals" SET "state" = 'outdated', "openKey" = NULL,
          "decidedAt" = ${placeholder(provider, 1)} WHERE "state" = 'open' AND "id" IN (${textListSql(provider, 2)})`;
        await tx.execute(sql, dateParameter(provider, now), bulkJson(outdate));
      }
      const rows = open.map((one) => ({ ...one, openKey: one.key, state: 'open', createdAt: now }));
      return new BulkWriter(tx, provider, runForEach).upsert(PROPOSALS, rows);
    });
  }

  /** False if it is not open any more. */
  async reject(id: string, { by, reason, now }: { by: string; reason: string; now: Date }): Promise<boolean> {
    const { writer, provider } = this.#connection;
    const [first, second, third] = [1, 2, 3].map((index) => placeholder(provider, index));
    const sql = `UPDATE "billing_proposals" SET "state" = 'rejected', "openKey" = NULL, "decidedAt" = ${first},
      "decidedBy" = ${second} WHERE "id" = ${third} AND "state" = 'open' RETURNING "id"`;
    const values = [dateParameter(provider, now), `${by}: ${reason}`, id];
    return (await writer.write({ sql, values, noun: 'proposal' }, () => true)).length > 0;
  }

  async servers({ account }: { account?: string | undefined } = {}): Promise<BilledServer[]> {
    const { reader, provider } = this.#connection;
    const where = new Where(provider).is('"accountKey"', '=', account);
    const sql = `SELECT ${columnsOf(SERVERS)} FROM "servers" ${where.sql} ORDER BY "accountKey", "name", "id"`;
    return reader.list({ sql, values: where.values, noun: 'server' }, toServer);
  }

  /** In the order in which they were made. */
  async transactions({
    since,
    account,
  }: {
    since?: Date | undefined;
    account?: string | undefined;
  } = {}): Promise<Transaction[]> {
    const { reader, provider } = this.#connection;
    const where = new Where(provider).is('"at"', '>=', since);
    if (account !== undefined)
      where.also(`"serverId" IN (SELECT "id" FROM "servers" WHERE "accountKey" = ${where.parameter(account)})`);
    const sql = `SELECT ${columnsOf(TRANSACTIONS)} FROM "transactions" ${where.sql} ORDER BY "rev", "seq"`;
    return reader.list({ sql, values: where.values, noun: 'transaction' }, toTransaction);
  }

  async #findings(): Promise<Finding[]> {
    // While its panel cannot be read whole, nothing is concluded from what it said before. The account book is no
    // panel that could credit anything: a server of it whose machine is gone is closed.
    const sql = `SELECT ${selected(FINDING_COLUMNS, 'f')} FROM "findings" f WHERE f."closedAt" IS NULL
      AND NOT EXISTS (SELECT 1 FROM "panels" p WHERE p."name" = f."panelName" 
        AND (p."lastIssue" IS NOT NULL OR (p."type" = 'rollcall' AND f."kind" <> 'external-server')))
      ORDER BY f."firstSeenAt", f."id"`;
    return this.#connection.reader.list({ sql, noun: 'finding' }, toFinding);
  }

  async #guests(ids: readonly string[]): Promise<BillingGuest[]> {
    const where = new Where(this.#connection.provider).among('"id"', ids);
    const sql = `SELECT "id", "providerId", "nativeId", "presence", "goneAt", "isTemplate", "cpus", "memoryBytes", "diskBytes"
      FROM "guests" ${where.sql}`;
    return this.#connection.reader.list({ sql, values: where.values, noun: 'guest' }, (row) => ({
      id: row.text('id'),
      providerId: row.text('providerId'),
      nativeId: row.text('nativeId'),
      presence: row.word('presence', PRESENCES),
      goneAt: row.timeOrNull('goneAt'),
      isTemplate: row.boolean('isTemplate'),
      ...sizeOf(row),
    }));
  }

  async #records(guestIds: readonly string[]): Promise<{ guestId: string; panelName: string }[]> {
    const where = new Where(this.#connection.provider).among('l."guestId"', guestIds);
    const sql = `SELECT DISTINCT l."guestId", p."name" AS "panelName" FROM "panel_links" l
      JOIN "panels" p ON p."id" = l."panelId" ${where.sql} ORDER BY l."guestId", p."name"`;
    const query = { sql, values: where.values, noun: 'panel link', key: ['guestId'] };
    return this.#connection.reader.list(query, (row) => ({
      guestId: row.text('guestId'),
      panelName: row.text('panelName'),
    }));
  }

  async #sightings(guestIds: readonly string[]): Promise<Sighting[]> {
    const where = new Where(this.#connection.provider).among('"guestId"', guestIds);
    const sql = `SELECT "guestId", "state", "fromHour", "toHour", "cpus", "memoryBytes", "diskBytes"
      FROM "sightings" ${where.sql} ORDER BY "guestId", "fromHour"`;
    const query = { sql, values: where.values, noun: 'sighting', key: ['guestId', 'fromHour'] };
    return this.#connection.reader.list(query, (row) => ({
      guestId: row.text('guestId'),
      state: row.word('state', SIGHTING_STATES),
      fromHour: row.number('fromHour'),
      toHour: row.number('toHour'),
      ...sizeOf(row),
    }));
  }
}
