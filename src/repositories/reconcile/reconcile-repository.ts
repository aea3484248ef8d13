import type { FoundDifference, ReconcileReport } from '../../types/finding.ts';
import { RECONCILE_OUTCOMES } from '../../types/finding.ts';
import { MATCH_EVIDENCE, type PanelLink } from '../../types/panel.ts';
import { BulkWriter } from '../db/bulk-write.ts';
import type { Connection } from '../db/connection.ts';
import { bulkJson, dateParameter, placeholder, storableText, textListSql, type UpsertSpec } from '../db/dialect.ts';
import type { Row } from '../db/row.ts';
import type { SqlTransaction } from '../db/sql-transaction.ts';
import { isArrayOf, isNullOr, isNumber, isRecordOf, isShape, isText, isTexts } from '../db/stored-shape.ts';
import { Where } from '../db/where.ts';
import { FOUND } from './finding-rows.ts';

const LINKS = {
  table: 'panel_links',
  columns: {
    panelId: 'text',
    recordId: 'text',
    guestId: 'text',
    by: 'text',
    digest: 'text',
    since: 'datetime',
    linkedBy: 'text',
    owner: 'text',
  },
  key: ['panelId', 'recordId'],
} as const satisfies UpsertSpec;
const LINK_COLUMNS = Object.keys(LINKS.columns)
  .map((column) => `"${column}"`)
  .join(', ');
const RUNS = {
  table: 'reconcile_runs',
  columns: {
    id: 'text',
    accountKey: 'text',
    panels: 'json',
    startedAt: 'datetime',
    finishedAt: 'datetime',
    requestedBy: 'text',
    outcome: 'text',
    counts: 'json',
    issues: 'json',
  },
  key: ['id'],
} as const satisfies UpsertSpec;
const isCounts = isRecordOf(isNumber);
const isIssues = isArrayOf(isShape({ what: isText, message: isText, hint: isNullOr(isText) }));

/** What one reading of a panel came to. */
export interface PanelReadingNote {
  panelId: string;
  at: Date;
  count: number | null;
  /** null: the list was whole. */
  issue: string | null;
}

/** Everything that one comparison writes. */
export interface ReconcileWrite {
  run: ReconcileReport;
  found: readonly (FoundDifference & { id: string })[];
  closed: readonly { id: string; why: string }[];
  links: readonly PanelLink[];
  unlinked: readonly { panelId: string; recordId: string }[];
  readings: readonly PanelReadingNote[];
}

/** What comparisons need to know of earlier ones, and what they store. */
export class ReconcileRepository {
  readonly #connection: Pick<Connection, 'reader' | 'writer' | 'provider' | 'runForEach'>;

  constructor(connection: Pick<Connection, 'reader' | 'writer' | 'provider' | 'runForEach'>) {
    this.#connection = connection;
  }

  /** By the id of the record. */
  async links(panelId: string): Promise<ReadonlyMap<string, PanelLink>> {
    const { reader, provider } = this.#connection;
    const sql = `SELECT ${LINK_COLUMNS} FROM "panel_links" WHERE "panelId" = ${placeholder(provider, 1)}`;
    const query = { sql, values: [panelId], noun: 'link', key: ['recordId'] };
    const links = await reader.list(query, toLink);
    return new Map(links.map((link) => [link.recordId, link]));
  }

