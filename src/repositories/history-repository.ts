import type { Document, Patch } from '../types/document.ts';
import type { Change, ChangeKind, ResourceType } from '../types/history.ts';
import { changeIdSql, labelOf, patchOf, REV_OF_CHANGE } from './change-codec.ts';
import { type ChangeLabel, decodeLabel } from './change-label.ts';
import { type ChangePage, changeSearch } from './change-search.ts';
import type { Connection } from './connection.ts';
import { bulkJson, placeholder, textListSql } from './dialect.ts';
import { isDocument } from './document-shape.ts';
import { isPruneDetail, toChange } from './history-rows.ts';
import { providerLabels } from './provider-labels.ts';
import type { Reader } from './reader.ts';
import type { Row } from './row.ts';

export interface CurrentState {
  id: string;
  document: Document;
  presence: string;
}

/** A change as going back in time needs it; `patch` is null once retention has dropped it. */
export interface LaterStep {
  resourceId: string;
  kind: ChangeKind;
  patch: Patch | null;
}

/** What leads from a revision to the next snapshot of each resource, or to its current document where there is none. */
export interface LaterHistory {
  /** The documents to start from, of the resources that have a later snapshot. */
  snapshots: Map<string, Document>;
  /** Newest first. */
  steps: LaterStep[];
}

const TABLES = { guest: 'guests', node: 'nodes', storage: 'storages' } as const satisfies Record<ResourceType, string>;
const NO_REV = 2 ** 31 - 1;

/** The revisions, changes and snapshots. Reads only. */
export class HistoryRepository {
  readonly #reader: Reader;

  constructor({ reader }: Pick<Connection, 'reader'>) {
    this.#reader = reader;
  }

