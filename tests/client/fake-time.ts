import type { Timers } from '../../src/client/environment.ts';

interface Waiting {
  at: number;
  order: number;
  run: () => void;
}

/** A clock that a test moves. What runs by it does its input and output in real time meanwhile. */
export class FakeTime {
  now = Date.parse('2026-11-27T12:00:00Z');
  /** How far timers have come: they do not notice when the clock is set. */
  #passedMs = 0;
  #order = 0;
  readonly #waiting = new Map<number, Waiting>();

  readonly clock = (): number => this.now;
  readonly timers: Timers = {
    setTimeout: (run, ms) => {
      const order = ++this.#order;
      this.#waiting.set(order, { at: this.#passedMs + Math.max(0, ms), order, run });
      return order;
    },
    clearTimeout: (timer) => void this.#waiting.delete(timer as number),
  };

  /** Until `ms` have passed, with what is due in between. */
  async advance(ms: number): Promise<void> {
    const end = this.#passedMs + ms;
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.#waiting.delete(next.order);
      this.now += next.at - this.#passedMs;
      this.#passedMs = next.at;
      next.run();
      await settle();
    }
    this.now += end - this.#passedMs;
    this.#passedMs = end;
    await settle();
  }

  /** The clock is set, and no timer runs: as in a sleep of the machine. */
  sleep(ms: number): void {
    this.now += ms;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  #next(end: number): Waiting | undefined {
    return [...this.#waiting.values()]
      .filter(({ at }) => at <= end)
      .toSorted((one, other) => one.at - other.at || one.order - other.order)[0];
  }
}

/** Lets sockets of this machine deliver what is on its way. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Waits in real time for what depends on input and output. */
export async function until(isSo: () => boolean, what = String(isSo)): Promise<void> {
  for (const end = Date.now() + 20_000; !isSo(); ) {
    if (Date.now() > end) throw new Error(`in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
