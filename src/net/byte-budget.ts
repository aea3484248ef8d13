import { AppError } from '../types/errors.ts';
import { WireFailure } from './wire-failure.ts';

/** Bytes that several leases may hold together. */
export class ByteBudget {
  readonly maxBytes: number;
  heldBytes = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }
}

/** What one answer holds of a budget; to be closed when it is not needed any more. */
export class ByteLease {
  readonly #budget: ByteBudget;
  #bytes = 0;

  constructor(budget: ByteBudget) {
    this.#budget = budget;
  }

  /** Throws WireFailure('too-large') when it is more than all may have together. */
  add(bytes: number): void {
    this.#bytes += bytes;
    this.#budget.heldBytes += bytes;
    const { heldBytes, maxBytes } = this.#budget;
    if (heldBytes > maxBytes) throw new WireFailure('too-large', { detail: `${maxBytes / 2 ** 20} MiB` });
  }

  close(): void {
    this.#budget.heldBytes -= this.#bytes;
    this.#bytes = 0;
  }
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
      hint: 'No such server answers so much: check what answers at this address',
    });
  }
}
