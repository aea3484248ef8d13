import { expect } from '@jest/globals';
import type { Connection } from '../../src/repositories/connection.ts';
import { changeDigest, changesDigest, revisionHash } from '../../src/repositories/hash-chain.ts';
import { storedChanges, storedRevisions } from './stored-history.ts';

/** Hashes everything that is stored anew, as an auditor would; returns the last hash. */
export async function recomputeChain(connection: Connection): Promise<string> {
  const changes = await storedChanges(connection);
  let previousHash = connection.epoch;
  for (const [index, { hash, detail, ...revision }] of (await storedRevisions(connection)).entries()) {
    const digests = changes.filter(({ rev }) => rev === revision.rev).map(changeDigest);
    expect(revision).toMatchObject({ rev: index + 1, previousHash, changesDigest: changesDigest(digests) });
    previousHash = revisionHash(revision, detail);
    expect(hash).toBe(previousHash);
  }
  return previousHash;
}
