import type { Document } from '../../types/document.ts';
import type { DatabaseProvider } from '../../types/migration.ts';
import type { SyncPlan } from '../../types/plan.ts';
import { bulkJson, textListSql } from '../db/dialect.ts';
import { isDocument } from '../db/document-shape.ts';
import type { ListRows, SqlTransaction } from '../db/sql-transaction.ts';
import { findEvidence } from '../history/evidence-rows.ts';
import type { RevisionDraft } from '../history/seal-revision.ts';
import {
  birthOf,
  endOf,
  guestBirth,
  type ResourceLines,
  type SyncDetail,
  toSyncDetail,
} from '../history/sync-detail.ts';

/** The revision of a run. It records the content of the run's rows, which must be written first. */
export async function toSyncRevision(
  { list }: SqlTransaction,
  database: DatabaseProvider,
  plan: SyncPlan,
): Promise<RevisionDraft> {
  const { run, changes, snapshots } = plan;
  const { id: runId, providerId, finishedAt: at } = run;
  const states = await statesAfter(list, database, plan);
  const detail = await detailOf(list, database, plan);
  return { kind: 'sync', providerId, runId, at, detail, changes, states, snapshots };
}

/** The revision that says who made changes of earlier ones. It records the content of the records that say so. */
export async function toExplainRevision(
  { list }: SqlTransaction,
  database: DatabaseProvider,
  { run, explanations }: SyncPlan,
): Promise<RevisionDraft> {
  const { id: runId, providerId, finishedAt: at } = run;
  const evidence = await findEvidence(list, { database, providerId }, explanations);
  const rows = explanations.map((explanation) => ({
    ...explanation,
    resourceId: '',
    patch: [],
    kind: 'changed' as const,
  }));
  const detail = toSyncDetail(rows, { evidence, resources: { births: new Map(), ends: new Map() } });
  return { kind: 'explain', providerId, runId, at, detail, explanations };
}

/** Documents of changed resources. A resource whose document stayed the same, as after a rollback, is not in the plan. */
async function statesAfter(
  list: ListRows,
  database: DatabaseProvider,
  { changes, guests, nodes, storages }: SyncPlan,
): Promise<ReadonlyMap<string, Document>> {
  const changed = new Set(changes.flatMap(({ kind, resourceId }) => (kind === 'changed' ? [resourceId] : [])));
  const states = new Map<string, Document>();
  if (changed.size === 0) return states;
  for (const written of [guests, nodes, storages])
    for (const { id, document } of written) if (changed.has(id)) states.set(id, document);
  const others = [...changed].filter((id) => !states.has(id));
  if (others.length === 0) return states;
  const sql = ['guests', 'nodes', 'storages'].map(
    (table, index) =>
      `SELECT "id", CAST("document" AS TEXT) AS "document" FROM "${table}" WHERE "id" IN (${textListSql(database, index + 1)})`,
  );
  const ids = bulkJson(others);
  const query = { sql: sql.join(' UNION ALL '), values: [ids, ids, ids], noun: 'resource' };
  const stored = await list(query, (row) => [row.text('id'), row.json('document', isDocument)] as const);
  return new Map([...states, ...stored]);
}

async function detailOf(list: ListRows, database: DatabaseProvider, plan: SyncPlan): Promise<SyncDetail | null> {
  const { changes, run } = plan;
  const evidence = await findEvidence(list, { database, providerId: run.providerId }, changes);
  return toSyncDetail(changes, { evidence, resources: linesOf(plan) });
}

function linesOf({ guests, nodes, storages, changes }: SyncPlan): ResourceLines {
  const lines = { births: new Map<string, string>(), ends: new Map<string, string>() };
  if (changes.every(({ kind }) => kind === 'changed')) return lines;
  for (const guest of guests) lines.births.set(guest.id, guestBirth(guest));
  for (const node of nodes) lines.births.set(node.id, birthOf('node', node));
  for (const storage of storages) lines.births.set(storage.id, birthOf('storage', storage));
  for (const written of [guests, nodes, storages])
    for (const resource of written) if (resource.presence === 'gone') lines.ends.set(resource.id, endOf(resource));
  return lines;
}
