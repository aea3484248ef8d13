/** Servers refuse a one-time password that is further off, and tickets too; more is a wrong date or a lie. */
const MOST_BELIEVED_MS = 5 * 60_000;

/** Measures the server's clock by the Date header, which is cut to whole seconds. */
export class ClockSkew {
  readonly #clock: () => number;
  #skewMs: number | null = null;
  #roundTripMs = Number.POSITIVE_INFINITY;

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  nowMs(): number {
    return this.#clock();
  }

  /** The fastest exchange tells best. */
  measure(dateHeader: unknown, sentAtMs: number): void {
    const receivedAtMs = this.#clock();
    const dateMs = typeof dateHeader === 'string' ? Date.parse(dateHeader) : Number.NaN;
    const roundTripMs = receivedAtMs - sentAtMs;
    if (Number.isNaN(dateMs) || roundTripMs > this.#roundTripMs) return;
    this.#roundTripMs = roundTripMs;
    this.#skewMs = Math.round(dateMs + 500 - (sentAtMs + receivedAtMs) / 2);
  }

  /** The server's clock minus ours. */
  ms(): number | null {
    return this.#skewMs;
  }

  serverNowMs(): number {
    return this.#clock() + (this.#skewMs ?? 0);
  }

  /**
   * The time for a one-time password: the server's, but near our own. Who names a date years ahead would otherwise get a
   * password that is good then.
   */
  passwordNowMs(): number {
    return this.#clock() + Math.max(-MOST_BELIEVED_MS, Math.min(this.#skewMs ?? 0, MOST_BELIEVED_MS));
  }
}
