import type { Document } from '../../types/document.ts';
import { groupBy } from '../../types/group-by.ts';
import type { Explanation } from '../../types/history.ts';
import type { ProviderSettings } from '../../types/provider.ts';
import { ACTION_SQL, operationDigest, stepDigest } from '../actions/action-digest.ts';
import type { Connection } from '../db/connection.ts';
import { isDocument } from '../db/document-shape.ts';
import type { Row } from '../db/row.ts';
import type { ListRows } from '../db/sql-transaction.ts';
import { type Audited, audited, bySnapshotOrder } from '../history/audited.ts';
import {
  CHANGE_SQL,
  changeId,
  decodeChange,
  decodeExplanation,
  EXPLANATION_SQL,
  type StoredChange,
} from '../history/change-codec.ts';
import { LabelDecoder } from '../history/change-label.ts';
import { type EvidenceRows, type Explained, findEvidence } from '../history/evidence-rows.ts';
import {
  isPruneDetail,
  type PruneDetail,
  REVISION_COLUMNS,
  type StoredRevision,
  toStoredRevision,
} from '../history/history-rows.ts';
import { toSettings } from '../providers/provider-settings.ts';
import { columnsOf, SERVERS, TRANSACTIONS, toServer, toTransaction } from '../reconcile/billing-rows.ts';
import { type BillingDetail, rowDigest } from '../reconcile/book-digest.ts';
import { type AuditedResource, streamResources } from './audited-resources.ts';

export interface AuditedRevision {
  rev: number;
  revision: Audited<StoredRevision>;
}

export interface AuditedChange {
  rev: number;
  seq: number;
  change: Audited<StoredChange>;
}

export interface AuditedExplanation {
  /** Its own place. */
  rev: number;
  seq: number;
  explanation: Audited<Explanation>;
}

export interface AuditedSnapshot {
  rev: number;
  resourceId: string;
  resourceType: string;
  reason: string;
  document: Audited<Document>;
}

/** A row of the account book. */
export interface AuditedEntry {
  rev: number;
  seq: number;
  table: keyof BillingDetail;
  digest: Audited<string>;
}

/** An operation that names a revision. */
export interface AuditedAction {
  rev: number;
  id: string;
  digest: Audited<string>;
  /** In order. */
  steps: readonly { seq: number; digest: Audited<string> }[];
}

export interface AuditedHead {
  epoch: string;
  rev: number;
  lastHash: string;
  /** null if it cannot be read. */
  lastAt: Date | null;
}

export interface AuditedProvider {
  id: string;
  settingsRev: number | null;
  settings: Audited<ProviderSettings>;
}

export interface StoredPrune extends PruneDetail {
  rev: number;
}

