import type { AppError } from '../../../types/errors.ts';

export interface AccessToken {
  text: string;
  /** How long it is good for, from when it was given. */
  lifeMs: number;
}

/** Asks for a new token. Throws AppError. */
export type Login = (signal: AbortSignal) => Promise<AccessToken>;

/** So long before its end a token is not used any more, or in its second half: a call may take a while. */
const SPARE_MS = 5 * 60_000;

/** Keeps a token until it ends, for all calls of a connection. */
export class TokenKeeper {
  readonly #login: Login;
  readonly #monotonicMs: () => number;
  readonly #onToken: (text: string) => void;
  #current: { token: Promise<AccessToken>; endsAtMs: number } | null = null;
  #generation = 0;

  /** `onToken`: told of each token, which is a secret from then on. */
  constructor(login: Login, onToken: (text: string) => void, monotonicMs: () => number = () => performance.now()) {
    this.#login = login;
    this.#onToken = onToken;
    this.#monotonicMs = monotonicMs;
  }

  /** Which token is in use: to be given to {@link TokenKeeper.renew}. */
  get generation(): number {
    return this.#generation;
  }

  /** Throws AppError; the next call tries again. */
  async text(signal: AbortSignal): Promise<string> {
    if (this.#current === null || this.#monotonicMs() >= this.#current.endsAtMs) this.#current = this.#begin(signal);
    const { token } = this.#current;
    return (await token).text;
  }

  /** After a token was refused. Of calls that were refused at the same time one asks for a new one. */
  renew(refused: number): void {
    if (refused === this.#generation) this.#current = null;
  }

  #begin(signal: AbortSignal): { token: Promise<AccessToken>; endsAtMs: number } {
    this.#generation += 1;
    const begun = { token: this.#login(signal), endsAtMs: Number.POSITIVE_INFINITY };
    begun.token.then(
      ({ text, lifeMs }) => {
        this.#onToken(text);
        begun.endsAtMs = this.#monotonicMs() + Math.max(lifeMs - SPARE_MS, lifeMs / 2);
      },
      (_error: AppError) => {
        if (this.#current === begun) this.#current = null;
      },
    );
    return begun;
  }
}
