import { setTimeout as sleep } from 'node:timers/promises';

/** How many calls a server takes: so many at once, and so many a second from then on. */
export interface Rate {
  burst: number;
  perSecond: number;
}

/**
 * Holds calls back to what a server takes, each key (an account, a region and a call) by itself. Calls wait in the order in which they
 * came.
 */
export class TokenBuckets {
  readonly #clock: () => number;
  readonly #buckets = new Map<string, { tokens: number; atMs: number }>();

  /** `clock`: monotonic milliseconds. */
  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock;
  }

  /** Milliseconds until the next call may be sent, which is counted as sent. */
  take(key: string, { burst, perSecond }: Rate): number {
    const nowMs = this.#clock();
    const { tokens, atMs } = this.#buckets.get(key) ?? { tokens: burst, atMs: nowMs };
    const left = Math.min(burst, tokens + ((nowMs - atMs) * perSecond) / 1_000) - 1;
    this.#buckets.set(key, { tokens: left, atMs: nowMs });
    return left >= 0 ? 0 : (-left * 1_000) / perSecond;
  }

  /** Ends early where the signal says so; whoever waits looks at it. */
  async wait(key: string, rate: Rate, signal: AbortSignal): Promise<void> {
    const ms = this.take(key, rate);
    if (ms > 0) await sleep(ms, undefined, { signal }).catch(() => undefined);
  }

  /** After a refusal for too many calls: what was left is gone. Calls that wait already keep their turns. */
  drain(key: string): void {
    const known = this.#buckets.get(key);
    this.#buckets.set(key, { tokens: Math.min(0, known?.tokens ?? 0), atMs: known?.atMs ?? this.#clock() });
  }
}