/** Reads all verifiable rows, page by page. Reports damage instead of throwing. */
export class AuditRepository {
  readonly #connection: Connection;
  readonly #labels = new LabelDecoder();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** The last revision according to `meta`. `epoch` is the hash before the first one. */
  async head(): Promise<AuditedHead> {
    const sql = 'SELECT "id", "epoch", "rev", "lastHash", "lastAt" FROM "meta" WHERE "id" = 1';
    const head = await this.#connection.reader.find({ sql, noun: 'meta' }, (row) => ({
      epoch: row.text('epoch'),
      rev: row.number('rev'),
      lastHash: row.text('lastHash'),
      lastAt: audited(() => row.time('lastAt')).value,
    }));
    return head ?? { epoch: this.#connection.epoch, rev: 0, lastHash: '', lastAt: null };
  }

  async listRevisions(afterRev: number, take: number): Promise<AuditedRevision[]> {
    const sql = `SELECT ${REVISION_COLUMNS} FROM "revisions" WHERE "rev" > ${afterRev} ORDER BY "rev" LIMIT ${take}`;
    return this.#connection.reader.list({ sql, noun: 'revision', key: ['rev'] }, (row) => ({
      rev: row.number('rev'),
      revision: audited(() => toStoredRevision(row)),
    }));
  }

  /** Those of the revisions after `afterRev` up to `toRev`, in order, whether or not there is such a revision; null: without an end. */
  async listChanges(afterRev: number | null, toRev: number | null): Promise<AuditedChange[]> {
    const { columns, from, noun, key } = CHANGE_SQL;
    const sql = `SELECT ${columns} FROM ${from}
      WHERE ${idsBetween('c', afterRev, toRev)} ORDER BY c."id"`;
    return this.#connection.reader.list({ sql, noun, key }, (row) => ({
      rev: row.number('rev'),
      seq: row.number('seq'),
      change: audited(() => decodeChange(row, (text) => this.#labels.decode(text))),
    }));
  }

  /** As the changes. */
  async listExplanations(afterRev: number | null, toRev: number | null): Promise<AuditedExplanation[]> {
    const { columns, from, noun, key } = EXPLANATION_SQL;
    const sql = `SELECT ${columns} FROM ${from}
      WHERE ${idsBetween('x', afterRev, toRev)} ORDER BY x."id"`;
    return this.#connection.reader.list({ sql, noun, key }, (row) => ({
      rev: row.number('by'),
      seq: row.number('place'),
      explanation: audited(() => decodeExplanation(row, (text) => this.#labels.decode(text))),
    }));
  }

  async listSnapshots(afterRev: number | null, toRev: number | null): Promise<AuditedSnapshot[]> {
    const sql = `SELECT s."rev", COALESCE(t."text", '') AS "resourceId", s."resourceType", s."reason", s."document"
      FROM "state_snapshots" s LEFT JOIN "texts" t ON t."id" = s."resource"
      WHERE ${between('s."rev"', afterRev, toRev)}`;
    const query = { sql, noun: 'snapshot', key: ['resourceId', 'rev'] };
    const snapshots = await this.#connection.reader.list(query, (row) => ({
      rev: row.number('rev'),
      resourceId: row.text('resourceId'),
      resourceType: row.text('resourceType'),
      reason: row.text('reason'),
      document: audited(() => row.json('document', isDocument)),
    }));
    return snapshots.sort(bySnapshotOrder);
  }

  /** Rows of the account book, in order; as the changes. */
  async listEntries(afterRev: number | null, toRev: number | null): Promise<AuditedEntry[]> {
    const { reader } = this.#connection;
    const query = (spec: typeof SERVERS | typeof TRANSACTIONS) => ({
      sql: `SELECT ${columnsOf(spec)} FROM "${spec.table}" WHERE ${between('"rev"', afterRev, toRev)} ORDER BY "rev", "seq", "id"`,
      noun: spec === SERVERS ? 'server' : 'transaction',
    });
    const entry = (table: keyof BillingDetail, row: Row, digest: () => string): AuditedEntry => {
      return { rev: row.number('rev'), seq: row.number('seq'), table, digest: audited(digest) };
    };
    const servers = await reader.list(query(SERVERS), (row) =>
      entry('servers', row, () => rowDigest('servers', toServer(row))),
    );
    const transactions = await reader.list(query(TRANSACTIONS), (row) =>
      entry('transactions', row, () => rowDigest('transactions', toTransaction(row))),
    );
    return [...servers, ...transactions];
  }

  /** Operations that name these revisions, with their steps; as the changes. */
  async listActions(afterRev: number | null, toRev: number | null): Promise<AuditedAction[]> {
    const { reader } = this.#connection;
    const where = between('o."rev"', afterRev, toRev);
    const steps = await reader.list(
      {
        sql: `SELECT ${ACTION_SQL.step} FROM "operation_steps" s JOIN "operations" o ON o."id" = s."operationId"
          WHERE o."rev" IS NOT NULL AND ${where} ORDER BY s."operationId", s."seq"`,
        noun: 'step',
        key: ['operationId', 'seq'],
      },
      (row) => ({ id: row.text('operationId'), seq: row.number('seq'), digest: audited(() => stepDigest(row)) }),
    );
    const byId = groupBy(steps, ({ id }) => id);
    const sql = `SELECT ${ACTION_SQL.operation}, o."rev" FROM "operations" o WHERE o."rev" IS NOT NULL AND ${where} ORDER BY o."rev", o."id"`;
    return reader.list({ sql, noun: 'operation' }, (row) => {
      const id = row.text('id');
      return { rev: row.number('rev'), id, digest: audited(() => operationDigest(row)), steps: byId.get(id) ?? [] };
    });
  }

  /** Ids of actions that have ended, or have no row, and name no revision. */
  async listUnrecorded(): Promise<string[]> {
    const ended = `"kind" = 'action' AND "state" NOT IN ('waiting', 'running') AND "rev" IS NULL`;
    const sql = `SELECT "id" FROM "operations" WHERE ${ended} UNION
      SELECT s."operationId" AS "id" FROM "operation_steps" s
        WHERE NOT EXISTS (SELECT 1 FROM "operations" o WHERE o."id" = s."operationId") ORDER BY 1`;
    return this.#connection.reader.list({ sql, noun: 'operation' }, (row) => row.text('id'));
  }

  /** The prunes in the history, oldest first. */
  async listPrunes(): Promise<StoredPrune[]> {
    const sql = `SELECT "rev", "detail" FROM "revisions" WHERE "kind" = 'prune' ORDER BY "rev"`;
    const prunes = await this.#connection.reader.list({ sql, noun: 'revision', key: ['rev'] }, (row) => {
      const detail = audited(() => row.json('detail', isPruneDetail));
      return detail.value === null ? [] : [{ ...detail.value, rev: row.number('rev') }];
    });
    return prunes.flat();
  }

  /** The tasks and log lines that changes of a provider's revisions refer to. */
  async findEvidence(providerId: string, changes: readonly Explained[]): Promise<EvidenceRows> {
    const { reader } = this.#connection;
    const list: ListRows = (query, toValue) => reader.list(query, toValue);
    return findEvidence(list, { database: reader.provider, providerId }, changes);
  }

  streamResources(take: number): AsyncGenerator<AuditedResource> {
    return streamResources(this.#connection.reader, take);
  }

  /** Includes removed providers. */
  async listProviders(): Promise<AuditedProvider[]> {
    const sql = `SELECT "id", "name", "type", "endpoints", "tls", "credential", "allow", "actionCredential", "settingsRev"
      FROM "providers"`;
    return this.#connection.reader.list({ sql, noun: 'provider' }, (row) => ({
      id: row.text('id'),
      settingsRev: row.numberOrNull('settingsRev'),
      settings: audited(() => toSettings(row)),
    }));
  }
}

/** The condition that a row is of a revision after the first, up to the second. By its id, which has an index. */
function idsBetween(table: string, afterRev: number | null, toRev: number | null): string {
  const last = (rev: number | null): number | null => (rev === null ? null : changeId(rev + 1, 0) - 1);
  return between(`${table}."id"`, last(afterRev), last(toRev));
}

/** The condition that a number is above the first and not above the second; null: without an end. */
function between(column: string, after: number | null, to: number | null): string {
  const ends = [...(after === null ? [] : [`${column} > ${after}`]), ...(to === null ? [] : [`${column} <= ${to}`])];
  return ends.join(' AND ') || '1 = 1';
}
