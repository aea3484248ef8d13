import { AppError } from '../../types/errors.ts';
import type { Revision } from '../../types/history.ts';
import type { BulkWriter } from '../db/bulk-write.ts';
import { dateParameter, placeholder } from '../db/dialect.ts';
import type { SqlTransaction } from '../db/sql-transaction.ts';
import { hexOf } from './change-codec.ts';
import { type ChainHead, type RevisionDraft, sealRevision } from './seal-revision.ts';
import { writeHistory } from './write-history.ts';

/**
 * Locks the head of the chain until the transaction ends, so that revisions are committed in order. On SQLite the
 * transaction has the whole database from its BEGIN. Throws AppError `altered`.
 */
export async function lockHead(tx: SqlTransaction): Promise<{ rev: number; hash: string }> {
  const sql = 'UPDATE "meta" SET "rev" = "rev" WHERE "id" = 1 RETURNING "rev", "lastHash"';
  const [head] = await tx.list({ sql, noun: 'meta', key: ['rev'] }, (row) => ({
    rev: row.number('rev'),
    hash: row.text('lastHash'),
  }));
  if (head === undefined) throw altered('The head of the history is missing');
  return head;
}

/** Appends a revision to `head`, which {@link lockHead} returned in the same transaction. Throws AppError `altered`. */
export async function appendRevision(
  tx: SqlTransaction,
  bulk: BulkWriter,
  head: { rev: number; hash: string },
  draft: RevisionDraft,
): Promise<Revision> {
  const sealed = sealRevision(await toChainHead(tx, bulk, head), draft);
  await writeHistory(tx, bulk, [sealed]);
  const { rev, hash, at } = sealed.revision;
  const [first, second, third] = [1, 2, 3].map((index) => placeholder(bulk.provider, index));
  const sql = `UPDATE "meta" SET "rev" = ${first}, "lastHash" = ${second}, "lastAt" = ${third} WHERE "id" = 1`;
  await tx.execute(sql, rev, hash, dateParameter(bulk.provider, at));
  return sealed.revision;
}

/** The last revision must be the one that `meta` names: otherwise the next revision would conceal a missing one. */
async function toChainHead(
  tx: SqlTransaction,
  { provider }: BulkWriter,
  { rev, hash }: { rev: number; hash: string },
): Promise<ChainHead> {
  if (rev === 0) return { rev, hash, at: new Date(0) };
  const sql = `SELECT "rev", "hash", "at" FROM "revisions" WHERE "rev" = ${placeholder(provider, 1)}`;
  const query = { sql, values: [rev], noun: 'revision', key: ['rev'] };
  const [last] = await tx.list(query, (row) => ({ hash: row.text('hash'), at: row.number('at') }));
  if (last !== undefined && hexOf(last.hash) === hash) return { rev, hash, at: new Date(last.at) };
  throw altered(`Revision ${rev}, the last one, is not as it was written`);
}

function altered(what: string): AppError {
  return new AppError('altered', `${what}; nothing was stored`, {
    hint: 'Run `rollcall verify` to see what was changed, and restore a backup.',
  });
}
