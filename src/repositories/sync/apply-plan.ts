import { AppError } from '../../types/errors.ts';
import type { DatabaseProvider } from '../../types/migration.ts';
import type { SyncPlan } from '../../types/plan.ts';
import { BulkWriter, rowsOf } from '../db/bulk-write.ts';
import type { Connection } from '../db/connection.ts';
import { bulkJson, dateParameter, placeholder, storableJson, textListSql } from '../db/dialect.ts';
import type { SqlTransaction } from '../db/sql-transaction.ts';
import { Where } from '../db/where.ts';
import { raiseFeed } from '../feed/feed-head.ts';
import { appendRevision, lockHead } from '../history/append-revision.ts';
import { toAuditRecordRow } from '../inventory/audit-record-rows.ts';
import { toStoredScopes } from '../inventory/stored-scopes.ts';
import {
  type RowOwner,
  toGuestRow,
  toGuestTelemetryRow,
  toNodeRow,
  toNodeTelemetryRow,
  toStorageOnNodeRow,
  toStorageRow,
} from '../inventory/sync-rows.ts';
import type { Lease } from '../providers/provider-lease.ts';
import { toExplainRevision, toSyncRevision } from './plan-revision.ts';
import * as tables from './sync-tables.ts';
import { writeSightings } from './write-sightings.ts';

/**
 * Writes a plan inside `tx`. The provider's own rows come first, in parallel with the writers of other providers. Shared
 * rows come last, under the lock of the row of `meta`, which is not taken if there is no history and no evidence to write, and
 * at the very end that of the feed.
 */
export async function applyPlan(
  tx: SqlTransaction,
  { provider: database, runForEach }: Pick<Connection, 'provider' | 'runForEach'>,
  plan: SyncPlan,
  lease: Lease | undefined,
): Promise<number | null> {
  const bulk = new BulkWriter(tx, database, runForEach);
  const step = await updateProvider(tx, database, plan, lease);
  const run = { ...plan.run, scopes: toStoredScopes(plan.run.scopes), rev: null };
  if ((await bulk.upsert(tables.RUNS, [run])) === 0) {
    return storedRev(tx, database, plan.run.id);
  }
  await writeState(bulk, plan, step);
  await replaceOnNodes(tx, bulk, database, plan);
  await replaceHeld(tx, bulk, plan);
  await writeSpans(tx, bulk, database, plan);
  if (plan.sightings !== null) {
    await writeSightings(tx, database, { providerId: plan.run.providerId, sightings: plan.sightings });
  }
  const rev = await writeHistory(tx, bulk, plan);
  await raiseFeed(tx, database, { step, at: plan.run.finishedAt });
  return rev;
}

async function writeHistory(tx: SqlTransaction, bulk: BulkWriter, plan: SyncPlan): Promise<number | null> {
  const { provider: database } = bulk;
  if (plan.changes.length + plan.records.length + plan.explanations.length === 0) return null;
  let head = await lockHead(tx);
  await bulk.upsert(
    tables.AUDIT_RECORDS,
    plan.records.map((record) => toAuditRecordRow(plan.run.providerId, record)),
  );
  if (plan.explanations.length > 0)
    head = await appendRevision(tx, bulk, head, await toExplainRevision(tx, database, plan));
  if (plan.changes.length === 0) return null;
  const { rev } = await appendRevision(tx, bulk, head, await toSyncRevision(tx, database, plan));
  const [first, second] = [placeholder(database, 1), placeholder(database, 2)];
  await tx.execute(`UPDATE "sync_runs" SET "rev" = ${first} WHERE "id" = ${second}`, rev, plan.run.id);
  return rev;
}

/** For a run that is already stored. */
async function storedRev(tx: SqlTransaction, database: DatabaseProvider, runId: string): Promise<number | null> {
  const where = new Where(database).is('"id"', '=', runId);
  const query = { sql: `SELECT "rev" FROM "sync_runs" ${where.sql}`, values: where.values, noun: 'run', key: ['rev'] };
  const [rev = null] = await tx.list(query, (row) => row.numberOrNull('rev'));
  return rev;
}

