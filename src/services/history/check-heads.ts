import type { Problem } from '../../types/history-query.ts';
import type { KeptHead } from '../../types/kept-head.ts';

/** Looks for kept heads in the chain. */
export class HeadCheck {
  readonly #heads: readonly KeptHead[];
  readonly #found = new Map<number, string>();

  constructor(heads: readonly KeptHead[]) {
    this.#heads = heads;
  }

  revision({ rev, hash }: KeptHead): void {
    if (this.#heads.some((head) => head.rev === rev)) this.#found.set(rev, hash);
  }

  /** Those that are in the chain. */
  proved(): KeptHead[] {
    return this.#heads.filter(({ rev, hash }) => this.#found.get(rev) === hash);
  }

  problems(): Problem[] {
    return this.#heads.flatMap(({ rev, hash }) => {
      const found = this.#found.get(rev);
      if (found === hash) return [];
      const message =
        found === undefined ? 'is missing, and its head was kept' : 'has another hash than the head that was kept';
      return [{ where: `revision ${rev}`, message }];
    });
  }
}
