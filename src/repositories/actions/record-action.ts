import { STEP_STATES, type StepState } from '../../types/action.ts';
import { BulkWriter } from '../db/bulk-write.ts';
import type { Connection } from '../db/connection.ts';
import { placeholder } from '../db/dialect.ts';
import type { SqlTransaction } from '../db/sql-transaction.ts';
import { isAnything } from '../db/stored-shape.ts';
import { appendRevision, lockHead } from '../history/append-revision.ts';
import { ACTION_SQL, type ActionDetail, authorOf, operationDigest, stepDigest } from './action-digest.ts';

/**
 * Appends the revision of an action that has ended, in the transaction that ended it and after everything else of its rows was
 * written, and names it there. Gives its number. Throws AppError('altered') where the head of the history is.
 */
export async function recordAction(
  tx: SqlTransaction,
  { provider, runForEach }: Pick<Connection, 'provider' | 'runForEach'>,
  { id, now }: { id: string; now: Date },
): Promise<number> {
  const head = await lockHead(tx);
  const bulk = new BulkWriter(tx, provider, runForEach);
  const detail = await readDetail(tx, placeholder(provider, 1), id);
  const draft = { kind: 'operation', providerId: null, runId: null, at: now, detail } as const;
  const { rev } = await appendRevision(tx, bulk, head, draft);
  const [first, second] = [1, 2].map((index) => placeholder(provider, index));
  await tx.execute(`UPDATE "operations" SET "rev" = ${first} WHERE "id" = ${second}`, rev, id);
  return rev;
}

async function readDetail(tx: SqlTransaction, only: string, id: string): Promise<ActionDetail> {
  const operations = {
    sql: `SELECT ${ACTION_SQL.operation} FROM "operations" o WHERE o."id" = ${only}`,
    values: [id],
    noun: 'operation',
  };
  const [operation] = await tx.list(operations, (row) => ({
    digest: operationDigest(row),
    by: row.text('requestedBy'),
    via: row.text('requestedVia'),
    state: row.text('state'),
    ...authorOf(row.json('parameters', isAnything)),
  }));
  if (operation === undefined) throw new Error(`operation ${id} is recorded where it is not`);
  const steps = await tx.list(
    {
      sql: `SELECT ${ACTION_SQL.step} FROM "operation_steps" s WHERE s."operationId" = ${only} ORDER BY s."seq"`,
      values: [id],
      noun: 'step',
      key: ['operationId', 'seq'],
    },
    (row) => ({ digest: stepDigest(row), state: row.word('state', STEP_STATES) }),
  );
  const { digest, ...summary } = operation;
  return {
    summary: { id, ...summary, guests: countStates(steps) },
    operation: digest,
    steps: steps.map((step) => step.digest),
  };
}

function countStates(steps: readonly { state: StepState }[]): ActionDetail['summary']['guests'] {
  const counts: Partial<Record<StepState, number>> = {};
  for (const { state } of steps) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}
