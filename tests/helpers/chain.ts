import { expect } from '@jest/globals';
import type { StoredChange } from '../../src/repositories/change-codec.ts';
import type { Connection } from '../../src/repositories/connection.ts';
import {
  bodyDigest,
  changeDigest,
  changesDigest,
  patchDigest,
  revisionHash,
  stateDigest,
} from '../../src/repositories/hash-chain.ts';
import { applyPatch } from '../../src/services/history/document-replay.ts';
import type { Document } from '../../src/types/document.ts';
import { storedChanges, storedRevisions } from './stored-history.ts';

/** Hashes everything that is stored anew, as an auditor would, of format 2; returns the last hash. */
export async function recomputeChain(connection: Connection): Promise<string> {
  const changes = await storedChanges(connection);
  const states = new States(await storedIds(connection));
  let previousHash = connection.epoch;
  for (const [index, { hash, detail, ...revision }] of (await storedRevisions(connection)).entries()) {
    const own = changes.filter(({ rev }) => rev === revision.rev);
    const digests = own.map((change, seq) => {
      const isLast = own.findLastIndex(({ resourceId }) => resourceId === change.resourceId) === seq;
      return states.digest(change, isLast);
    });
    expect(revision).toMatchObject({ rev: index + 1, format: 2, previousHash, changesDigest: changesDigest(digests) });
    previousHash = revisionHash(revision, detail);
    expect(hash).toBe(previousHash);
  }
  return previousHash;
}

/** The documents as the changes make them; of resources that have no row there is no state. */
class States {
  readonly #documents = new Map<string, Document>();
  readonly #ids: ReadonlySet<string>;

  constructor(ids: ReadonlySet<string>) {
    this.#ids = ids;
  }

  digest(change: StoredChange, isLast: boolean): string {
    const { kind, resourceId, patch } = change;
    const document = applyPatch(this.#documents.get(resourceId) ?? {}, patch);
    this.#documents.set(resourceId, document);
    if (kind !== 'changed') return changeDigest(change, patch);
    const state = isLast && this.#ids.has(resourceId) ? stateDigest(document) : '';
    return changeDigest(change, bodyDigest({ patch: patchDigest(patch), state }));
  }
}

async function storedIds({ db }: Connection): Promise<Set<string>> {
  const tables = [db.guest.findMany(), db.node.findMany(), db.storage.findMany()];
  return new Set((await Promise.all(tables)).flat().map(({ id }) => id));
}
