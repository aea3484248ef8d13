import { AppError } from '../types/errors.ts';
import type { Revision } from '../types/history.ts';
import type { BulkWriter } from './bulk-write.ts';
import { hexOf } from './change-codec.ts';
import type { DbTransaction } from './connection.ts';
import { type ChainHead, type RevisionDraft, sealRevision } from './seal-revision.ts';
import { writeHistory } from './write-history.ts';

/**
 * Locks the head of the chain until the transaction ends, so that revisions are committed in their order. On SQLite the
 * transaction has the database to itself from its BEGIN. Throws AppError `altered`.
 */
export async function lockHead(tx: DbTransaction): Promise<{ rev: number; hash: string }> {
  const sql = 'UPDATE "meta" SET "rev" = "rev" WHERE "id" = 1 RETURNING "rev", "lastHash"';
  const [meta] = await tx.$queryRawUnsafe<{ rev: number; lastHash: string }[]>(sql);
  if (meta === undefined) throw altered('The head of the history is missing');
  return { rev: Number(meta.rev), hash: meta.lastHash };
}

/** Writes a revision after `head`, which {@link lockHead} gave in the same transaction. Throws AppError `altered`. */
export async function appendRevision(
  tx: DbTransaction,
  bulk: BulkWriter,
  head: { rev: number; hash: string },
  draft: RevisionDraft,
): Promise<Revision> {
  const sealed = sealRevision(await toChainHead(tx, head), draft);
  await writeHistory(tx, bulk, [sealed]);
  const { rev, hash, at } = sealed.revision;
  await tx.meta.update({ where: { id: 1 }, data: { rev, lastHash: hash, lastAt: at } });
  return sealed.revision;
}

/** What `meta` says must be what was written last: otherwise the next revision would make up for what is missing. */
async function toChainHead(tx: DbTransaction, { rev, hash }: { rev: number; hash: string }): Promise<ChainHead> {
  if (rev === 0) return { rev, hash, at: new Date(0) };
  const last = await tx.revision.findUnique({ where: { rev }, select: { hash: true, at: true } });
  if (last !== null && hexOf(last.hash) === hash) return { rev, hash, at: new Date(Number(last.at)) };
  throw altered(`Revision ${rev}, the last one, is not as it was written`);
}

function altered(what: string): AppError {
  return new AppError('altered', `${what}; nothing was stored`, {
    hint: 'Run `rollcall verify` to see what was changed, and restore a backup.',
  });
}
