import { types } from 'node:util';
import { listenToFeed } from '../repositories/feed/listen-postgres.ts';
import type { FeedHub } from '../services/feed/feed-hub.ts';
import { Alarm } from '../services/watch/alarm.ts';
import type { Level } from '../services/watch/watch-types.ts';

const TICK_MS = 1000;
const STUCK_MS = 60_000;

/** Looks for new versions once a second, and at once where PostgreSQL tells of one. */
export class FeedLoop {
  readonly #hub: FeedHub;
  readonly #say: (level: Level, message: string) => void;
  #beatMs = performance.now();
  #failures = 0;
  /** Rung when somebody tells of a version, and at the end. */
  readonly #alarm = new Alarm();

  constructor(hub: FeedHub, say: (level: Level, message: string) => void) {
    this.#hub = hub;
    this.#say = say;
  }

  get isAlive(): boolean {
    return performance.now() - this.#beatMs < STUCK_MS;
  }

  get isReady(): boolean {
    return this.#failures === 0;
  }

  /** Until `stop`. */
  async run(databaseUrl: string, stop: AbortSignal, onReady: () => void): Promise<void> {
    const wake = () => this.#alarm.ring();
    const listening = await listenToFeed(databaseUrl, wake);
    stop.addEventListener('abort', wake, { once: true });
    onReady();
    try {
      while (!stop.aborted) {
        this.#beatMs = performance.now();
        await this.#tick();
        await this.#alarm.sleep(TICK_MS);
      }
    } finally {
      stop.removeEventListener('abort', wake);
      await listening.close();
    }
  }

  async #tick(): Promise<void> {
    try {
      await this.#hub.tick();
      if (this.#failures > 0) this.#say('info', 'the database answers again');
      this.#failures = 0;
    } catch (error) {
      this.#failures += 1;
      // Said once: it is tried again every second.
      if (this.#failures === 1) this.#say('error', types.isNativeError(error) ? error.message : String(error));
    }
  }
}
