/** How long the event loop of this process was kept from its timers, in milliseconds of work. */
export class LoopDelay {
  #mostMs = 0;
  #lastMs = performance.now();
  #lastCpuMs = cpuMs();
  readonly #timer = setInterval(() => this.#look(), 5);

  /** The longest that there was since the last call. */
  takeMs(): number {
    this.#look();
    const mostMs = this.#mostMs;
    this.#mostMs = 0;
    return mostMs;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /**
   * Of the time since the last look that which this process worked: on a busy machine it also waits for its turn, which is none
   * of its own doing.
   */
  #look(): void {
    const [nowMs, nowCpuMs] = [performance.now(), cpuMs()];
    this.#mostMs = Math.max(this.#mostMs, Math.min(nowMs - this.#lastMs, nowCpuMs - this.#lastCpuMs));
    [this.#lastMs, this.#lastCpuMs] = [nowMs, nowCpuMs];
  }
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
