import { setMaxListeners } from 'node:events';
import { AppError } from '../types/errors.ts';

/** Everything that can end calls early: the user, the closing of the client, and the call's own signal. */
export class RunSignal {
  readonly #closing = new AbortController();
  readonly #run: AbortSignal;
  /** One combined signal for each signal that callers pass, which is the same for thousands of calls. */
  readonly #combined = new WeakMap<AbortSignal, AbortSignal>();

  constructor(signal: AbortSignal | undefined) {
    this.#run = anyOf(signal === undefined ? [this.#closing.signal] : [this.#closing.signal, signal]);
  }

  with(signal: AbortSignal | undefined): AbortSignal {
    if (signal === undefined) return this.#run;
    const known = this.#combined.get(signal);
    if (known) return known;
    const combined = anyOf([this.#run, signal]);
    this.#combined.set(signal, combined);
    return combined;
  }

  /** Throws AppError('interrupted') after the end. */
  check(signal: AbortSignal, what: string): void {
    if (signal.aborted) throw new AppError('interrupted', `${what}: interrupted`);
  }

  /** Waits for something that other calls wait for too, but no longer than the signal allows. */
  async race<T>(promise: Promise<T>, signal: AbortSignal, what: string): Promise<T> {
    this.check(signal, what);
    let abort: () => void = () => undefined;
    const aborted = new Promise<never>((_resolve, reject) => {
      abort = () => reject(new AppError('interrupted', `${what}: interrupted`));
      signal.addEventListener('abort', abort, { once: true });
    });
    try {
      return await Promise.race([promise, aborted]);
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  close(): void {
    this.#closing.abort();
  }
}

/** Every call under way listens to it, which Node takes for a leak from the eleventh on. */
function anyOf(signals: AbortSignal[]): AbortSignal {
  const combined = AbortSignal.any(signals);
  setMaxListeners(0, combined);
  return combined;
}
