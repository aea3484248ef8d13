/** So long before its end a credential is not used any more, or in its second half: a call may take a while. */
const SPARE_MS = 5 * 60_000;
/** One that was given in place of a refused one, and is refused so soon, is not asked for again. */
const FRESH_MS = 30_000;

/** Asks for a credential; `refused`: the one before, where the server refused it. Throws AppError. */
export type AskCredential<T> = (refused: T | null, signal: AbortSignal | undefined) => Promise<T>;

export interface KeptOptions<T> {
  ask: AskCredential<T>;
  /** Epoch milliseconds; null: it does not end, or that is not told. */
  endsAtMs: (credential: T) => number | null;
  /** Told of each one, which is a secret from then on. */
  onCredential?: (credential: T) => void;
  /** Epoch milliseconds, by the clock that the end is told by. */
  clock?: () => number;
}

interface Kept<T> {
  asked: Promise<T>;
  /** null: it is on its way. */
  credential: T | null;
  givenAtMs: number;
  /** From then on it is not used any more. */
  usedUntilMs: number;
  /** The server refused the one before. */
  isReplacement: boolean;
}

/** A token or session that ends: asked for once for all calls, again before its end, and once it was refused. */
export class KeptCredential<T extends object> {
  readonly #options: KeptOptions<T>;
  readonly #clock: () => number;
  #kept: Kept<T> | null = null;
  #refused: T | null = null;

  constructor(options: KeptOptions<T>) {
    this.#options = options;
    this.#clock = options.clock ?? Date.now;
  }

  /** Calls at the same time wait for one answer. Throws AppError; the next call asks again. */
  current(signal?: AbortSignal): Promise<T> {
    if (this.#kept === null || this.#clock() >= this.#kept.usedUntilMs) this.#kept = this.#ask(signal);
    return this.#kept.asked;
  }

  /** After the server refused one: whether another one may do better. Of calls that were refused together one asks. */
  renew(refused: T): boolean {
    const kept = this.#kept;
    if (kept?.credential !== refused) return true;
    if (kept.isReplacement && this.#clock() - kept.givenAtMs < FRESH_MS) return false;
    this.#kept = null;
    this.#refused = refused;
    return true;
  }

  #ask(signal: AbortSignal | undefined): Kept<T> {
    const { ask, endsAtMs, onCredential } = this.#options;
    const refused = this.#refused;
    this.#refused = null;
    const kept: Kept<T> = {
      asked: ask(refused, signal),
      credential: null,
      givenAtMs: this.#clock(),
      usedUntilMs: Number.POSITIVE_INFINITY,
      isReplacement: refused !== null,
    };
    kept.asked.then(
      (credential) => {
        onCredential?.(credential);
        const nowMs = this.#clock();
        kept.credential = credential;
        kept.givenAtMs = nowMs;
        const lifeMs = (endsAtMs(credential) ?? Number.POSITIVE_INFINITY) - nowMs;
        kept.usedUntilMs = nowMs + Math.max(lifeMs - SPARE_MS, lifeMs / 2);
      },
      () => {
        if (this.#kept === kept) this.#kept = null;
      },
    );
    return kept;
  }
}
