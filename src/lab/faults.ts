export type FaultEffect =
  | { kind: 'status'; status: number; reason?: string; body?: string }
  | { kind: 'delay'; ms: number }
  /** The connection breaks in the middle of the body; the call was handled. */
  | { kind: 'cut' }
  /** The connection breaks before any answer, and the call is never handled. */
  | { kind: 'reset' }
  /** The call is handled; the connection breaks before any of the answer. */
  | { kind: 'lose-answer' }
  /** The connection breaks before any answer; the call is handled `ms` later by the lab's clock. */
  | { kind: 'late'; ms: number }
  /** The answer is whole, but the connection that promised to stay open is closed behind it. */
  | { kind: 'close-idle' }
  /** A page of a reverse proxy. */
  | { kind: 'html' }
  | { kind: 'empty-list' }
  /** Only the first share of the list. */
  | { kind: 'shorten'; keep: number }
  /** Without the entries of the list whose JSON text matches. */
  | { kind: 'omit'; entries: RegExp }
  | { kind: 'body'; body: string };

export interface LabFault {
  /** Tested on `GET /path?query`; parameters of a body are not in it. */
  match: RegExp;
  /** How often it strikes; without it, until it is removed. */
  times?: number;
  effect: FaultEffect;
}

export class Faults {
  private active: { fault: LabFault; left: number }[] = [];

  /** Returns a function that removes it. */
  add(fault: LabFault): () => void {
    const entry = { fault, left: fault.times ?? Number.POSITIVE_INFINITY };
    this.active.push(entry);
    return () => {
      this.active = this.active.filter((other) => other !== entry);
    };
  }

  clear(): void {
    this.active = [];
  }

  /** The effects that strike this request, in the order in which they were added. */
  take(request: string): FaultEffect[] {
    const struck = this.active.filter(({ fault, left }) => left > 0 && request.search(fault.match) >= 0);
    for (const entry of struck) entry.left -= 1;
    return struck.map(({ fault }) => fault.effect);
  }
}
