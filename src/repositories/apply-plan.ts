import { AppError } from '../types/errors.ts';
import type { DatabaseProvider } from '../types/migration.ts';
import type { SyncPlan } from '../types/plan.ts';
import { appendRevision, lockHead } from './append-revision.ts';
import { BulkWriter, rowsOf } from './bulk-write.ts';
import type { Connection, DbTransaction } from './connection.ts';
import { bulkJson, dateParameter, placeholder, textListSql } from './dialect.ts';
import { isWorthStoring } from './log-growth.ts';
import { toSyncRevision } from './plan-revision.ts';
import type { Lease } from './provider-lease.ts';
import { toStoredScopes } from './stored-scopes.ts';
import {
  toGuestRow,
  toGuestTelemetryRow,
  toLogRow,
  toNodeRow,
  toNodeTelemetryRow,
  toStorageOnNodeRow,
  toStorageRow,
  toTaskRow,
} from './sync-rows.ts';
import * as tables from './sync-tables.ts';

/**
 * Writes a plan inside `tx`. What belongs to the provider alone comes first, in parallel with the writers of other providers;
 * what all share comes last, under the lock of the row of `meta`: who writes no history and no evidence does not take it.
 */
export async function applyPlan(
  tx: DbTransaction,
  { provider: database, runForEach }: Pick<Connection, 'provider' | 'runForEach'>,
  plan: SyncPlan,
  lease: Lease | undefined,
): Promise<number | null> {
  const bulk = new BulkWriter(tx, database, runForEach);
  await updateProvider(tx, bulk, plan, lease);
  const run = { ...plan.run, scopes: toStoredScopes(plan.run.scopes), rev: null };
  if ((await bulk.upsert(tables.RUNS, [run])) === 0) {
    return (await tx.syncRun.findUniqueOrThrow({ where: { id: plan.run.id } })).rev;
  }
  await writeState(bulk, plan);
  await replaceOnNodes(tx, bulk, database, plan);
  await replaceHeld(tx, bulk, plan);
  await writeSpans(tx, bulk, database, plan);
  const isShared = plan.changes.length + plan.tasks.length + plan.log.length > 0;
  if (!isShared) return null;
  const head = await lockHead(tx);
  await writeEvidence(bulk, plan);
  if (plan.changes.length === 0) return null;
  const { rev } = await appendRevision(tx, bulk, head, await toSyncRevision(tx, database, plan));
  await tx.syncRun.update({ where: { id: plan.run.id }, data: { rev } });
  return rev;
}

async function updateProvider(
  tx: DbTransaction,
  bulk: BulkWriter,
  plan: SyncPlan,
  lease: Lease | undefined,
): Promise<void> {
  const { providerId, finishedAt, outcome } = plan.run;
  const { count } = await tx.provider.updateMany({
    where: { id: providerId, ...(lease && { leaseHolder: lease.holder, leaseToken: lease.token }) },
    data: {
      lastRunAt: finishedAt,
      incompleteSince: plan.incompleteSince,
      ...(plan.lastCompleteAt && { lastCompleteAt: plan.lastCompleteAt }),
      ...(plan.identity && { identity: { ...plan.identity } }),
      // A run that got through proves whatever was wrong before mended, the credential too.
      ...(outcome !== 'failed' && { failures: 0, retryAt: null, pausedAt: null, pauseReason: null }),
    },
  });
  if (count > 0) {
    // Not with the rest: of 10,000 guests they are megabytes, over whose fields the client goes one by one.
    if (plan.permissions) await bulk.update(tables.PERMISSIONS, [{ id: providerId, permissions: plan.permissions }]);
    return;
  }
  if (lease === undefined) throw new AppError('not-found', `There is no provider ${providerId} in the database`);
  throw new AppError('locked', 'Another run has taken this provider over; nothing of this run was stored', {
    hint: 'Run the command again.',
    retryable: true,
  });
}

async function writeState(bulk: BulkWriter, plan: SyncPlan): Promise<void> {
  const { providerId } = plan.run;
  await bulk.upsert(
    tables.GUESTS,
    rowsOf(plan.guests, (guest) => toGuestRow(providerId, guest)),
  );
  await bulk.upsert(
    tables.NODES,
    plan.nodes.map((node) => toNodeRow(providerId, node)),
  );
  await bulk.upsert(
    tables.STORAGES,
    plan.storages.map((storage) => toStorageRow(providerId, storage)),
  );
  await bulk.upsert(tables.GUEST_TELEMETRY, rowsOf(plan.guestTelemetry, toGuestTelemetryRow));
  await bulk.update(tables.NODE_TELEMETRY, plan.nodeTelemetry.map(toNodeTelemetryRow));
}

async function writeSpans(
  tx: DbTransaction,
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
  await tx.$executeRawUnsafe(sql, dateParameter(database, plan.run.finishedAt), bulkJson(ended));
}

/** What the nodes see of a storage is replaced as a whole, for the storages that were seen. */
async function replaceOnNodes(
  tx: DbTransaction,
  bulk: BulkWriter,
  database: DatabaseProvider,
  plan: SyncPlan,
): Promise<void> {
  const ids = new Set(plan.storageOnNodes.map((seen) => seen.storageId));
  if (ids.size === 0) return;
  const sql = `DELETE FROM "storage_on_nodes" WHERE "storageId" IN (${textListSql(database)})`;
  await tx.$executeRawUnsafe(sql, bulkJson([...ids]));
  await bulk.upsert(tables.STORAGE_ON_NODES, plan.storageOnNodes.map(toStorageOnNodeRow));
}

async function replaceHeld(tx: DbTransaction, bulk: BulkWriter, { held, run }: SyncPlan): Promise<void> {
  if (held === null) return;
  await tx.heldRemoval.deleteMany({ where: { providerId: run.providerId } });
  await bulk.upsert(
    tables.HELD_REMOVALS,
    held.map((removal) => ({ ...removal, providerId: run.providerId })),
  );
}

async function writeEvidence(bulk: BulkWriter, { tasks, log, run }: SyncPlan): Promise<void> {
  await bulk.upsert(
    tables.TASKS,
    tasks.map((task) => toTaskRow(run.providerId, task)),
  );
  await bulk.upsert(
    tables.LOG_ENTRIES,
    log.filter(isWorthStoring).map((entry) => toLogRow(run.providerId, entry)),
  );
}
