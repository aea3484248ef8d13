import type { FeedCursor } from '../../providers/provider.ts';
import type { WatchRow } from '../../repositories/providers/watch-claims.ts';
import { nextDue } from './schedule.ts';
import type { OpenedSync, WatchOptions, WatchTarget } from './watch-types.ts';

/** Between two full runs that the feeds ask for. */
const LEAST_EARLY_MS = 60_000;
/** Until something is tried again that was in nobody's power here. */
const MOST_WAIT_MS = 5000;

/** One provider that this process looks after: what is due when. Times are epoch milliseconds. */
export class WatchedProvider {
  row: WatchRow;
  target: WatchTarget;
  cursor: FeedCursor | null = null;
  /** What is under way; null: nothing. */
  job: Promise<void> | null = null;
  readonly #options: WatchOptions;
  #opened: { settings: string; sync: Promise<OpenedSync> } | null = null;
  #lastStartMs: number | null;
  #nextLookMs = 0;
  #earlyAtMs: number | null = null;
  #notBeforeMs = 0;
  #told: string | null = null;

  constructor(
    row: WatchRow,
    target: WatchTarget,
    { lastStartMs, options }: { lastStartMs: number | null; options: WatchOptions },
  ) {
    this.row = row;
    this.target = target;
    this.#lastStartMs = lastStartMs;
    this.#options = options;
  }

  get name(): string {
    return this.row.name;
  }

  get isPaused(): boolean {
    return this.row.pausedAt !== null;
  }

  /** What to do now. */
  due(nowMs: number): 'run' | 'feeds' | null {
    this.#followClock(nowMs);
    if (this.job !== null || this.isPaused || nowMs < this.#notBeforeMs) return null;
    if (this.nextRunMs(nowMs) <= nowMs) return 'run';
    return this.#looksAtFeeds() && this.#nextLookMs <= nowMs ? 'feeds' : null;
  }

  /** When something is due next; Infinity while it is paused or something is under way. */
  nextMs(nowMs: number): number {
    if (this.job !== null || this.isPaused) return Number.POSITIVE_INFINITY;
    const nextMs = this.#looksAtFeeds() ? Math.min(this.#nextLookMs, this.nextRunMs(nowMs)) : this.nextRunMs(nowMs);
    return Math.max(nextMs, this.#notBeforeMs);
  }

  /** Throws AppError('configuration') for a cron expression that is none. */
  nextRunMs(nowMs: number): number {
    const { id, schedule, retryAt } = this.row;
    const { discoverCron: cron, discoverInterval } = schedule;
    const intervalMs = discoverInterval === null ? this.#options.intervalMs : discoverInterval * 60_000;
    return nextDue(
      { cron, intervalMs },
      { id, lastStartMs: this.#lastStartMs, retryAtMs: retryAt?.getTime() ?? null, earlyAtMs: this.#earlyAtMs, nowMs },
    );
  }

  runStarted(nowMs: number): void {
    this.#lastStartMs = nowMs;
    this.#earlyAtMs = null;
  }

  looked(nowMs: number): void {
    this.#nextLookMs = nowMs + (this.#options.feedIntervalMs ?? 0);
  }

  /** A full run has to tell more, soon. */
  wantRun(nowMs: number): void {
    this.#earlyAtMs ??= Math.max(nowMs, (this.#lastStartMs ?? 0) + LEAST_EARLY_MS);
  }

  /** Something that says nothing about the provider was in the way: another run, or the database. */
  postpone(nowMs: number, kind: 'run' | 'feeds'): void {
    this.#notBeforeMs = nowMs + MOST_WAIT_MS;
    if (kind === 'run') this.#earlyAtMs ??= this.#notBeforeMs;
  }

  succeeded(): void {
    this.#told = null;
    this.row = { ...this.row, failures: 0, retryAt: null };
  }

  failed(retryAt: Date, pausedAt: Date | null): void {
    this.row = { ...this.row, failures: this.row.failures + 1, retryAt, pausedAt };
  }

  /** Says something unless it was the last thing that was said in this way. */
  tellOnce(message: string, say: () => void): void {
    if (message !== this.#told) say();
    this.#told = message;
  }

  /** The connection, kept for as long as the settings stay. */
  async open(): Promise<OpenedSync> {
    if (this.#opened?.settings !== this.target.settings) {
      await this.close();
      this.cursor = null;
      this.#opened = { settings: this.target.settings, sync: this.target.open() };
    }
    return this.#opened.sync;
  }

  async close(): Promise<void> {
    const opened = this.#opened;
    this.#opened = null;
    // One that could not be opened has nothing to close.
    (await opened?.sync.catch(() => undefined))?.close();
  }

  /** A clock that was set back would let everything wait for as long. */
  #followClock(nowMs: number): void {
    if (this.#lastStartMs !== null) this.#lastStartMs = Math.min(this.#lastStartMs, nowMs);
    this.#nextLookMs = Math.min(this.#nextLookMs, nowMs + (this.#options.feedIntervalMs ?? 0));
    this.#notBeforeMs = Math.min(this.#notBeforeMs, nowMs + MOST_WAIT_MS);
  }

  /** A provider whose runs fail is left alone until the next one. */
  #looksAtFeeds(): boolean {
    return this.#options.feedIntervalMs !== null && this.#lastStartMs !== null && this.row.retryAt === null;
  }
}
