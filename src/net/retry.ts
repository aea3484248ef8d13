import { setTimeout as sleep } from 'node:timers/promises';
import pRetry from 'p-retry';
import { AppError } from '../types/errors.ts';

const MAX_RETRY_AFTER_MS = 30_000;
const MAX_BACKOFF_MS = 5_000;
/** A try that took so long is not repeated: of a server in trouble each call would take as long again. */
const LONG_TRY_MS = 2_500;

export interface RetryOptions {
  retries: number;
  /** The first wait; it doubles from there. */
  baseMs: number;
  signal: AbortSignal | undefined;
}

/** An error that says how often and when its call may be repeated. Never leaves src/api: what is thrown in the end is `error`. */
export class Repeatable extends Error {
  readonly error: AppError;
  readonly maxRetries: number;
  readonly retryAfterMs: number | undefined;

  constructor(error: AppError, maxRetries: number, retryAfterMs?: number) {
    super(error.message);
    this.name = 'Repeatable';
    this.error = error;
    this.maxRetries = maxRetries;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Milliseconds that a `Retry-After` header asks for: seconds or an HTTP date. */
export function retryAfterMs(header: unknown, nowMs: number): number | undefined {
  if (typeof header !== 'string' || header.trim() === '') return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}

/** One try. Whoever waits for a turn before its request is sent calls `begun` then: waiting is no long try. */
export type Try<T> = (begun: () => void) => Promise<T>;

/**
 * Repeats a read that fails soon with a {@link Repeatable} or a retryable AppError (a timeout once); throws the last AppError.
 */
export async function repeatRead<T>(read: Try<T>, options: RetryOptions): Promise<T> {
  const timer = new TryTimer();
  try {
    return await read(timer.begin);
  } catch (error) {
    return repeat(read, timer.isLong() ? final(error) : error, options);
  }
}

class TryTimer {
  #startedAt = performance.now();
  readonly begin = (): void => {
    this.#startedAt = performance.now();
  };

  isLong(): boolean {
    return performance.now() - this.#startedAt >= LONG_TRY_MS;
  }
}

function final(error: unknown): unknown {
  const known = error instanceof Repeatable ? error.error : error;
  return known instanceof AppError ? new Repeatable(known, 0) : known;
}

/** Goes on after a first attempt that failed. */
async function repeat<T>(read: Try<T>, failure: unknown, options: RetryOptions): Promise<T> {
  const attempt = (number: number, begun: () => void): Promise<T> =>
    number === 1 ? Promise.reject(failure) : read(begun);
  try {
    return await pRetry((number) => marked((begun) => attempt(number, begun)), {
      retries: options.retries,
      // p-retry cannot take Retry-After, so its own wait is off. It calls onFailedAttempt after the last attempt and
      // before shouldRetry too, hence the guard.
      minTimeout: 0,
      shouldRetry: ({ error, attemptNumber }) => error instanceof Repeatable && attemptNumber <= error.maxRetries,
      onFailedAttempt: async ({ error, attemptNumber, retriesLeft }) => {
        if (retriesLeft === 0 || !(error instanceof Repeatable) || attemptNumber > error.maxRetries) return;
        await wait(waitMs(error, attemptNumber, options.baseMs), error.error, options.signal);
      },
    });
  } catch (error) {
    throw error instanceof Repeatable ? error.error : error;
  }
}

async function marked<T>(read: Try<T>): Promise<T> {
  const timer = new TryTimer();
  try {
    return await read(timer.begin);
  } catch (error) {
    if (timer.isLong()) throw final(error);
    if (!(error instanceof AppError) || !error.retryable) throw error;
    throw new Repeatable(error, error.code === 'timeout' ? 1 : Number.POSITIVE_INFINITY);
  }
}

function waitMs({ retryAfterMs: asked }: Repeatable, attemptNumber: number, baseMs: number): number {
  if (asked !== undefined) return Math.min(asked, MAX_RETRY_AFTER_MS);
  return Math.min(MAX_BACKOFF_MS, baseMs * 2 ** (attemptNumber - 1)) * (0.5 + Math.random() / 2);
}

/** An abort during the wait ends the call with the error it was about to forget: the caller looks at the signal. */
async function wait(ms: number, error: AppError, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(ms, undefined, signal ? { signal } : {});
  } catch {
    throw error;
  }
}
