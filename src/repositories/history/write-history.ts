import { AppError } from '../../types/errors.ts';
import type { Explanation, PlannedChange, Revision } from '../../types/history.ts';
import type { PlannedSnapshot } from '../../types/plan.ts';
import { type BulkWriter, rowsOf } from '../db/bulk-write.ts';
import type { SqlTransaction } from '../db/sql-transaction.ts';
import { base64Of, encodeChange, encodeExplanation } from './change-codec.ts';
import { CHANGES, EXPLANATIONS, REVISIONS, STATE_SNAPSHOTS } from './history-tables.ts';
import { textNumbers } from './text-numbers.ts';

export interface RevisionWrite {
  revision: Revision;
  /** Data of this kind of revision besides its changes. */
  detail: unknown;
  changes: readonly PlannedChange[];
  explanations: readonly Explanation[];
  snapshots: readonly SnapshotWrite[];
}

export type SnapshotWrite = Omit<PlannedSnapshot, 'reason'> & { reason: string };
type NumberedSnapshot = SnapshotWrite & { rev: number };

/** Writes revisions with all their rows, in a few statements. */
export async function writeHistory(
  tx: SqlTransaction,
  bulk: BulkWriter,
  writes: readonly RevisionWrite[],
): Promise<void> {
  const changes = writes.flatMap(toEncodedChanges);
  const explanations = writes.flatMap(toEncodedExplanations);
  const snapshots = writes.flatMap(({ revision: { rev }, snapshots: made }) =>
    made.map(({ reason, resourceType, resourceId, document }) => ({ rev, reason, resourceType, resourceId, document })),
  );
  if ((await bulk.upsert(REVISIONS, writes.map(toRevisionRow))) < writes.length) throw isThere(writes);
  const texts = [
    ...changes.flatMap(({ resource, label }) => [resource, label]),
    ...explanations.map(({ label }) => label),
  ];
  const number = await textNumbers(tx, bulk, [...texts, ...snapshots.map(({ resourceId }) => resourceId)]);
  await bulk.upsert(
    CHANGES,
    rowsOf(changes, (change) => ({ ...change, resource: number(change.resource), label: number(change.label) })),
  );
  await bulk.upsert(
    EXPLANATIONS,
    rowsOf(explanations, (explanation) => ({ ...explanation, label: number(explanation.label) })),
  );
  await insertSnapshots(bulk, snapshots, number);
}

/** `meta` names the last revision, so this program did not make a later one. */
function isThere([first]: readonly RevisionWrite[]): AppError {
  return new AppError('altered', `Revision ${first?.revision.rev} is in the database already; nothing was stored`, {
    hint: 'Run `rollcall verify` to see what was changed, and restore a backup.',
  });
}

/** Of any revisions. */
export async function writeSnapshots(
  tx: SqlTransaction,
  bulk: BulkWriter,
  snapshots: readonly NumberedSnapshot[],
): Promise<void> {
  const number = await textNumbers(
    tx,
    bulk,
    snapshots.map(({ resourceId }) => resourceId),
  );
  await insertSnapshots(bulk, snapshots, number);
}

async function insertSnapshots(
  bulk: BulkWriter,
  snapshots: readonly NumberedSnapshot[],
  number: (text: string) => number,
): Promise<void> {
  await bulk.upsert(
    STATE_SNAPSHOTS,
    rowsOf(snapshots, ({ rev, reason, resourceType, resourceId, document }) => ({
      rev,
      reason,
      resourceType,
      document,
      resource: number(resourceId),
    })),
  );
}

function toEncodedChanges({ revision: { rev, at }, changes, snapshots }: RevisionWrite) {
  const documents = new Map(snapshots.map(({ resourceId, document }) => [resourceId, document]));
  return changes.map((change, seq) =>
    encodeChange(change, { rev, seq, at, document: documents.get(change.resourceId) }),
  );
}

function toEncodedExplanations({ revision: { rev }, explanations }: RevisionWrite) {
  return explanations.map((explanation, seq) => encodeExplanation(explanation, { rev, seq }));
}

function toRevisionRow({ revision, detail }: RevisionWrite) {
  return {
    ...revision,
    at: revision.at.getTime(),
    previousHash: base64Of(revision.previousHash),
    changesDigest: base64Of(revision.changesDigest),
    hash: base64Of(revision.hash),
    detail,
  };
}
