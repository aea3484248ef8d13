import type { Revision } from '../types/history.ts';
import type { BulkWriter } from './bulk-write.ts';
import type { DbTransaction } from './connection.ts';
import { type ChainHead, type RevisionDraft, sealRevision } from './seal-revision.ts';
import { writeHistory } from './write-history.ts';

/**
 * Locks the head of the chain until the transaction ends, so that revisions are committed in their order. On SQLite the
 * transaction has the database to itself from its BEGIN.
 */
export async function lockHead(tx: DbTransaction): Promise<ChainHead> {
  const { rev, lastHash, lastAt } = await tx.meta.update({ where: { id: 1 }, data: { rev: { increment: 0 } } });
  return { rev, hash: lastHash, at: lastAt };
}

/** Writes a revision after `head`, which {@link lockHead} gave in the same transaction. */
export async function appendRevision(
  tx: DbTransaction,
  bulk: BulkWriter,
  head: ChainHead,
  draft: RevisionDraft,
): Promise<Revision> {
  const sealed = sealRevision(head, draft);
  await writeHistory(tx, bulk, [sealed]);
  const { rev, hash, at } = sealed.revision;
  await tx.meta.update({ where: { id: 1 }, data: { rev, lastHash: hash, lastAt: at } });
  return sealed.revision;
}
