interface Entry {
  atMs: number;
  work: () => void;
}

interface AgendaClock {
  nowMs(): number;
  /** Runs `work` as if it were another time. */
  at(timeMs: number, work: () => void): void;
}

/**
 * What happens at a later time of the lab's clock. Nothing ticks: it happens when somebody looks, in order of time, and as if it
 * were that time. So it works with a clock that a test advances as with the real one.
 */
export class Agenda {
  private readonly clock: AgendaClock;
  private readonly entries: Entry[] = [];

  constructor(clock: AgendaClock) {
    this.clock = clock;
  }

  /** Of one time those that were added first come first. */
  add(atMs: number, work: () => void): void {
    let index = this.entries.length;
    while (index > 0 && (this.entries[index - 1]?.atMs ?? 0) > atMs) index -= 1;
    this.entries.splice(index, 0, { atMs, work });
  }

  /** Does what is due. What that adds, and is due as well, is done too. */
  settle(): void {
    for (let [next] = this.entries; next && next.atMs <= this.clock.nowMs(); [next] = this.entries) {
      this.entries.shift();
      this.clock.at(next.atMs, next.work);
    }
  }
}