async function updateProvider(
  tx: SqlTransaction,
  database: DatabaseProvider,
  { run, lastCompleteAt, incompleteSince, identity, permissions }: SyncPlan,
  lease: Lease | undefined,
): Promise<RowOwner> {
  const id = run.providerId;
  const where = new Where(database);
  const sets = [`"seq" = "seq" + 1, "lastRunAt" = ${where.parameter(run.finishedAt)}`];
  if (lastCompleteAt) sets.push(`"lastCompleteAt" = ${where.parameter(lastCompleteAt)}`);
  const known = { incompleteSince, ...(identity && { identity }), ...(permissions && { permissions }) };
  const cast = database === 'sqlite' ? '' : '::json';
  for (const [column, value] of Object.entries(known)) {
    sets.push(`"${column}" = ${where.parameter(storableJson(value))}${cast}`);
  }
  // A successful run proves that earlier problems are solved, including those of the credential.
  if (run.outcome !== 'failed') sets.push('"failures" = 0, "retryAt" = NULL, "pausedAt" = NULL, "pauseReason" = NULL');
  where.is('"id"', '=', id).is('"leaseHolder"', '=', lease?.holder).is('"leaseToken"', '=', lease?.token);
  const sql = `UPDATE "providers" SET ${sets.join(', ')} ${where.sql} RETURNING "seq"`;
  const query = { sql, values: where.values, noun: 'provider', key: ['seq'] };
  const [seq] = await tx.list(query, (row) => row.number('seq'));
  if (seq === undefined) throw notOurs(id, lease);
  return { providerId: id, seq };
}

function notOurs(providerId: string, lease: Lease | undefined): AppError {
  if (lease === undefined) return new AppError('not-found', `There is no provider ${providerId} in the database`);
  return new AppError('locked', 'Another run has taken this provider over; nothing of this run was stored', {
    hint: 'Run the command again.',
    retryable: true,
  });
}

async function writeState(bulk: BulkWriter, plan: SyncPlan, step: RowOwner): Promise<void> {
  await bulk.upsert(
    tables.GUESTS,
    rowsOf(plan.guests, (guest) => toGuestRow(step, guest)),
  );
  await bulk.upsert(
    tables.NODES,
    plan.nodes.map((node) => toNodeRow(step, node)),
  );
  await bulk.upsert(
    tables.STORAGES,
    plan.storages.map((storage) => toStorageRow(step, storage)),
  );
  await bulk.upsert(tables.GUEST_TELEMETRY, rowsOf(plan.guestTelemetry, toGuestTelemetryRow));
  await bulk.update(tables.NODE_TELEMETRY, plan.nodeTelemetry.map(toNodeTelemetryRow));
}

async function writeSpans(
  tx: SqlTransaction,
  bulk: BulkWriter,
  database: DatabaseProvider,
  plan: SyncPlan,
): Promise<void> {
  const spans = plan.guests.flatMap(({ id, presence, presenceReason, unobservableSince: since }) =>
    presence === 'unobservable' && since !== null ? [{ guestId: id, since, reason: presenceReason ?? '' }] : [],
  );
  await bulk.upsert(tables.UNOBSERVABLE_SPANS, spans);
  const ended = plan.guests.filter(({ presence }) => presence !== 'unobservable').map(({ id }) => id);
  if (ended.length === 0) return;
  const sql = `UPDATE "unobservable_spans" SET "until" = ${placeholder(database, 1)}
    WHERE "until" IS NULL AND "guestId" IN (${textListSql(database, 2)})`;
  await tx.execute(sql, dateParameter(database, plan.run.finishedAt), bulkJson(ended));
}

/** Replaces all rows per node of the storages that were seen. */
async function replaceOnNodes(
  tx: SqlTransaction,
  bulk: BulkWriter,
  database: DatabaseProvider,
  plan: SyncPlan,
): Promise<void> {
  const ids = new Set(plan.storageOnNodes.map((seen) => seen.storageId));
  if (ids.size === 0) return;
  const sql = `DELETE FROM "storage_on_nodes" WHERE "storageId" IN (${textListSql(database)})`;
  await tx.execute(sql, bulkJson([...ids]));
  await bulk.upsert(tables.STORAGE_ON_NODES, plan.storageOnNodes.map(toStorageOnNodeRow));
}

async function replaceHeld(tx: SqlTransaction, bulk: BulkWriter, { held, run }: SyncPlan): Promise<void> {
  if (held === null) return;
  await tx.execute(`DELETE FROM "held_removals" WHERE "providerId" = ${placeholder(bulk.provider, 1)}`, run.providerId);
  await bulk.upsert(
    tables.HELD_REMOVALS,
    held.map((removal) => ({ ...removal, providerId: run.providerId })),
  );
}
