import type { Document, Patch } from '../../types/document.ts';
import type { Change, ChangeKind, ResourceType } from '../../types/history.ts';
import type { Connection } from '../db/connection.ts';
import { bulkJson, placeholder, textListSql } from '../db/dialect.ts';
import { isDocument } from '../db/document-shape.ts';
import type { Reader } from '../db/reader.ts';
import type { Row } from '../db/row.ts';
import { providerLabels } from '../inventory/provider-labels.ts';
import { changeIdSql, patchOf, REV_OF_CHANGE } from './change-codec.ts';
import { type ChangeLabel, decodeLabel } from './change-label.ts';
import {
  type ChangePage,
  type ChangeSelection,
  type CountedChanges,
  changeCount,
  changeSearch,
} from './change-search.ts';
import { isPruneDetail, toChange } from './history-rows.ts';

export interface CurrentState {
  id: string;
  document: Document;
  presence: string;
}

/** A change with the fields that going back in time needs. `patch` is null once retention has dropped it. */
export interface LaterStep {
  resourceId: string;
  kind: ChangeKind;
  patch: Patch | null;
}

/** The steps from a revision to the next snapshot of each resource, or to its current document if there is none. */
export interface LaterHistory {
  /** The resources of this page. */
  ids: readonly string[];
  /** The documents to start from, for resources with a later snapshot. */
  snapshots: Map<string, Document>;
  /** Newest first. */
  steps: LaterStep[];
}

