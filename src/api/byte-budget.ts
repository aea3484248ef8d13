import { AppError } from '../types/errors.ts';
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

/** Characters that all answers of a run may have together, since much of them is kept until its end. */
export class RunBudget {
  readonly #maxCharacters: number;
  #characters = 0;

  constructor(maxCharacters: number) {
    this.#maxCharacters = maxCharacters;
  }

  /** Begins another run. */
  begin(): void {
    this.#characters = 0;
  }

  add(characters: number, on: string): void {
    this.#characters += characters;
    this.check(on);
  }

  /** Throws AppError('malformed') once they are more. */
  check(on: string): void {
    if (this.#characters <= this.#maxCharacters) return;
    throw new AppError('malformed', `${on}: the answers of this run have more than ${this.#maxCharacters} characters`, {
      hint: 'No Proxmox VE answers so much: check what answers at this address',
    });
  }
}
