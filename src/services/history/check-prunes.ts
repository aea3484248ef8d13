import { RowsDigest, thinnedRow } from '../../repositories/history/audited.ts';
import type { StoredChange } from '../../repositories/history/change-codec.ts';
import type { AuditedSnapshot, StoredPrune } from '../../repositories/maintenance/audit-repository.ts';
import type { Problem } from '../../types/history-query.ts';

/**
 * Compares what prunes recorded with what is left. `thinned`: of format 1 only, since a thinned change of format 2 is in
 * the hash of its own revision; of every prune, the rows up to its cut-off as they are now. `base`: of the last prune only,
 * for a prune replaces the snapshots of the one before.
 */
export class PruneCheck {
  readonly #prunes: readonly StoredPrune[];
  readonly #thinned = new RowsDigest();
  readonly #base = new RowsDigest();
  /** Cut-offs in their order, with the digest of what is thinned up to them. */
  readonly #cutOffs: readonly number[];
  readonly #digests = new Map<number, string>();

  /** `upToRev`: the cut-off of a prune that is planned. */
  constructor(prunes: readonly StoredPrune[], upToRev = 0) {
    this.#prunes = prunes;
    this.#cutOffs = [...new Set([...prunes.map((prune) => prune.upToRev), upToRev])].sort((a, b) => a - b);
  }

  /** Whether a later revision records that details up to here were dropped. */
  isPruned(rev: number): boolean {
    return this.#prunes.some((prune) => rev <= prune.upToRev && prune.rev > rev);
  }

  /** A change of kind `changed` and format 1, thinned or not; in the order of the history. */
  change(change: StoredChange, digest: string): void {
    this.#passCutOffs(change.rev);
    if (change.rev <= (this.#cutOffs.at(-1) ?? 0)) this.#thinned.add(thinnedRow(change, digest));
  }

  snapshot({ rev, resourceId, reason, document }: AuditedSnapshot): void {
    if (reason === 'prune') this.#base.add([resourceId, rev, document.value]);
  }

  /** What a prune up to a revision records as `thinned`. To be called after the last change. */
  thinnedUpTo(upToRev: number): string {
    this.#passCutOffs(Number.POSITIVE_INFINITY);
    return this.#digests.get(upToRev) ?? '';
  }

  problems(): Problem[] {
    return this.#prunes.flatMap((prune, index) => {
      const where = `revision ${prune.rev}`;
      const isLast = index === this.#prunes.length - 1;
      const problems: Problem[] = [];
      if (prune.upToRev >= prune.rev) problems.push({ where, message: 'says that it thinned revisions after itself' });
      if (isLast && prune.base !== this.#base.hex()) {
        problems.push({
          where,
          message: 'the snapshots that it put in place of dropped details are not those it made',
        });
      }
      if (prune.thinned !== this.thinnedUpTo(prune.upToRev)) {
        problems.push({ where, message: 'the changes that it thinned do not say any more what they said then' });
      }
      return problems;
    });
  }

  #passCutOffs(rev: number): void {
    for (const cutOff of this.#cutOffs) {
      if (cutOff < rev && !this.#digests.has(cutOff)) this.#digests.set(cutOff, this.#thinned.hex());
    }
  }
}
