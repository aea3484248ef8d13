import type { Document } from '../../types/document.ts';
import type { PlannedChange, Revision, RevisionKind } from '../../types/history.ts';
import { bodyDigest, changeDigest, changesDigest, patchDigest, revisionHash, stateDigest } from './hash-chain.ts';
import type { RevisionWrite, SnapshotWrite } from './write-history.ts';

/** The last revision of the chain; before the first one, `hash` is the epoch. */
export interface ChainHead {
  rev: number;
  hash: string;
  at: Date;
}

/** A revision before it has its place in the chain. */
export interface RevisionDraft {
  kind: RevisionKind;
  providerId: string | null;
  runId: string | null;
  at: Date;
  /** What the kind of revision records beside its changes, as JSON; covered by the hash. */
  detail: unknown;
  changes?: readonly PlannedChange[];
  /** The documents after this revision, of every resource that has a change of kind `changed`. */
  states?: ReadonlyMap<string, Document>;
  snapshots?: readonly SnapshotWrite[];
}

/** Gives a revision its number, its time and its hashes. Pure. */
export function sealRevision(head: ChainHead, draft: RevisionDraft): RevisionWrite {
  const { kind, providerId, runId, detail, changes = [], states = new Map(), snapshots = [] } = draft;
  // A clock that was set back must not put a revision before the one it follows.
  const at = new Date(Math.max(draft.at.getTime(), head.at.getTime()));
  const unhashed: Omit<Revision, 'hash'> = {
    rev: head.rev + 1,
    format: 2,
    kind,
    providerId,
    runId,
    at,
    previousHash: head.hash,
    changesDigest: changesDigest(digestsOf(changes, states)),
  };
  return { revision: { ...unhashed, hash: revisionHash(unhashed, detail) }, detail, changes, snapshots };
}

function digestsOf(changes: readonly PlannedChange[], states: ReadonlyMap<string, Document>): string[] {
  const lastOf = lastChangeOf(changes);
  return changes.map((change, seq) => {
    if (change.kind !== 'changed') return changeDigest(change, change.patch);
    const document = lastOf.get(change.resourceId) === seq ? states.get(change.resourceId) : undefined;
    const state = document === undefined ? '' : stateDigest(document);
    return changeDigest(change, bodyDigest({ patch: patchDigest(change.patch), state }));
  });
}

/** Where in a revision's changes the last one of each resource is. */
export function lastChangeOf(changes: readonly Pick<PlannedChange, 'resourceId'>[]): ReadonlyMap<string, number> {
  return new Map(changes.map(({ resourceId }, seq) => [resourceId, seq]));
}
