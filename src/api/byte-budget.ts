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
        return this.#heldBytes <= this.#maxBytes;
      },
      close: () => {
        this.#heldBytes -= ownBytes;
        ownBytes = 0;
      },
    };
  }
}

export interface ByteLease {
  /** false: it is more than all may have together. */
  add(bytes: number): boolean;
  close(): void;
}
