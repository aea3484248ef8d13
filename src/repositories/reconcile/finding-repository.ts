import type { Finding, FindingKind } from '../../types/finding.ts';
import type { Connection } from '../db/connection.ts';
import { bulkJson, dateParameter, placeholder, storableText, textListSql } from '../db/dialect.ts';
import { selected, Where } from '../db/where.ts';
import { FINDING_COLUMNS, toFinding } from './finding-rows.ts';

const NOUN = 'finding';
const SELECT = `SELECT ${selected(FINDING_COLUMNS, 'f')} FROM "findings" f`;

export interface FindingQuery {
  /** Not closed. */
  isOpen?: boolean | undefined;
  kinds?: readonly FindingKind[] | undefined;
  panels?: readonly string[] | undefined;
  accountKey?: string | undefined;
  /** First seen at that time or later. */
  since?: Date | undefined;
  /** Whom notifiers were not told of yet. */
  isUntold?: boolean | undefined;
}

/** Findings as people look at them and decide on them. */
export class FindingRepository {
  readonly #connection: Pick<Connection, 'reader' | 'writer'>;

  constructor(connection: Pick<Connection, 'reader' | 'writer'>) {
    this.#connection = connection;
  }

  /** The newest first. */
  async list({ isOpen, kinds, panels, accountKey, since, isUntold }: FindingQuery = {}): Promise<Finding[]> {
    const { reader } = this.#connection;
    const where = new Where(reader.provider)
      .among('f."kind"', kinds)
      .among('f."panelName"', panels)
      .is('f."accountKey"', '=', accountKey)
      .is('f."firstSeenAt"', '>=', since);
    if (isOpen === true) where.also('f."closedAt" IS NULL');
    if (isUntold === true) where.also('f."toldAt" IS NULL');
    const sql = `${SELECT} ${where.sql} ORDER BY f."firstSeenAt" DESC, f."id"`;
    return reader.list({ sql, values: where.values, noun: NOUN }, toFinding);
  }

  /** The one with this id; else those whose ids begin so, ten at most. */
  async find(idOrPrefix: string): Promise<Finding[]> {
    const { reader } = this.#connection;
    const begins = `substr(f."id", 1, ${idOrPrefix.length}) = ${placeholder(reader.provider, 1)}`;
    const sql = `${SELECT} WHERE ${begins} ORDER BY f."id" LIMIT 10`;
    const found = await reader.list({ sql, values: [storableText(idOrPrefix)], noun: NOUN }, toFinding);
    const exact = found.find(({ id }) => id === idOrPrefix);
    return exact === undefined ? found : [exact];
  }

  /** `by` null: it is not accepted any more. `until` null: for good. */
  async accept(id: string, accepted: { by: string | null; reason: string | null; until: Date | null }): Promise<void> {
    const { writer } = this.#connection;
    const [by, reason, until, which] = [1, 2, 3, 4].map((index) => placeholder(writer.provider, index));
    const sql = `UPDATE "findings" SET "acceptedBy" = ${by}, "acceptedReason" = ${reason}, "acceptedUntil" = ${until}
      WHERE "id" = ${which}`;
    const texts = [accepted.by, accepted.reason].map((text) => text && storableText(text));
    const at = accepted.until && dateParameter(writer.provider, accepted.until);
    await writer.transaction((tx) => tx.execute(sql, ...texts, at, id));
  }

  async assign(id: string, to: string | null): Promise<void> {
    const { writer } = this.#connection;
    const [name, which] = [placeholder(writer.provider, 1), placeholder(writer.provider, 2)];
    const sql = `UPDATE "findings" SET "assignedTo" = ${name} WHERE "id" = ${which}`;
    await writer.transaction((tx) => tx.execute(sql, to && storableText(to), id));
  }

  async markTold(ids: readonly string[], at: Date): Promise<void> {
    if (ids.length === 0) return;
    const { writer } = this.#connection;
    const sql = `UPDATE "findings" SET "toldAt" = ${placeholder(writer.provider, 1)}
      WHERE "id" IN (${textListSql(writer.provider, 2)})`;
    await writer.transaction((tx) => tx.execute(sql, dateParameter(writer.provider, at), bulkJson(ids)));
  }
}
