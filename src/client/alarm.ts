import type { Timers } from './environment.ts';

/** One timer that is set, moved and cleared. */
export class Alarm {
  readonly #timers: Timers;
  readonly #ring: () => void;
  #timer: { handle: unknown } | null = null;

  constructor(timers: Timers, ring: () => void) {
    this.#timers = timers;
    this.#ring = ring;
  }

  get isSet(): boolean {
    return this.#timer !== null;
  }

  /** In place of the time that was set before. */
  ringIn(ms: number): void {
    this.clear();
    const handle = this.#timers.setTimeout(() => {
      this.#timer = null;
      this.#ring();
    }, ms);
    this.#timer = { handle };
  }

  clear(): void {
    if (this.#timer !== null) this.#timers.clearTimeout(this.#timer.handle);
    this.#timer = null;
  }
}