  /** The last revision at or before a time; 0 when there is none. */
  async revisionAt(at: Date): Promise<number> {
    const sql = `SELECT "rev" FROM "revisions" WHERE "at" <= ${at.getTime()} ORDER BY "at" DESC, "rev" DESC LIMIT 1`;
    return (await this.#reader.find({ sql, ...REVISION }, toRev)) ?? 0;
  }

  /** The first revision at or after a time; null when there is none. */
  async revisionSince(at: Date): Promise<number | null> {
    const sql = `SELECT "rev" FROM "revisions" WHERE "at" >= ${at.getTime()} ORDER BY "at", "rev" LIMIT 1`;
    return this.#reader.find({ sql, ...REVISION }, toRev);
  }

  /** Runs keep it: a revision is not looked for by its run. */
  async revisionOfRun(runId: string): Promise<number | null> {
    const sql = `SELECT "id", "rev" FROM "sync_runs" WHERE "id" = ${placeholder(this.#reader.provider, 1)}`;
    return this.#reader.find({ sql, values: [runId], noun: 'run' }, (row) => row.numberOrNull('rev'));
  }

  async hasRun(runId: string): Promise<boolean> {
    const sql = `SELECT "id" FROM "sync_runs" WHERE "id" = ${placeholder(this.#reader.provider, 1)}`;
    return (await this.#reader.find({ sql, values: [runId], noun: 'run' }, () => true)) ?? false;
  }

  /** The time from which on every state is known exactly; null when retention never dropped anything. */
  async exactSince(): Promise<Date | null> {
    const prune = `SELECT "rev", "detail" FROM "revisions" WHERE "kind" = 'prune' ORDER BY "rev" DESC LIMIT 1`;
    const detail = await this.#reader.find({ sql: prune, ...REVISION }, (row) => row.json('detail', isPruneDetail));
    if (detail === null) return null;
    const sql = `SELECT "rev", "at" FROM "revisions" WHERE "rev" = ${Math.trunc(detail.upToRev)}`;
    return this.#reader.find({ sql, ...REVISION }, (row) => new Date(row.number('at')));
  }

  /** What is stored of one resource; null when it is not known. */
  async currentState(resourceType: ResourceType, id: string): Promise<CurrentState | null> {
    const where = `"id" = ${placeholder(this.#reader.provider, 1)}`;
    const sql = `SELECT "id", "document", "presence" FROM "${TABLES[resourceType]}" WHERE ${where}`;
    return this.#reader.find({ sql, values: [id], noun: resourceType }, (row) => ({
      id: row.text('id'),
      document: row.json('document', isDocument),
      presence: row.text('presence'),
    }));
  }

  /** One page, newest first. */
  async listChanges(page: ChangePage): Promise<Change[]> {
    return this.#reader.list(changeSearch(this.#reader.provider, page), toChange);
  }

  /** The numbers of the labels that are wanted: some thousands in a large history. */
  async findLabels(isWanted: (label: ChangeLabel) => boolean): Promise<number[]> {
    const sql = `SELECT "id", "text" FROM "texts" WHERE "text" LIKE '[%'`;
    const labels = await this.#reader.list({ sql, noun: 'text' }, (row) => {
      const label = decodeLabel(row.text('text'));
      return label !== null && isWanted(label) ? [row.number('id')] : [];
    });
    return labels.flat();
  }

  /** The numbers of resources in the history; without those that have none. */
  async resourceNumbers(ids: readonly string[]): Promise<number[]> {
    const sql = `SELECT "id" FROM "texts" WHERE "text" IN (${textListSql(this.#reader.provider)})`;
    return this.#reader.list({ sql, values: [bulkJson(ids)], noun: 'text' }, (row) => row.number('id'));
  }

  /** Those too that were removed. */
  async listProviders(): Promise<{ id: string; name: string; label: string; removedAt: Date | null }[]> {
    const sql = 'SELECT "id", "name", "removedAt" FROM "providers"';
    const rows = await this.#reader.list({ sql, noun: 'provider' }, (row) => ({
      id: row.text('id'),
      name: row.text('name'),
      removedAt: row.timeOrNull('removedAt'),
    }));
    const labels = providerLabels(rows);
    return rows.map((row) => ({ ...row, label: labels.get(row.id) ?? row.name }));
  }

  /** Two statements, however many resources: a year back, only what lies before the next snapshot is read. */
  async laterHistory(ids: readonly string[], rev: number): Promise<LaterHistory> {
    const values = [bulkJson(ids)];
    const resources = `WITH resources(id, text, until) AS (SELECT t."id", t."text", CAST((SELECT MIN(s."rev")
        FROM "state_snapshots" s WHERE s."resource" = t."id" AND s."rev" > ${Math.trunc(rev)}) AS BIGINT)
      FROM "texts" t WHERE t."text" IN (${textListSql(this.#reader.provider)}))`;
    const snapshots = await this.#reader.list(
      {
        sql: `${resources} SELECT r.text AS "resourceId", s."rev", s."document" FROM resources r
          JOIN "state_snapshots" s ON s."resource" = r.id AND s."rev" = r.until`,
        values,
        noun: 'snapshot',
        key: ['resourceId', 'rev'],
      },
      (row) => [row.text('resourceId'), row.json('document', isDocument)] as const,
    );
    const steps = await this.#reader.list(
      {
        sql: `${resources} SELECT r.text AS "resourceId", c."id", l."text" AS "label", c."patch", s."document"
          FROM resources r JOIN "changes" c ON c."resource" = r.id AND c."id" >= ${changeIdSql(rev + 1)}
            AND c."id" < (COALESCE(r.until, ${NO_REV}) + 1) * ${changeIdSql(1)}
          LEFT JOIN "texts" l ON l."id" = c."label"
          LEFT JOIN "state_snapshots" s ON c."patch" IS NULL AND s."resource" = r.id AND s."rev" = ${REV_OF_CHANGE}
          ORDER BY c."id" DESC`,
        values,
        noun: 'change',
      },
      toLaterStep,
    );
    return { snapshots: new Map(snapshots), steps };
  }
}

const REVISION = { noun: 'revision', key: ['rev'] } as const;

function toRev(row: Row): number {
  return row.number('rev');
}

function toLaterStep(row: Row): LaterStep {
  const { kind } = labelOf(row);
  return { resourceId: row.text('resourceId'), kind, patch: kind === 'created' ? [] : patchOf(row, kind) };
}
