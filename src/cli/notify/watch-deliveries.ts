import { types } from 'node:util';
import type { App } from '../../app/app.ts';
import type { NotifyService } from '../../services/notify/notify-service.ts';
import type { Level } from '../../services/watch/watch-types.ts';
import { MAX_TIMER_MS } from '../../types/limits.ts';

const BUDGET_MS = 30_000;
/** What deliveries may take once the program was told to end. */
const LEAVE_MS = 5000;
const LEAST_WAIT_MS = 1000;

type Say = (level: Level, message: string, about?: { hint?: string | undefined }) => void;

/**
 * Delivers in the background of `watch`, one delivery at a time: after each run, when a retry is due, and when quiet hours end.
 * Never in the way of a sync.
 */
export class WatchDeliveries {
  readonly #app: App;
  readonly #say: Say;
  readonly #clock: () => Date;
  readonly #abort = new AbortController();
  /** Problems that were said and are not over, by notifier. */
  readonly #told = new Map<string, string>();
  #running: Promise<void> | null = null;
  #isWanted = false;
  #timer: NodeJS.Timeout | undefined;
  #service: NotifyService | undefined;

  constructor(app: App, say: Say, clock: () => Date) {
    this.#app = app;
    this.#say = say;
    this.#clock = clock;
  }

  /** Something may have happened. */
  wake(): void {
    if (this.#abort.signal.aborted) return;
    this.#isWanted = true;
    this.#running ??= this.#work().finally(() => {
      this.#running = null;
    });
  }

  /** Ends what is under way: what is not delivered then is delivered by the next program. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    const timer = setTimeout(() => this.#abort.abort(), LEAVE_MS);
    await this.#running;
    clearTimeout(timer);
    this.#abort.abort();
    clearTimeout(this.#timer);
  }

  async #work(): Promise<void> {
    while (this.#isWanted && !this.#abort.signal.aborted) {
      this.#isWanted = false;
      try {
        await this.#deliver();
      } catch (error) {
        this.#tell('', types.isNativeError(error) ? error.message : String(error));
      }
    }
  }

  async #deliver(): Promise<void> {
    clearTimeout(this.#timer);
    const notifiers = await (await this.#app.notifiers()).list();
    if (notifiers.length === 0) return;
    this.#service ??= await this.#app.notify(this.#abort.signal);
    const reports = await this.#service.run(notifiers, { budgetMs: BUDGET_MS, signal: this.#abort.signal });
    this.#told.delete('');
    for (const { notifier, error, hint } of reports) this.#tell(notifier, error, hint);
    const times = reports.flatMap(({ nextAt }) => (nextAt === null ? [] : [nextAt.getTime()]));
    if (times.length === 0 || this.#abort.signal.aborted) return;
    const waitMs = Math.max(LEAST_WAIT_MS, Math.min(...times) - this.#clock().getTime());
    this.#timer = setTimeout(() => this.wake(), Math.min(waitMs, MAX_TIMER_MS));
    this.#timer.unref();
  }

  /** Once for each problem. */
  #tell(notifier: string, error: string | null, hint?: string): void {
    const before = this.#told.get(notifier);
    if (error === null) {
      this.#told.delete(notifier);
      if (before !== undefined) this.#say('info', `notifier ${notifier}: messages are delivered again`);
      return;
    }
    if (before === error) return;
    this.#told.set(notifier, error);
    this.#say('warn', notifier === '' ? `notifications: ${error}` : `notifier ${notifier}: ${error}`, { hint });
  }
}