  /** Which guests records of panels are that say who owns them. */
  async owners(): Promise<Pick<PanelLink, 'panelId' | 'guestId' | 'owner'>[]> {
    const sql = `SELECT "panelId", "recordId", "guestId", "owner" FROM "panel_links"
      WHERE "owner" IS NOT NULL AND "guestId" <> ''`;
    return this.#connection.reader.list({ sql, noun: 'link', key: ['panelId', 'recordId'] }, (row) => ({
      panelId: row.text('panelId'),
      guestId: row.text('guestId'),
      owner: row.textOrNull('owner'),
    }));
  }

  /** Guests that were moved here from another cluster, by the id that each had there. */
  async moves(): Promise<ReadonlyMap<string, string>> {
    const sql = `SELECT g."previousId", g."id" FROM "guests" g WHERE g."previousId" IS NOT NULL AND g."id" IN (
      SELECT r."text" FROM "changes" c JOIN "texts" r ON r."id" = c."resource" JOIN "texts" l ON l."id" = c."label"
      WHERE l."text" LIKE '["guest","created","moved-cluster",%')`;
    const moves = await this.#connection.reader.list(
      { sql, noun: 'guest' },
      (row) => [row.text('previousId'), row.text('id')] as const,
    );
    return new Map(moves);
  }

  async link(link: PanelLink): Promise<void> {
    await this.#connection.writer.transaction(async (tx) => {
      await this.#bulk(tx).upsert(LINKS, [{ ...link }]);
    });
  }

  /** False where it was matched with none. */
  async unlink(panelId: string, recordId: string): Promise<boolean> {
    const { writer, provider } = this.#connection;
    const sql = `DELETE FROM "panel_links" WHERE "panelId" = ${placeholder(provider, 1)}
      AND "recordId" = ${placeholder(provider, 2)} AND "by" <> 'none' RETURNING "recordId"`;
    const query = { sql, values: [panelId, storableText(recordId)], noun: 'link', key: ['recordId'] };
    return (await writer.write(query, () => true)).length > 0;
  }

  /** One transaction: all of it or nothing. */
  async apply({ run, found, closed, links, unlinked, readings }: ReconcileWrite): Promise<void> {
    const { writer } = this.#connection;
    await writer.transaction(async (tx) => {
      const bulk = this.#bulk(tx);
      const at = run.finishedAt;
      await bulk.upsert(
        FOUND,
        found.map((one) => ({ ...one, openKey: one.key, firstSeenAt: at, lastSeenAt: at })),
      );
      await this.#close(tx, closed, at);
      await this.#unlink(tx, unlinked);
      await bulk.upsert(
        LINKS,
        links.map((link) => ({ ...link })),
      );
      await this.#note(tx, readings);
      await bulk.upsert(RUNS, [{ ...run, panels: [...run.panels], issues: [...run.issues] }]);
      if (run.accountKey !== null) await this.#dropEarlier(tx, run.accountKey, run.id);
    });
  }

  /** The last one of that account, or of all accounts; null: there is none. */
  async lastRun(accountKey: string | null): Promise<ReconcileReport | null> {
    const { reader, provider } = this.#connection;
    const where = new Where(provider);
    if (accountKey === null) where.also('"accountKey" IS NULL');
    else where.is('"accountKey"', '=', accountKey);
    const columns = Object.keys(RUNS.columns).map((column) => `"${column}"`);
    const sql = `SELECT ${columns.join(', ')} FROM "reconcile_runs" ${where.sql} ORDER BY "finishedAt" DESC, "id" LIMIT 1`;
    return reader.find({ sql, values: where.values, noun: 'run' }, (row) => ({
      id: row.text('id'),
      accountKey: row.textOrNull('accountKey'),
      panels: row.json('panels', isTexts),
      startedAt: row.time('startedAt'),
      finishedAt: row.time('finishedAt'),
      requestedBy: row.text('requestedBy'),
      outcome: row.word('outcome', RECONCILE_OUTCOMES),
      counts: toCounts(row.json('counts', isCounts)),
      issues: row.json('issues', isIssues),
    }));
  }

  /** Of an account the last run is kept: there may be many accounts, and each may ask often. */
  async #dropEarlier(tx: SqlTransaction, accountKey: string, id: string): Promise<void> {
    const [key, last] = [1, 2].map((index) => placeholder(this.#connection.provider, index));
    const sql = `DELETE FROM "reconcile_runs" WHERE "accountKey" = ${key} AND "id" <> ${last}`;
    await tx.execute(sql, accountKey, id);
  }

  async #close(tx: SqlTransaction, closed: ReconcileWrite['closed'], at: Date): Promise<void> {
    const { provider } = this.#connection;
    for (const why of new Set(closed.map((one) => one.why))) {
      const ids = closed.filter((one) => one.why === why).map(({ id }) => id);
      const sql = `UPDATE "findings" SET "openKey" = NULL, "closedAt" = ${placeholder(provider, 1)},
        "closedWhy" = ${placeholder(provider, 2)} WHERE "closedAt" IS NULL AND "id" IN (${textListSql(provider, 3)})`;
      await tx.execute(sql, dateParameter(provider, at), why, bulkJson(ids));
    }
  }

  async #unlink(tx: SqlTransaction, unlinked: ReconcileWrite['unlinked']): Promise<void> {
    const { provider } = this.#connection;
    for (const panelId of new Set(unlinked.map((one) => one.panelId))) {
      const records = unlinked.filter((one) => one.panelId === panelId).map(({ recordId }) => recordId);
      const sql = `DELETE FROM "panel_links" WHERE "panelId" = ${placeholder(provider, 1)}
        AND "recordId" IN (${textListSql(provider, 2)})`;
      await tx.execute(sql, panelId, bulkJson(records));
    }
  }

  async #note(tx: SqlTransaction, readings: readonly PanelReadingNote[]): Promise<void> {
    const { provider } = this.#connection;
    for (const { panelId, at, count, issue } of readings) {
      const marks = [1, 2, 3, 4, 5].map((index) => placeholder(provider, index));
      const [read, complete, number, why, id] = marks;
      const sql = `UPDATE "panels" SET "lastReadAt" = ${read}, "lastCompleteAt" = COALESCE(${complete}, "lastCompleteAt"),
        "lastCount" = COALESCE(${number}, "lastCount"), "lastIssue" = ${why} WHERE "id" = ${id}`;
      const time = dateParameter(provider, at);
      await tx.execute(sql, time, issue === null ? time : null, issue === null ? count : null, issue, panelId);
    }
  }

  #bulk(tx: SqlTransaction): BulkWriter {
    return new BulkWriter(tx, this.#connection.provider, this.#connection.runForEach);
  }
}

function toLink(row: Row): PanelLink {
  return {
    panelId: row.text('panelId'),
    recordId: row.text('recordId'),
    guestId: row.text('guestId'),
    by: row.word('by', MATCH_EVIDENCE),
    digest: row.text('digest'),
    since: row.time('since'),
    linkedBy: row.textOrNull('linkedBy'),
    owner: row.textOrNull('owner'),
  };
}

function toCounts(counts: Readonly<Record<string, number>>): ReconcileReport['counts'] {
  const of = (key: string) => counts[key] ?? 0;
  return {
    records: of('records'),
    guests: of('guests'),
    matched: of('matched'),
    new: of('new'),
    updated: of('updated'),
    opened: of('opened'),
    closed: of('closed'),
    open: of('open'),
    errors: of('errors'),
  };
}
