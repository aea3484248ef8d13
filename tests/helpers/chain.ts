import { expect } from '@jest/globals';
import type { Connection } from '../../src/repositories/connection.ts';
import { changeDigest, changesDigest, revisionHash } from '../../src/repositories/hash-chain.ts';
import type { PlannedChange } from '../../src/types/history.ts';

/** Hashes everything that is stored anew, as an auditor would; returns the last hash. */
export async function recomputeChain(connection: Connection): Promise<string> {
  const revisions = await connection.db.revision.findMany({ orderBy: { rev: 'asc' } });
  let previousHash = connection.epoch;
  for (const [index, { hash: _, detail, ...revision }] of revisions.entries()) {
    const rows = await connection.db.change.findMany({ where: { rev: revision.rev }, orderBy: { seq: 'asc' } });
    const digests = rows.map((row) => changeDigest({ ...row, attribution: row } as unknown as PlannedChange));
    expect(revision).toMatchObject({ rev: index + 1, previousHash, changesDigest: changesDigest(digests) });
    previousHash = revisionHash({ ...revision, kind: 'sync' }, detail);
    expect(revisions[index]?.hash).toBe(previousHash);
  }
  return previousHash;
}
