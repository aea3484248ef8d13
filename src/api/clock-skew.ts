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
}
