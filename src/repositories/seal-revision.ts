import type { PlannedChange, Revision, RevisionKind } from '../types/history.ts';
import { changeDigest, changesDigest, revisionHash } from './hash-chain.ts';
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
  snapshots?: readonly SnapshotWrite[];
}

/** Gives a revision its number, its time and its hashes. Pure. */
export function sealRevision(head: ChainHead, draft: RevisionDraft): RevisionWrite {
  const { kind, providerId, runId, detail, changes = [], snapshots = [] } = draft;
  // A clock that was set back must not put a revision before the one it follows.
  const at = new Date(Math.max(draft.at.getTime(), head.at.getTime()));
  const digest = changesDigest(changes.map(changeDigest));
  const unhashed = { rev: head.rev + 1, kind, providerId, runId, at, previousHash: head.hash, changesDigest: digest };
  const revision: Revision = { ...unhashed, hash: revisionHash(unhashed, detail) };
  return { revision, detail, changes, snapshots };
}
