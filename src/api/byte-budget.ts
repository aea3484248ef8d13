import { WireFailure } from './wire-failure.ts';

/** Bytes that several holders may have together. */
export class ByteBudget {
  readonly #maxBytes: number;
  #heldBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** To be closed when what it holds is not needed any more. */
  open(): ByteLease {
    let ownBytes = 0;
    return {
      add: (bytes) => {
        ownBytes += bytes;
        this.#heldBytes += bytes;
        if (this.#heldBytes <= this.#maxBytes) return;
        throw new WireFailure('too-large', { detail: `${this.#maxBytes / 2 ** 20} MiB` });
      },
      close: () => {
        this.#heldBytes -= ownBytes;
        ownBytes = 0;
      },
    };
  }
}

export interface ByteLease {
  /** Throws WireFailure('too-large') when it is more than all may have together. */
  add(bytes: number): void;
  close(): void;
}
