import type { Connection } from '../../src/repositories/db/connection.ts';
import { base64Of } from '../../src/repositories/history/change-codec.ts';
import { changesDigest, firstChangeDigest, revisionHash } from '../../src/repositories/history/hash-chain.ts';
import { storedChanges, storedRevisions } from './stored-history.ts';

/** Makes the last revision one of format 1, as version 0.1 wrote it: without what it records of other rows. */
export async function toFirstFormat(connection: Connection): Promise<void> {
  const last = (await storedRevisions(connection)).at(-1);
  if (last === undefined || last.format === 1) return;
  const { hash: _, ...revision } = last;
  const changes = (await storedChanges(connection)).filter(({ rev }) => rev === last.rev);
  const detail = last.kind === 'sync' ? null : last.detail;
  const first = { ...revision, format: 1, changesDigest: changesDigest(changes.map(firstChangeDigest)) } as const;
  const hash = revisionHash(first, detail);
  const sql = `UPDATE "revisions" SET "format" = 1, "changesDigest" = '${base64Of(first.changesDigest)}',
    "hash" = '${base64Of(hash)}'${detail === null ? ', "detail" = NULL' : ''} WHERE "rev" = ${last.rev}`;
  await connection.db.$executeRawUnsafe(sql);
  await connection.db.meta.update({ where: { id: 1 }, data: { lastHash: hash } });
}
