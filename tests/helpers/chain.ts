import { expect } from '@jest/globals';
import type { Connection } from '../../src/repositories/db/connection.ts';
import type { StoredChange } from '../../src/repositories/history/change-codec.ts';
import {
  bodyDigest,
  changeDigest,
  changesDigest,
  patchDigest,
  revisionHash,
} from '../../src/repositories/history/hash-chain.ts';
import { storedChanges, storedRevisions } from './stored-history.ts';

/**
 * Hashes everything that is stored anew, as an auditor would; returns the last hash. The digest of a resource's state, which
 * only a replay knows, is left out: revisions that change a resource with a row are hashed with the digest that they have.
 */
export async function recomputeChain(connection: Connection): Promise<string> {
  const changes = await storedChanges(connection);
  const ids = await storedIds(connection);
  let previousHash = connection.epoch;
  for (const [index, { hash, detail, ...revision }] of (await storedRevisions(connection)).entries()) {
    expect(revision).toMatchObject({ rev: index + 1, format: 2, previousHash });
    const own = changes.filter(({ rev }) => rev === revision.rev);
    const hasState = own.some(({ kind, resourceId }) => kind === 'changed' && ids.has(resourceId));
    if (!hasState) expect(revision.changesDigest).toBe(changesDigest(own.map(digestOf)));
    previousHash = revisionHash(revision, detail);
    expect(hash).toBe(previousHash);
  }
  return previousHash;
}

function digestOf(change: StoredChange): string {
  const { kind, patch } = change;
  return changeDigest(change, kind === 'changed' ? bodyDigest({ patch: patchDigest(patch), state: '' }) : patch);
}

async function storedIds({ db }: Connection): Promise<Set<string>> {
  const tables = [db.guest.findMany(), db.node.findMany(), db.storage.findMany()];
  return new Set((await Promise.all(tables)).flat().map(({ id }) => id));
}
