import type { Problem } from '../../types/history-query.ts';

/** A revision with its hash, as `verify` printed it once: kept elsewhere, it proves everything before it. */
export interface KeptHead {
  rev: number;
  hash: string;
}

const HEAD = /\b(\d{1,10}):([0-9a-f]{32}(?:[0-9a-f]{32})?)\b/g;

export function toHead({ rev, hash }: KeptHead): string {
  return `${rev}:${hash}`;
}

/** Every head in a text: in what `verify` printed in any format, in a mail, in a log. */
export function findHeads(text: string): KeptHead[] {
  return [...text.matchAll(HEAD)].map(([, rev, hash = '']) => ({ rev: Number(rev), hash }));
}

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
