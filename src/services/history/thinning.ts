import { changeId } from '../../repositories/history/change-codec.ts';
import { bodyDigest } from '../../repositories/history/hash-chain.ts';
import { fromBody } from '../../repositories/history/thinned-digest.ts';
import { DigestList } from '../../repositories/maintenance/digest-list.ts';
import type { LastChange } from '../../repositories/maintenance/prune-repository.ts';
import type { Document } from '../../types/document.ts';
import type { CheckedChange } from './check-changes.ts';
import type { PruneCheck } from './check-prunes.ts';
import type { Replay } from './replay.ts';

/** Gathers, while the history is verified, what a prune up to a revision writes: nothing but what was found whole. */
export class Thinning {
  readonly upToRev: number;
  /** What stands for each change that still has its patch. */
  readonly digests = new DigestList();
  /** The documents at the cut-off. */
  documents: ReadonlyMap<string, Document> = new Map();
  /** What the prune records of thinned changes of format 1. */
  thinned = '';
  readonly #last = new Map<string, LastChange>();

  constructor(upToRev: number) {
    this.upToRev = upToRev;
  }

  change({ change, body }: CheckedChange): void {
    const { rev, seq, resourceId, resourceType, isPruned } = change;
    if (rev > this.upToRev) return;
    const isWhole = typeof body === 'string';
    if (!isPruned) this.digests.add(changeId(rev, seq), isWhole ? body : bodyDigest(body));
    // A change that was thinned before keeps its digests: it had a base then, as it has now.
    const digest = isPruned || isWhole ? null : fromBody(body);
    this.#last.set(resourceId, { resourceId, resourceType, rev, seq, digest });
  }

  endRevision(rev: number, replay: Replay): void {
    if (rev === this.upToRev) this.documents = replay.documents();
  }

  end(prunes: PruneCheck): void {
    this.thinned = prunes.thinnedUpTo(this.upToRev);
  }

  /** The last change of each resource up to the cut-off that has changed by then. */
  get lastChanges(): LastChange[] {
    return [...this.#last.values()];
  }
}
