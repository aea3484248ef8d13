import type { Document } from '../../types/document.ts';
import type { Explanation, PlannedChange, Revision, RevisionKind } from '../../types/history.ts';
import {
  bodyDigest,
  changeDigest,
  changesDigest,
  explanationDigest,
  patchDigest,
  revisionHash,
  stateDigest,
} from './hash-chain.ts';
import type { RevisionWrite, SnapshotWrite } from './write-history.ts';

/** The last revision of the chain. Before the first one, `hash` is the epoch. */
export interface ChainHead {
  rev: number;
  hash: string;
  at: Date;
}

/** A revision that has no place in the chain yet. */
export interface RevisionDraft {
  kind: RevisionKind;
  providerId: string | null;
  runId: string | null;
  at: Date;
  /** Data of this kind of revision besides its changes, as JSON; the hash covers it. */
  detail: unknown;
  changes?: readonly PlannedChange[];
  /** Of changes of earlier revisions. */
  explanations?: readonly Explanation[];
  /** The documents after this revision, of every resource that has a change of kind `changed`. */
  states?: ReadonlyMap<string, Document>;
  snapshots?: readonly SnapshotWrite[];
}

/** Assigns a revision its number, time and hashes. Pure. */
export function sealRevision(head: ChainHead, draft: RevisionDraft): RevisionWrite {
  const { kind, providerId, runId, detail, changes = [], explanations = [], snapshots = [] } = draft;
  // A clock that was set back must not date a revision before its predecessor.
  const at = new Date(Math.max(draft.at.getTime(), head.at.getTime()));
  const unhashed: Omit<Revision, 'hash'> = {
    rev: head.rev + 1,
    format: 2,
    kind,
    providerId,
    runId,
    at,
    previousHash: head.hash,
    changesDigest: changesDigest([
      ...digestsOf(changes, draft.states ?? new Map()),
      ...explanations.map(explanationDigest),
    ]),
  };
  return { revision: { ...unhashed, hash: revisionHash(unhashed, detail) }, detail, changes, explanations, snapshots };
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

/** The index of each resource's last change in a revision. */
export function lastChangeOf(changes: readonly Pick<PlannedChange, 'resourceId'>[]): ReadonlyMap<string, number> {
  return new Map(changes.map(({ resourceId }, seq) => [resourceId, seq]));
}