/** The patches of so few resources are short-lived: with 1,000 at a time, a list of 10,000 guests takes 60 MB more. */
const RESOURCES_PER_PAGE = 100;
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

  /** When each resource was changed last, up to a time, by its id. */
  async lastChanges(until?: Date): Promise<Map<string, Date>> {
    const last = until === undefined ? '' : `WHERE c."id" < ${changeIdSql((await this.revisionAt(until)) + 1)}`;
    const sql = `SELECT t."text" AS "id", r."at" FROM
      (SELECT c."resource", MAX(c."id") AS "id" FROM "changes" c ${last} GROUP BY c."resource") c
      JOIN "texts" t ON t."id" = c."resource" JOIN "revisions" r ON r."rev" = ${REV_OF_CHANGE}`;
    const query = { sql, noun: 'change', key: ['id'] };
    return new Map(await this.#reader.list(query, (row) => [row.text('id'), new Date(row.number('at'))]));
  }

  /** The first revision at or after a time; null when there is none. */
  async revisionSince(at: Date): Promise<number | null> {
    const sql = `SELECT "rev" FROM "revisions" WHERE "at" >= ${at.getTime()} ORDER BY "at", "rev" LIMIT 1`;
    return this.#reader.find({ sql, ...REVISION }, toRev);
  }

  /** 0 when there is none. */
  async lastRevision(): Promise<number> {
    const sql = `SELECT "rev" FROM "revisions" ORDER BY "rev" DESC LIMIT 1`;
    return (await this.#reader.find({ sql, ...REVISION }, toRev)) ?? 0;
  }

  /** The time of the first revision that recorded resources; null if there is none. */
  async begin(): Promise<Date | null> {
    const sql = `SELECT "rev", "at" FROM "revisions" WHERE "kind" = 'sync' ORDER BY "rev" LIMIT 1`;
    return this.#reader.find({ sql, ...REVISION }, (row) => new Date(row.number('at')));
  }

  /** Reads the run, which stores its revision: revisions are not searched by run. */
  async revisionOfRun(runId: string): Promise<number | null> {
    const sql = `SELECT "id", "rev" FROM "sync_runs" WHERE "id" = ${placeholder(this.#reader.provider, 1)}`;
    return this.#reader.find({ sql, values: [runId], noun: 'run' }, (row) => row.numberOrNull('rev'));
  }

  async hasRun(runId: string): Promise<boolean> {
    const sql = `SELECT "id" FROM "sync_runs" WHERE "id" = ${placeholder(this.#reader.provider, 1)}`;
    return (await this.#reader.find({ sql, values: [runId], noun: 'run' }, () => true)) ?? false;
  }

  /** The time from which every state is known exactly; null if retention never dropped details. */
  async exactSince(): Promise<Date | null> {
    const prune = `SELECT "rev", "detail" FROM "revisions" WHERE "kind" = 'prune' ORDER BY "rev" DESC LIMIT 1`;
    const detail = await this.#reader.find({ sql: prune, ...REVISION }, (row) => row.json('detail', isPruneDetail));
    if (detail === null) return null;
    const sql = `SELECT "rev", "at" FROM "revisions" WHERE "rev" = ${Math.trunc(detail.upToRev)}`;
    return this.#reader.find({ sql, ...REVISION }, (row) => new Date(row.number('at')));
  }

  /** The stored state of one resource; null if it is not known. */
  async currentState(resourceType: ResourceType, id: string): Promise<CurrentState | null> {
    const where = `"id" = ${placeholder(this.#reader.provider, 1)}`;
    const sql = `SELECT "id", "document", "presence" FROM "${TABLES[resourceType]}" WHERE ${where}`;
    return this.#reader.find({ sql, values: [id], noun: resourceType }, (row) => ({
      id: row.text('id'),
      document: row.json('document', isDocument),
      presence: row.text('presence'),
    }));
  }

  /** One page, newest first; the oldest first with `after`. */
  async listChanges(page: ChangePage): Promise<Change[]> {
    return this.#reader.list(changeSearch(this.#reader.provider, page), toChange);
  }

  /** The number of changes; paths are ignored. */
  async countChanges(selection: ChangeSelection & { withoutLabels?: readonly number[] }): Promise<number> {
    return (await this.#counts(selection, 'all')).get(0) ?? 0;
  }

  /** The number of first sights by kind of resource: `node`, `qemu`, `lxc`, `storage`. */
  async countFirstSights(
    selection: ChangeSelection,
    isWanted: (label: ChangeLabel) => boolean,
  ): Promise<Record<string, number>> {
    const counts = await this.#counts(selection, 'first sights by label');
    const byType = { guest: 0, node: 0, storage: 0 } satisfies Record<ResourceType, number>;
    const wanted = (await this.#listLabels()).filter(({ number, label }) => counts.has(number) && isWanted(label));
    for (const { number, label } of wanted) byType[label.resourceType] += counts.get(number) ?? 0;
    const labels = wanted.map(({ number }) => number);
    const isAnyGuest = byType.guest > 0;
    const containers = isAnyGuest ? await this.#counts({ ...selection, labels }, 'first sights of containers') : null;
    const lxc = containers?.get(0) ?? 0;
    return { node: byType.node, qemu: byType.guest - lxc, lxc, storage: byType.storage };
  }

  async #counts(
    selection: ChangeSelection & { withoutLabels?: readonly number[] },
    counted: CountedChanges,
  ): Promise<Map<number, number>> {
    const query = changeCount(this.#reader.provider, selection, counted);
    return new Map(await this.#reader.list(query, (row) => [row.number('label'), row.number('count')] as const));
  }

  /** The numbers of the matching labels; a large history has some thousands. */
  async findLabels(isWanted: (label: ChangeLabel) => boolean): Promise<number[]> {
    const labels = await this.#listLabels();
    return labels.filter(({ label }) => isWanted(label)).map(({ number }) => number);
  }

  /** Users, and users with their tokens (`admin@pve!deploy`), to whom changes are attributed. */
  async listActors(): Promise<string[]> {
    const labels = await this.#listLabels();
    const actors = labels.flatMap(({ label: { actor, token } }) => {
      if (actor === null) return [];
      return token === null ? [actor] : [actor, `${actor}!${token}`];
    });
    return [...new Set(actors)];
  }

  /** The numbers of resources in the history, by their ids. Resources without changes have none. */
  async resourceNumbers(ids: readonly string[]): Promise<Map<string, number>> {
    const sql = `SELECT "id", "text" FROM "texts" WHERE "text" IN (${textListSql(this.#reader.provider)})`;
    const query = { sql, values: [bulkJson(ids)], noun: 'text' };
    return new Map(await this.#reader.list(query, (row) => [row.text('text'), row.number('id')] as const));
  }

  async #listLabels(): Promise<{ number: number; label: ChangeLabel }[]> {
    const sql = `SELECT "id", "text" FROM "texts" WHERE "text" LIKE '[%'`;
    const labels = await this.#reader.list({ sql, noun: 'label' }, (row) => {
      const label = decodeLabel(row.text('text'));
      return label === null ? [] : [{ number: row.number('id'), label }];
    });
    return labels.flat();
  }

  /** Includes removed providers. */
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

  /**
   * Reads {@link RESOURCES_PER_PAGE} resources a page, in two statements. For a state a year back, it reads only the
   * changes before the next snapshot.
   */
  async *laterHistory(ids: readonly string[], rev: number): AsyncGenerator<LaterHistory> {
    const numbers = await this.resourceNumbers(ids);
    const kinds = new Map((await this.#listLabels()).map(({ number, label }) => [number, label.kind]));
    for (let start = 0; start < ids.length; start += RESOURCES_PER_PAGE) {
      const page = ids.slice(start, start + RESOURCES_PER_PAGE);
      const resources = new Map(page.flatMap((id) => listOf(numbers.get(id)).map((number) => [number, id] as const)));
      yield { ids: page, ...(await this.#laterPage(resources, kinds, rev)) };
    }
  }

  async #laterPage(
    resources: ReadonlyMap<number, string>,
    kinds: ReadonlyMap<number, ChangeKind>,
    rev: number,
  ): Promise<Omit<LaterHistory, 'ids'>> {
    if (resources.size === 0) return { snapshots: new Map(), steps: [] };
    const idOf = (row: Row): string => resources.get(row.number('resource')) ?? row.damaged('resource', 'is none');
    const bounded = `WITH bounded(id, until) AS (SELECT column1, CAST((SELECT MIN(s."rev") FROM "state_snapshots" s
        WHERE s."resource" = column1 AND s."rev" > ${rev}) AS BIGINT)
      FROM (VALUES ${[...resources.keys()].map((number) => `(${number})`).join(', ')}) AS numbers)`;
    const snapshots = await this.#reader.list(
      {
        sql: `${bounded} SELECT s."resource", s."rev", s."document" FROM bounded b
          JOIN "state_snapshots" s ON s."resource" = b.id AND s."rev" = b.until`,
        noun: 'snapshot',
        key: ['resource', 'rev'],
      },
      (row) => [idOf(row), row.json('document', isDocument)] as const,
    );
    const steps = await this.#reader.list(
      {
        sql: `${bounded} SELECT c."id", c."resource", c."label", c."patch", s."document" FROM bounded b
          JOIN "changes" c ON c."resource" = b.id AND c."id" >= ${changeIdSql(rev + 1)}
            AND c."id" < (COALESCE(b.until, ${NO_REV}) + 1) * ${changeIdSql(1)}
          LEFT JOIN "state_snapshots" s ON c."patch" IS NULL AND s."resource" = b.id AND s."rev" = ${REV_OF_CHANGE}
          ORDER BY c."id" DESC`,
        noun: 'change',
      },
      (row) => {
        const kind = kinds.get(row.number('label')) ?? row.damaged('label', 'is none');
        return { resourceId: idOf(row), kind, patch: kind === 'created' ? [] : patchOf(row, kind) };
      },
    );
    return { snapshots: new Map(snapshots), steps };
  }
}

const REVISION = { noun: 'revision', key: ['rev'] } as const;

function toRev(row: Row): number {
  return row.number('rev');
}

function listOf<T>(value: T | undefined): T[] {
  return value === undefined ? [] : [value];
}
