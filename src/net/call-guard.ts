import { Redactor } from './redact.ts';
import { RunSignal } from './run-signal.ts';

/** The only way out of a client: its end ends its calls, and no secret passes. */
export class CallGuard {
  readonly signals: RunSignal;
  readonly redactor = new Redactor();

  /** `signal`: that of the run. */
  constructor(signal: AbortSignal | undefined) {
    this.signals = new RunSignal(signal);
  }

  /** Runs work with a signal that ends it early. `what`: in the error of an interruption. */
  async run<T>(what: string, signal: AbortSignal | undefined, work: (combined: AbortSignal) => Promise<T>): Promise<T> {
    const combined = this.signals.with(signal);
    this.signals.check(combined, what);
    try {
      return await work(combined);
    } catch (error) {
      this.signals.check(combined, what);
      throw this.redactor.clean(error);
    }
  }

  close(): void {
    this.signals.close();
  }
}
