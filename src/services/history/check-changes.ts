import type { StoredChange } from '../../repositories/history/change-codec.ts';
import {
  bodyDigest,
  type ChangeBody,
  changeDigest,
  changesDigest,
  firstChangeDigest,
  patchDigest,
  stateDigest,
} from '../../repositories/history/hash-chain.ts';
import type { StoredRevision } from '../../repositories/history/history-rows.ts';
import { lastChangeOf } from '../../repositories/history/seal-revision.ts';
import { toBody } from '../../repositories/history/thinned-digest.ts';
import type { AuditedChange, AuditedSnapshot } from '../../repositories/maintenance/audit-repository.ts';
import type { Problem } from '../../types/history-query.ts';
import type { PruneCheck } from './check-prunes.ts';
import type { Replay } from './replay.ts';

/** A change of kind `changed` that was found whole, and what stands for it once it is thinned. */
export interface CheckedChange {
  change: StoredChange;
  /** Of format 1 the digest of the change, which is all that is kept. */
  body: ChangeBody | string;
}

interface Dependencies {
  replay: Replay;
  prunes: PruneCheck;
  found: (problem: Problem) => void;
  /** Gets every change of kind `changed`, thinned ones too. */
  onChanged: (checked: CheckedChange) => void;
}

/** Plays the changes of a revision, and compares their digests with the one that the revision recorded. */
export class ChangeCheck {
  readonly #deps: Dependencies;
  /** The thinned changes of the revision at hand after which a resource has a base. */
  #thinned = new Map<string, ChangeBody>();

  constructor(deps: Dependencies) {
    this.#deps = deps;
  }

  /** The readable changes, in their order. `explanations`: the digests that follow those of the changes. */
  revision(revision: StoredRevision, rows: readonly AuditedChange[], explanations: readonly string[]): StoredChange[] {
    const { rev } = revision;
    this.#thinned = new Map();
    const changes = this.#readable(rev, rows);
    const lastOf = lastChangeOf(changes);
    const digests = changes.map((change, index) => {
      this.#deps.replay.change(change, revision.providerId);
      this.#checkDetails(change);
      return this.#digest(revision, change, lastOf.get(change.resourceId) === index);
    });
    if (changesDigest([...digests, ...explanations]) !== revision.changesDigest) {
      this.#deps.found({
        where: `revision ${rev}`,
        message: 'its changes are not those it was made with: some were changed, removed or inserted',
      });
    }
    return changes;
  }

  /** To be called after {@link revision}, with each snapshot of it. */
  snapshot(revision: StoredRevision, { resourceType, resourceId, reason, document }: AuditedSnapshot): void {
    if (revision.format === 1 || reason !== 'prune' || document.value === null) return;
    if (this.#thinned.get(resourceId)?.state === stateDigest(document.value)) return;
    this.#deps.found({
      where: `snapshot of ${resourceType} ${resourceId} at revision ${revision.rev}`,
      message: 'is not the state that its revision was made with',
    });
  }

  #readable(rev: number, rows: readonly AuditedChange[]): StoredChange[] {
    const { found } = this.#deps;
    let expected = 0;
    return rows.flatMap(({ seq, change }) => {
      if (seq !== expected) found({ where: `change ${rev}/${expected}`, message: 'is missing' });
      expected = seq + 1;
      if (change.value === null) found({ where: `change ${rev}/${seq}`, message: change.damage });
      return change.value ?? [];
    });
  }

  /** Details are where no prune dropped them, and nowhere else. */
  #checkDetails({ rev, seq, kind, isPruned, digest }: StoredChange): void {
    const where = `change ${rev}/${seq}`;
    const isDropped = kind === 'changed' && this.#deps.prunes.isPruned(rev);
    if (isPruned && !isDropped) this.#deps.found({ where, message: 'has lost its patch, and no prune dropped it' });
    if (!isPruned && isDropped) this.#deps.found({ where, message: 'has a patch, which a prune has dropped' });
    if (!isPruned && digest !== null) {
      this.#deps.found({ where, message: 'has a digest, which only stands for a patch that was dropped' });
    }
  }

  #digest({ format }: StoredRevision, change: StoredChange, isLast: boolean): string {
    const { kind, patch, isPruned, digest } = change;
    if (format === 1) {
      const whole = isPruned ? (digest ?? '') : firstChangeDigest(change);
      if (kind === 'changed') {
        this.#deps.prunes.change(change, whole);
        this.#deps.onChanged({ change, body: whole });
      }
      return whole;
    }
    if (kind !== 'changed') return changeDigest(change, patch);
    const body = isPruned ? toBody(digest ?? '') : this.#body(change, isLast);
    this.#deps.onChanged({ change, body });
    if (typeof body === 'string') return changeDigest(change, body);
    if (isPruned) this.#thinned.set(change.resourceId, body);
    return changeDigest(change, bodyDigest(body));
  }

  #body({ resourceId, patch }: StoredChange, isLast: boolean): ChangeBody {
    return { patch: patchDigest(patch), state: isLast ? this.#deps.replay.stateDigestOf(resourceId) : '' };
  }
}
